"""Raises its own limits, and those of process 1."""

import resource
from functools import partial

from tests.probes.inside import Facts, tried

HELD_BY = ("limits",)
NAMES = ("NPROC", "NOFILE", "FSIZE", "CPU", "CORE")


def raised(name: str) -> object:
    number = getattr(resource, "RLIMIT_" + name)
    soft, hard = resource.getrlimit(number)
    if hard == resource.RLIM_INFINITY:
        return "no limit to raise"
    resource.setrlimit(number, (hard, hard))
    try:
        resource.setrlimit(number, (soft, hard + 1))
    except ValueError as error:  # what Python makes of EPERM here
        raise PermissionError(1, "not allowed") from error
    return resource.getrlimit(number)


def attempt(facts: Facts) -> str:
    return tried({name: partial(raised, name) for name in NAMES})
