"""Reads and adds keys in the kernel's keyrings, which no namespace separates."""

from tests.probes.calls import calling
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp",)
GET_KEYRING_ID, JOIN_SESSION, SESSION, USER = 0, 1, -3, -4


def attempt(facts: Facts) -> str:
    return tried(
        {
            "add_key": calling("add_key", b"user", b"corral-probe", b"x", 1, -2),
            "request_key": calling("request_key", b"user", b"corral-probe", None, SESSION),
            "session": calling("keyctl", GET_KEYRING_ID, SESSION, 0),
            "user": calling("keyctl", GET_KEYRING_ID, USER, 0),
            "join": calling("keyctl", JOIN_SESSION, None),
        }
    )
