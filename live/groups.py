"""The names of channel-layer groups; nowhere else is one spelled out."""

import re

# What Channels accepts as a group name.
_VALID = re.compile(r"[A-Za-z0-9_.-]{1,99}")


def group_of(topic: str, channel: str) -> str:
    """The group of everybody who watches a channel of a topic.

    Raises:
        ValueError: no group can be named so.
    """
    name = f"{topic}.{channel}"
    if not _VALID.fullmatch(name):
        raise ValueError(f"{name!r} can't name a group.")
    return name
