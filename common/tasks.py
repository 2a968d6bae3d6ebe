"""The one way to declare a Celery task here."""

from collections.abc import Callable
from typing import Any, TypeVar

from celery import shared_task  # noqa: TID251 - the one place that may

Function = TypeVar("Function", bound=Callable[..., None])
_queues: dict[str, str] = {}


def project_task(
    *, name: str, queue: str, retry_on: tuple[type[Exception], ...] = ()
) -> Callable[[Function], Any]:
    """Declare a task with an explicit name and queue, acknowledged late.

    Only the named infrastructure errors are retried, with back-off and jitter, three times: the
    sweep, not redelivery, is what guarantees that work is done.
    """
    _queues[name] = queue
    return shared_task(  # type: ignore[no-any-return]
        name=name,
        acks_late=True,
        ignore_result=True,
        autoretry_for=retry_on,
        retry_backoff=True,
        retry_jitter=True,
        max_retries=3,
    )


def queue_of(name: str, *_: Any, **__: Any) -> dict[str, str] | None:
    """Celery's router: the queue that the task was declared with."""
    return {"queue": _queues[name]} if name in _queues else None
