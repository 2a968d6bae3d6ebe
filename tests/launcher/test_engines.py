"""The services that this very test run stands on."""

import os

import psycopg
import redis


def test_plugin_starts_postgres_in_utc_and_utf8() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT current_setting('timezone'), current_setting('server_encoding')"
        ).fetchone()

    assert row == ("UTC", "UTF8")


def test_plugin_starts_valkey() -> None:
    with redis.from_url(os.environ["REDIS_URL"]) as client:
        assert client.ping() is True
