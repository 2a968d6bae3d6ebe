"""The demo's end: what is expected, what is a surprise."""

from dataclasses import replace
from pathlib import Path

import pytest

from config.demo.report import Line, score_text, surprises
from config.demo.samples import Sample

SAMPLE = Sample(
    folder=Path("bare"),
    team="Bare",
    tracks=("sprint",),
    status="scored",
    verdicts=frozenset({"correct", "wrong", "crash"}),
    must_have=frozenset({"crash"}),
    calls_model=True,
)
LINE = Line(
    track="sprint",
    rank=1,
    rank_label="1",
    team="Bare",
    score=0.615,
    stderr=0.042,
    tasks=48,
    verdicts={"correct": 30, "crash": 18},
    tokens=1200,
    calls=48,
    run_status="scored",
    status_reason="",
    seconds=12.0,
)


def test_surprises_none_when_all_is_as_expected() -> None:
    assert surprises([LINE], [SAMPLE]) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"run_status": "errored"}, "ended errored, not scored"),
        ({"verdicts": {"timeout": 1, "crash": 1}}, "got the verdicts timeout"),
        ({"verdicts": {"correct": 48}}, "did not get the expected verdicts crash"),
        ({"tokens": 0}, "no token was counted"),
        ({"calls": 0}, "no token was counted"),
    ],
)
def test_surprises_name_what_was_not_expected(changes: dict[str, object], said: str) -> None:
    [sentence] = surprises([replace(LINE, **changes)], [SAMPLE])  # type: ignore[arg-type]

    assert said in sentence


def test_score_text_shows_percent_with_standard_error_or_the_status() -> None:
    assert score_text(LINE) == "61.5 ± 4.2"
    assert score_text(replace(LINE, stderr=None)) == "61.5"
    assert score_text(replace(LINE, score=None, run_status="failed")) == "failed"
