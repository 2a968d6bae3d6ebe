"""A worker's messages share a connection to PostgreSQL, as long as it is good."""

import pytest
from celery.signals import task_prerun
from django.db import OperationalError, connection

from evaluation.tasks import sweep

pytestmark = pytest.mark.django_db(transaction=True)


def next_message(*, eager: bool = False) -> None:
    """What Celery tells before a message is worked on."""
    sweep.push_request(is_eager=eager)
    try:
        task_prerun.send(sender=sweep, task=sweep)
    finally:
        sweep.pop_request()


def backend() -> int:
    with connection.cursor() as cursor:
        return int(cursor.execute("SELECT pg_backend_pid()").fetchone()[0])


def cut() -> None:
    """As a restart of PostgreSQL does; the connection does not know yet."""
    with connection.cursor() as cursor, pytest.raises(OperationalError):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_next_message_finds_the_connection_of_the_one_before() -> None:
    first = backend()
    next_message()
    assert backend() == first


def test_next_message_has_a_new_connection_where_the_old_one_was_cut() -> None:
    first = backend()
    cut()
    next_message()
    assert backend() != first


def test_message_that_is_worked_on_by_its_sender_leaves_its_transaction_alone() -> None:
    first = backend()
    connection.set_autocommit(False)
    try:
        next_message(eager=True)
        assert backend() == first
    finally:
        connection.rollback()
        connection.set_autocommit(True)
