"""Somebody's file in a folder whose `suite.toml` says which fields are what."""

import json
from pathlib import Path

import pytest

from corral.suites.native import load_suite
from tests.corral.suites.files import problems_of, write_rows

ABOUT = """
[suite]
slug = "quiz"
name = "Quiz"
licence = "CC0-1.0"
tasks = ["rows.jsonl"]

[defaults]
scorer = "choice"
split = "private"
weight = 2

[fields]
input = "stem"
target = "gold"
id = "nr"
choices = "answers.texts"
cluster = "passage"
tags = ["topic"]
more = { passage = "passage" }
prompt = "{passage}\\n{input}\\n{choices}"
"""
ROW = {
    "stem": "Who?",
    "gold": 1,
    "nr": "q/1",
    "answers": {"texts": ["Ann", "Bob"]},
    "passage": "Bob came.",
    "topic": "people",
}


def folder(at: Path, about: str, *rows: dict[str, object]) -> Path:
    (at / "suite.toml").write_text(about, encoding="utf-8")
    write_rows(at / "rows.jsonl", *rows)
    return at


def test_every_field_of_the_map(tmp_path: Path) -> None:
    one, two = load_suite(folder(tmp_path, ABOUT, ROW, {**ROW, "nr": "q/2", "gold": "A"})).tasks
    assert (one.key, one.target, one.scorer) == ("q-1", "B", "choice")
    assert one.input == {
        "input": "Bob came.\nWho?\n(A) Ann\n(B) Bob",
        "passage": "Bob came.",
        "choices": ["Ann", "Bob"],
    }
    assert one.scorer_options == {"choices": ["Ann", "Bob"]}
    assert (one.split.value, one.weight, one.tags) == ("private", 2.0, ("people",))
    assert one.cluster == two.cluster is not None
    assert two.target == "A"


def test_choices_that_are_not_different_count_by_their_letters(tmp_path: Path) -> None:
    row = {**ROW, "answers": {"texts": ["Ann", "Ann"]}}
    (task,) = load_suite(folder(tmp_path, ABOUT, row)).tasks
    assert task.scorer_options == {"letters": 2}


def test_rows_within_an_object(tmp_path: Path) -> None:
    about = ABOUT.replace('"rows.jsonl"', '"rows.json"') + 'within = "examples"\n'
    (tmp_path / "suite.toml").write_text(about)
    (tmp_path / "rows.json").write_text(json.dumps({"examples": [ROW, 3]}))
    assert problems_of(load_suite, tmp_path) == ["rows.json examples 2: must be a JSON object."]
    (tmp_path / "rows.json").write_text(json.dumps({"examples": [ROW]}))
    assert len(load_suite(tmp_path).tasks) == 1
    (tmp_path / "rows.json").write_text("[]")
    assert problems_of(load_suite, tmp_path) == [
        'rows.json: must be a JSON object with a list in "examples".'
    ]


def test_every_bad_row_is_told(tmp_path: Path) -> None:
    rows = [
        {"stem": "Who?"},
        {**ROW, "gold": 2},
        {**ROW, "answers": {"texts": ["Ann"]}},
        {**ROW, "gold": None},
    ]
    assert problems_of(load_suite, folder(tmp_path, ABOUT, *rows)) == [
        'rows.jsonl line 1: the field "gold" is missing.',
        'rows.jsonl line 1: the field "nr" is missing.',
        'rows.jsonl line 1: the field "passage" is missing.',
        'rows.jsonl line 1: the field "answers.texts" is missing.',
        'rows.jsonl line 1: the field "topic" is missing.',
        'rows.jsonl line 2: "gold" must be the number of a choice, from 0.',
        'rows.jsonl line 3: "answers.texts" must be a list of 2 to 26 texts, none empty.',
        'rows.jsonl line 4: "gold" holds no target.',
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (('id = "nr"', "id = 3"), "[fields] id must be a text that is not empty."),
        (('target = "gold"', ""), "[fields] target must be a text that is not empty."),
        (("[fields]", "[fields]\ncolour = 1"), "[fields] colour is not known; known are: "),
        (('tags = ["topic"]', 'tags = "topic"'), "[fields] tags must be a list of fields."),
        (("more = {", "more = { a = 3,"), "[fields] more must be a table of names and fields."),
        (("{passage}", "{passage"), '[fields] prompt: line 1: "{" stands alone; '),
        (('scorer = "choice"', ""), "[defaults] scorer is missing: "),
        (("[fields]", '[fields]\ntarget_pattern = "("'), "[fields] target_pattern: the pattern "),
        (("[defaults]", 'format = "native"\n[defaults]'), "the section [fields] belongs to the "),
        (("[defaults]", 'format = "xml"\n[defaults]'), "[suite] format must be one of: native, "),
        (('"rows.jsonl"', '"rows.xml"'), '[suite] tasks: "rows.xml" must be a .jsonl or .json or'),
    ],
)
def test_map_that_breaks_a_rule(tmp_path: Path, change: tuple[str, str], sentence: str) -> None:
    about = ABOUT.replace(*change)
    problems = problems_of(load_suite, folder(tmp_path, about, ROW))
    assert [one for one in problems if one.startswith(f"suite.toml: {sentence}")], problems


def test_prompt_with_a_field_that_is_not_mapped(tmp_path: Path) -> None:
    about = ABOUT.replace("{passage}", "{topic}")
    assert problems_of(load_suite, folder(tmp_path, about, ROW)) == [
        "rows.jsonl line 1: the prompt uses {topic}, which is not mapped."
    ]
