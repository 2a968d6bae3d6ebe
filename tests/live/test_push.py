"""Pushing while everything goes wrong; the rest is tested with the consumers."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import Settings

from live.groups import group_of
from live.push import push

SILENT = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]},
    }
}


def test_push_without_redis_is_only_logged(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CHANNEL_LAYERS = SILENT

    with caplog.at_level(logging.WARNING, "live.push"):
        push(topic="board", channel="1", message={"type": "delta", "version": 1})

    assert [record.name for record in caplog.records] == ["live.push"]


@pytest.mark.parametrize(
    ("channel", "message"),
    [("no group", {}), ("x" * 100, {}), ("1", {"when": datetime(2026, 1, 1, tzinfo=UTC)})],
)
def test_push_of_nonsense_is_only_logged(
    caplog: pytest.LogCaptureFixture, channel: str, message: dict[str, Any]
) -> None:
    push(topic="board", channel=channel, message=message)

    assert len(caplog.records) == 1


async def test_push_inside_a_running_loop_is_only_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    push(topic="board", channel="1", message={})

    assert len(caplog.records) == 1


def test_group_of_refuses_what_channels_would_refuse() -> None:
    assert group_of("board", "a.judges") == "board.a.judges"
    with pytest.raises(ValueError, match="can't name a group"):
        group_of("board", "a b")
