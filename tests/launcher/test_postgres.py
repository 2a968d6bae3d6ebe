"""A PostgreSQL of the test's own: started, killed, started again and stopped."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import environ
import psycopg
import pytest

from launcher import users
from launcher.children import Child, stop_together
from launcher.embedded import start_and_wait
from launcher.errors import LauncherError, ServiceFailed
from launcher.ports import is_free
from launcher.postgres import Cluster, clear_stale, embedded_cluster, postgres_service
from launcher.processes import in_folder, read_process, wait_until
from launcher.state import State, check_reach


@contextmanager
def running(cluster: Cluster, state: State) -> Iterator[Child]:
    """The server, up and then stopped."""
    (child,) = start_and_wait([postgres_service(cluster)], state, seconds=30)
    try:
        yield child
    finally:
        stop_together([child])


def test_postgres_keeps_what_was_written(state: State) -> None:
    cluster = embedded_cluster(state)
    with running(cluster, state), psycopg.connect(cluster.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    again = embedded_cluster(state)
    with running(again, state), psycopg.connect(again.url) as connection:
        row = connection.execute("SELECT answer FROM kept").fetchone()

    assert row == (42,)


def test_postgres_stops_fast_and_leaves_nothing(state: State) -> None:
    cluster = embedded_cluster(state, durable=False)
    with running(cluster, state), psycopg.connect(cluster.url) as connection:
        connection.execute("SELECT 1")  # a client that stays must not keep it from stopping
        assert in_folder(cluster.data) != []

        stop = pytest.raises(psycopg.OperationalError)
        with running_is_over(cluster), stop:
            connection.execute("SELECT 1")

    assert in_folder(cluster.data) == []
    assert is_free(cluster.port)
    assert not (cluster.data / "postmaster.pid").exists()


@contextmanager
def running_is_over(cluster: Cluster) -> Iterator[None]:
    """Ask the server to stop, as its launcher does, and wait for it."""
    pid = int((cluster.data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGINT)
    assert wait_until(lambda: not in_folder(cluster.data), seconds=5)
    yield


def test_postgres_starts_after_sigkill(state: State) -> None:
    cluster = embedded_cluster(state, durable=False)
    with running(cluster, state) as child:
        os.kill(child.pid, signal.SIGKILL)
        assert child.status() == 128 + signal.SIGKILL
    assert (cluster.data / "postmaster.pid").exists()

    with running(cluster, state), psycopg.connect(cluster.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_postgres_starts_though_its_old_number_is_another_process(state: State) -> None:
    cluster = embedded_cluster(state, durable=False)
    with running(cluster, state) as child:
        pid_file = (cluster.data / "postmaster.pid").read_text().splitlines()
        os.kill(child.pid, signal.SIGKILL)
    pid_file[0] = str(os.getppid())
    (cluster.data / "postmaster.pid").write_text("\n".join(pid_file))

    with running(cluster, state):
        pass


def test_clear_stale_ends_a_server_that_still_runs(state: State) -> None:
    cluster = embedded_cluster(state, durable=False)
    with running(cluster, state) as child:
        clear_stale(cluster.data)

        assert in_folder(cluster.data) == []
        assert wait_until(lambda: not child.alive(), seconds=2)


def _is_zombie(pid: int) -> bool:
    found = read_process(pid)
    return found is not None and found.state == "Z"


def test_zombie_is_not_a_running_server(state: State) -> None:
    cluster = embedded_cluster(state, durable=False)
    with running(cluster, state) as child:
        os.kill(child.pid, signal.SIGKILL)
        assert wait_until(lambda: _is_zombie(child.pid), seconds=5)

        zombie = read_process(child.pid)

        assert zombie is not None
        assert not zombie.running
        assert in_folder(cluster.data) == []


def test_postgres_runs_as_a_user_of_its_own_and_asks_for_a_password(state: State) -> None:
    cluster = embedded_cluster(state, durable=False)
    with running(cluster, state):
        owner = cluster.data.stat()
        wrong = cluster.url.replace(cluster.password, "guessed")

        assert owner.st_uid == (users.POSTGRES if os.geteuid() == 0 else os.geteuid())
        assert owner.st_mode & 0o777 == 0o700
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_postgres_url_is_understood_by_django(state: State) -> None:
    cluster = embedded_cluster(state, durable=False)

    settings = environ.Env.db_url_config(cluster.url)

    assert settings["HOST"] == "127.0.0.1"
    assert settings["PORT"] == cluster.port
    assert settings["NAME"] == "corral"
    assert settings["PASSWORD"] == cluster.password


def test_postgres_that_cannot_start_says_why(state: State) -> None:
    cluster = embedded_cluster(state, durable=False)
    (cluster.data / "PG_VERSION").write_text("9.6\n")

    with pytest.raises(ServiceFailed, match="initialized by PostgreSQL version 9.6"):
        start_and_wait([postgres_service(cluster)], state, seconds=30)


def test_half_made_files_are_made_anew(state: State) -> None:
    half = state.postgres / "making-killed" / "data"
    half.mkdir(parents=True)

    cluster = embedded_cluster(state, durable=False)

    assert (cluster.data / "PG_VERSION").read_text() == "18\n"
    assert sorted(state.postgres.glob("making-*")) == []


def test_private_folder_in_the_way_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "inside").mkdir()

    with pytest.raises(LauncherError, match=r"user 60999, which can't pass /.*CORRAL_STATE"):
        check_reach(tmp_path / "inside", users.POSTGRES, "PostgreSQL")
