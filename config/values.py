"""Values out of the environment; a bad one fails at boot by its name."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def required(name: str, why: str) -> str:
    """The variable's value.

    Raises:
        ImproperlyConfigured: it is not set; the sentence names it and says what it is for.
    """
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {why}")
    return value


def chosen(name: str, *choices: str) -> str:
    """The variable's value, the first choice where it is not set.

    Raises:
        ImproperlyConfigured: it is none of them; the sentence names it and the choices.
    """
    value: str = env.str(name, default="") or choices[0]
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be {' or '.join(choices)}.")
    return value


def whole_number(name: str, default: int) -> int:
    """The variable's value, a whole number from 0.

    Raises:
        ImproperlyConfigured: it is none; the sentence names the variable.
    """
    value: str = env.str(name, default="") or str(default)
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be a whole number from 0.")
    return int(value)


def local_engine(name: str) -> Path:
    """The Unix socket in the variable's value, unix:///path; Docker's own where it is not set.

    Raises:
        ImproperlyConfigured: it is an address of another kind; the sentence names the variable.
    """
    value: str = env.str(name, default="") or "unix:///var/run/docker.sock"
    if not value.startswith("unix:///"):
        raise ImproperlyConfigured(
            f"{name} is {value!r}: it must be unix:///path, as sandboxes show this machine's files."
        )
    return Path(value.removeprefix("unix://"))


def package_index(name: str) -> str:
    """The http(s) address in the variable's value; empty where it is not set: uv's own default.

    Raises:
        ImproperlyConfigured: it is no such address. The value is not told: it may hold a password.
    """
    value: str = env.str(name, default="")
    if not value:
        return value
    if not value.startswith(("https://", "http://")) or any(map(str.isspace, value)):
        raise ImproperlyConfigured(f"{name} must be an address, https://… or http://….")
    return value


def positive(name: str, default: float) -> float:
    """The number in the variable's value.

    Raises:
        ImproperlyConfigured: it is none above zero; the sentence names the variable.
    """
    value: str = env.str(name, default="") or str(default)
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0.0 < number < float("inf"):
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be a number above zero.")
    return number
