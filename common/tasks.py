"""The one way to declare a Celery task here."""

from collections.abc import Callable
from typing import Any, TypeVar

from celery import shared_task  # noqa: TID251 - the one place that may

Function = TypeVar("Function", bound=Callable[..., None])


def project_task(
    *, name: str, queue: str, retry_on: tuple[type[Exception], ...] = ()
) -> Callable[[Function], Any]:
    """Declare a task with an explicit name and queue, acknowledged late.

    Only the named infrastructure errors are retried, with back-off and jitter, three times: the
    sweep, not redelivery, is what guarantees that work is done.
    """
    return shared_task(  # type: ignore[no-any-return]
        name=name,
        queue=queue,
        acks_late=True,
        ignore_result=True,
        autoretry_for=retry_on,
        retry_backoff=True,
        retry_jitter=True,
        max_retries=3,
    )
