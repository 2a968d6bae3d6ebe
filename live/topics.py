"""What may be watched: each topic is registered by name, with three functions of another app."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Topic:
    """How a topic is watched; all three functions are synchronous and may query the database.

    `authorise(person, key)` names the channel that the person may watch, or None. Several people
    with different sight of the same key get different channels.
    `snapshot(channel)` is the whole state as one message with its `version`.
    `since(channel, n)` is what came after version n, in order: versioned messages, and at their
    end perhaps messages without a version that restate what is never stored. None: only a
    snapshot helps.
    """

    name: str
    authorise: Callable[[Any, str], str | None]
    snapshot: Callable[[str], Message]
    since: Callable[[str, int], Sequence[Message] | None]


_topics: dict[str, Topic] = {}


def register_topic(
    *,
    name: str,
    authorise: Callable[[Any, str], str | None],
    snapshot: Callable[[str], Message],
    since: Callable[[str, int], Sequence[Message] | None],
) -> None:
    """Offer a topic under /ws/<name>/<key>/; registering a name again replaces it."""
    _topics[name] = Topic(name, authorise, snapshot, since)


def topic_named(name: str) -> Topic | None:
    """The topic registered under that name."""
    return _topics.get(name)
