import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.suites.base import Split, Task
from corral.suites.commitment import CommitmentBroken, commitment_of, open_commitment

SALT = "0f" * 32
PUBLIC = Task("a", {"input": "q"}, "x", "exact")
PRIVATE = replace(PUBLIC, key="b", split=Split.PRIVATE)
OTHER = replace(PRIVATE, key="c")


def test_commitment_is_that_of_the_canonical_json() -> None:
    canonical = (
        '{"purpose":"corral private split, version 1","salt":"' + SALT + '","tasks":'
        '[{"input":{"input":"q"},"key":"b","scorer":"exact","scorer_options":{},'
        '"split":"private","tags":[],"target":"x","weight":1}]}'
    )
    commitment = commitment_of([PUBLIC, PRIVATE], SALT)
    assert commitment == hashlib.sha256(canonical.encode()).hexdigest()
    open_commitment(commitment, SALT, [PRIVATE])


@pytest.mark.parametrize(
    ("salt", "tasks"),
    [
        ("f0" * 32, [PRIVATE, OTHER]),
        (SALT, [OTHER, PRIVATE]),
        (SALT, [PRIVATE]),
        (SALT, [PRIVATE, replace(OTHER, target="y")]),
        (SALT, [PRIVATE, replace(OTHER, scorer_options={"ignore_case": True})]),
        (SALT, [PRIVATE, replace(OTHER, cluster="p")]),
    ],
)
def test_anything_else_does_not_open_it(salt: str, tasks: list[Task]) -> None:
    commitment = commitment_of([PRIVATE, OTHER], SALT)
    with pytest.raises(CommitmentBroken, match="not what was committed to"):
        open_commitment(commitment, salt, tasks)


@pytest.mark.parametrize("salt", ["", "0F" * 32, "0f" * 31, "é" * 64])
def test_salt_that_is_none(salt: str) -> None:
    with pytest.raises(ValueError, match="64 hex digits"):
        commitment_of([PRIVATE], salt)
    with pytest.raises(CommitmentBroken, match="64 hex digits"):
        open_commitment("0" * 64, salt, [PRIVATE])


def test_nothing_to_commit_to() -> None:
    with pytest.raises(ValueError, match="no private task"):
        commitment_of([PUBLIC], SALT)


@given(st.text())
def test_text_that_is_no_commitment(commitment: str) -> None:
    with pytest.raises(CommitmentBroken):
        open_commitment(commitment, SALT, [PRIVATE])
