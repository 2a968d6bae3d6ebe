from dataclasses import replace
from pathlib import Path

import pytest

from corral.json_types import Json
from corral.suites.base import LoadedSuite
from corral.suites.plain import load_plain
from corral.verification.recorded import in_group, suite_named
from tests.corral.suites.files import write_rows

SLUGS = (
    "gsm8k",
    "ifeval",
    "ifeval-loose",
    "cruxeval-o",
    "cruxeval-i",
    "bbh-word-sorting",
    "bbh-navigate",
)


@pytest.fixture
def suites(tmp_path: Path) -> dict[str, LoadedSuite]:
    one = load_plain(write_rows(tmp_path / "plain.jsonl", {"input": "q", "target": "t"}))
    return {slug: replace(one, slug=slug) for slug in SLUGS}


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        *((slug, slug) for slug in SLUGS),
        ("GSM8K", "gsm8k"),
        ("gsm8k-test", "gsm8k"),
        ("ifeval_strict", "ifeval"),
        ("IFEval (loose)", "ifeval-loose"),
        ("cruxeval", "cruxeval-o"),
        ("CRUXEval-output", "cruxeval-o"),
        ("word_sorting", "bbh-word-sorting"),
        ("bbh", None),
        ("mmlu", None),
        ("", None),
    ],
)
def test_suite_by_its_name(name: str, slug: str | None, suites: dict[str, LoadedSuite]) -> None:
    found = suite_named(name, suites)
    assert (found and found.slug) == slug


@pytest.mark.parametrize(
    ("task", "found"),
    [
        ("word_sorting/17", ("bbh-word_sorting", "17")),
        ("word_sorting:17", ("bbh-word_sorting", "17")),
        ("17", ("bbh", "17")),
        (17, ("bbh", 17)),
        (None, ("bbh", None)),
    ],
)
def test_task_of_a_group_names_its_suite(task: Json, found: tuple[str, Json]) -> None:
    assert in_group("bbh", task) == found
