"""The profile for engines means what the program for the kernel does."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.sandbox import profile, seccomp
from corral.sandbox.profile import ALL_BITS, all_but
from corral.sandbox.seccomp import ALLOW, ARCHITECTURES, ERRNO
from corral.sandbox.syscalls import ABSENT, FILTERED, FORBIDDEN
from tests.corral.sandbox.test_seccomp import call

NUMBERS = FORBIDDEN | ABSENT | FILTERED
EDGES = (0, 1, 2, 3, 4, 9, 10, 11, 15, 16, 17, 40, 0xFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
KINDS = (*range(16), 3 | 0o2000000, 10 | 0o4000, 0x5401, 0x5412, 0x541C, 0x5413)
CLONES = (*(1 << bit for bit in range(32)), 0x01200011, 0x003D0F00, 0x7E020011)
HALVES = (0, 1 << 32)  # the upper half of a register says nothing


@pytest.fixture(params=sorted(ARCHITECTURES))
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def errors(rules: list[dict[str, Any]], name: str, arguments: tuple[int, ...]) -> set[int]:
    """The errors that a profile's rules give a call; empty: it is allowed."""
    return {
        rule["errnoRet"]
        for rule in rules
        if name in rule["names"] and all(matches(each, arguments) for each in rule.get("args", []))
    }


def matches(match: dict[str, Any], arguments: tuple[int, ...]) -> bool:
    """As the specification has it for SCMP_CMP_MASKED_EQ: "value" is the mask."""
    assert match["op"] == "SCMP_CMP_MASKED_EQ"
    return arguments[match["index"]] & int(match["value"]) == int(match["valueTwo"])


def combinations() -> Iterator[tuple[int, int]]:
    """First and second arguments that decide something, and others."""
    for first, second in itertools.product((*EDGES, *CLONES), KINDS):
        for upper in HALVES:
            yield first | upper, second | upper


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_profile_and_program_agree(machine: str, name: str) -> None:
    number = NUMBERS[name][ARCHITECTURES[machine][0]]
    rules = json.loads(profile.profile(machine))["syscalls"]
    tried = combinations() if name in FILTERED else iter([(0, 0), (ALL_BITS, ALL_BITS)])
    for arguments in tried if number is not None else ():
        by_program = call(machine, number, *arguments)
        by_profile = errors(rules, name, arguments)
        assert (by_program == ALLOW) == (not by_profile), (name, arguments)
        assert by_program == ALLOW or by_program & ~ERRNO in by_profile


def test_profile_names_no_call_that_is_not_in_the_tables(machine: str) -> None:
    rules = json.loads(profile.profile(machine))["syscalls"]
    assert {name for rule in rules for name in rule["names"]} == set(NUMBERS)


def test_profile_allows_what_it_does_not_name_and_kills_other_architectures(machine: str) -> None:
    found = json.loads(profile.profile(machine))
    assert found["defaultAction"] == "SCMP_ACT_ALLOW"
    assert found["architectures"] == [f"SCMP_ARCH_{machine.upper()}"]


def test_both_know_the_same_architectures() -> None:
    assert set(profile.ARCHITECTURES) == set(seccomp.ARCHITECTURES)


@given(st.frozensets(st.integers(0, ALL_BITS), max_size=4), st.integers(0, ALL_BITS))
def test_all_but_matches_every_other_number(values: frozenset[int], number: int) -> None:
    patterns = list(all_but(values))
    for each in (number, *values):
        hits = sum(each & mask == value for mask, value in patterns)
        assert hits == (0 if each in values else 1)
