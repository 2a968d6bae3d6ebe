"""Looks for the platform's secrets among its own variables."""

import os

from tests.probes.inside import Facts, Harmless, tried

HELD_BY = ("launch",)
OURS = {"HOME", "LANG", "PATH", "PYTHONPATH", "PYTHONUNBUFFERED", "TMPDIR", "PWD", "LC_CTYPE"}
RUNS = {"OPENAI_BASE_URL", "OPENAI_API_KEY", "CORRAL_MODEL"}


def foreign() -> object:
    names = set(os.environ) - OURS - RUNS
    if names:
        return sorted(names)
    raise Harmless("only what a run has")


def attempt(facts: Facts) -> str:
    return tried({"variables": foreign})
