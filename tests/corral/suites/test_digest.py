import hashlib
from dataclasses import replace

import pytest

from corral.suites.base import Split, Task
from corral.suites.digest import canonical_problem, suite_digest

TASK = Task("a", {"input": "é"}, 7, "numeric", {"absolute": 1}, Split.PUBLIC, 1.0, ("t",))


def test_digest_is_that_of_the_canonical_json() -> None:
    canonical = (
        '[{"input":{"input":"é"},"key":"a","scorer":"numeric","scorer_options":{"absolute":1},'
        '"split":"public","tags":["t"],"target":7,"weight":1}]'
    )
    assert suite_digest([TASK]) == hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        replace(TASK, key="b"),
        replace(TASK, input={"input": "e"}),
        replace(TASK, target=8),
        replace(TASK, scorer="exact"),
        replace(TASK, scorer_options={}),
        replace(TASK, split=Split.PRIVATE),
        replace(TASK, weight=2.0),
        replace(TASK, tags=()),
        replace(TASK, cluster="p"),
    ],
)
def test_digest_changes_with_every_field(other: Task) -> None:
    assert suite_digest([other]) != suite_digest([TASK])


def test_digest_changes_with_the_order() -> None:
    other = replace(TASK, key="b")
    assert suite_digest([TASK, other]) != suite_digest([other, TASK])


def test_value_without_canonical_json() -> None:
    assert canonical_problem({"a": [1, None, "x"]}) is None
    assert canonical_problem(float("nan")) is not None
    assert canonical_problem(2**60) is not None
    assert canonical_problem("\ud800") is not None
    with pytest.raises(ValueError, match="."):
        suite_digest([replace(TASK, target=float("inf"))])
