from pathlib import Path

import pytest

from corral.errors import ProjectRefused
from corral.scorers.judging import SCORER_NAMES
from corral.suites.base import LoadedSuite, Split, Task
from corral.suites.native import load_suite
from corral.suites.registry import loader_named

ABOUT = """
[suite]
slug = "tiny"
name = "Tiny"
licence = "Apache-2.0"
tasks = ["tasks.jsonl"]
"""


def folder(at: Path, rows: str, about: str = ABOUT) -> Path:
    (at / "suite.toml").write_text(about, encoding="utf-8")
    (at / "tasks.jsonl").write_text(rows, encoding="utf-8")
    return at


def problems_of(at: Path) -> list[str]:
    with pytest.raises(ProjectRefused) as refused:
        load_suite(at)
    return refused.value.problems


def test_suite_with_all_fields(tmp_path: Path) -> None:
    rows = (
        '{"id": "a", "input": "Hi é", "target": "x", "scorer": "exact"}\n\n'
        '{"id": "b.2", "input": {"q": 1}, "target": 7, "scorer": "numeric", '
        '"options": {"absolute": 1}, "split": "private", "weight": 2.5, "tags": ["t", "u v"]}'
    )
    about = ABOUT + 'description = "D"\nsource = "S"\n'
    suite = load_suite(folder(tmp_path, rows, about))
    assert suite == LoadedSuite(
        slug="tiny",
        name="Tiny",
        description="D",
        licence="Apache-2.0",
        source="S",
        source_digest=suite.source_digest,
        tasks=(
            Task("a", {"input": "Hi é"}, "x", "exact"),
            Task(
                *("b.2", {"q": 1}, 7, "numeric", {"absolute": 1}, Split.PRIVATE, 2.5, ("t", "u v"))
            ),
        ),
    )


def test_defaults_go_into_rows_that_say_nothing(tmp_path: Path) -> None:
    about = ABOUT + (
        '[defaults]\nscorer = "exact"\noptions = { ignore_case = true }\n'
        'split = "private"\nweight = 3\n'
    )
    rows = (
        '{"id": "a", "input": "q", "target": "x"}\n'
        '{"id": "b", "input": "q", "target": "x", "scorer": "includes", "split": "public"}\n'
        '{"id": "c", "input": "q", "target": "x", "options": {}, "weight": 1}\n'
    )
    a, b, c = load_suite(folder(tmp_path, rows, about)).tasks
    assert (a.scorer, a.scorer_options, a.split, a.weight) == (
        *("exact", {"ignore_case": True}, Split.PRIVATE, 3.0),
    )
    assert (b.scorer, b.scorer_options, b.split) == ("includes", {}, Split.PUBLIC)
    assert (c.scorer_options, c.weight) == ({}, 1.0)


def test_source_digest_names_the_files(tmp_path: Path) -> None:
    rows = '{"id": "a", "input": "q", "target": "x", "scorer": "exact"}\n'
    one = load_suite(folder(tmp_path, rows)).source_digest
    assert load_suite(folder(tmp_path, rows)).source_digest == one
    assert load_suite(folder(tmp_path, rows + "\n")).source_digest != one


def test_every_bad_row_is_told_at_once(tmp_path: Path) -> None:
    rows = [
        '{"id": "a", "input": "q", "target": "x", "scorer": "exact"}',
        '{"id": "a", "input": "q", "target": "x", "scorer": "exact"}',
        '{"id": "b c", "input": "", "target": 3, "scorer": "exact"}',
        '{"id": "d", "input": "q", "scorer": "blue", "note": 1}',
        '{"id": "e", "input": ["q"], "target": "x", "scorer": "exact", "options": {"x": 1}}',
        '{"id": "f", "input": "q", "target": "x", "scorer": "exact", "split": "secret", '
        '"weight": 0, "tags": "t"}',
        "not json",
        "[1]",
        '{"id": "g", "id": "h"}',
        '{"id": "i", "input": "q", "target": NaN, "scorer": "exact"}',
        '{"id": "j", "input": {"n": 99999999999999999999}, "target": "x", "scorer": "exact"}',
        "[" * 100_000,
    ]
    tags = "tags must be a list of at most 20 different texts of 1 to 50 characters."
    at = "tasks.jsonl line"
    assert problems_of(folder(tmp_path, "\n".join(rows))) == [
        f'{at} 2: id "a" is already that of {at} 1.',
        f"{at} 3: id must be 1 to 64 of the characters A-Z a-z 0-9 . _ -.",
        f"{at} 3: input must be a text or an object, and not empty.",
        f"{at} 3: scorer exact: the target must be a text, or a list of texts of which any is "
        "right, none empty.",
        f'{at} 4: "note" is not a field of a task.',
        f"{at} 4: scorer must be one of: {', '.join(SCORER_NAMES)}.",
        f"{at} 4: target is missing.",
        f"{at} 5: input must be a text or an object, and not empty.",
        f'{at} 5: scorer exact: option "x" is not known; known are: ignore, '
        "ignore_case, ignore_digits, ignore_punctuation.",
        f'{at} 6: split must be "public" or "private".',
        f"{at} 6: weight must be a number above 0, up to 1000000.",
        f"{at} 6: {tags}",
        f"{at} 7: is not JSON: Expecting value.",
        f"{at} 8: must be a JSON object.",
        f'{at} 9: the field "id" is there twice.',
        f"{at} 10: holds NaN, which is not JSON.",
        f"{at} 11: input can't be kept: 99999999999999999999 exceeds safe integer domain for "
        "JSON floats.",
        f"{at} 12: is not JSON: a number or a nesting is too large.",
    ]


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        ("", "suite.toml: the section [suite] is missing or no section."),
        (
            ABOUT.replace('"tiny"', '"Tiny!"'),
            "suite.toml: [suite] slug must be 1 to 64 of the characters a-z 0-9 -.",
        ),
        (ABOUT.replace('"Tiny"', "3"), "suite.toml: [suite] name must be a text."),
        (
            ABOUT.replace('["tasks.jsonl"]', "[]"),
            "suite.toml: [suite] tasks must be a list of different file names.",
        ),
        (
            ABOUT.replace("tasks.jsonl", "../tasks.jsonl"),
            'suite.toml: [suite] tasks: "../tasks.jsonl" must be a .jsonl file in this folder.',
        ),
        (ABOUT.replace("tasks.jsonl", "gone.jsonl"), "gone.jsonl: there is no such file."),
        (
            ABOUT + "colour = 1",
            "suite.toml: [suite] colour is not known; "
            "known are: description, format, licence, name, slug, source, tasks.",
        ),
        (
            ABOUT + "[more]",
            "suite.toml: [more] is not known; known are [suite], [defaults] and [fields].",
        ),
        (
            ABOUT + '[defaults]\nsplit = "x"',
            'suite.toml: [defaults] split must be "public" or "private".',
        ),
    ],
)
def test_suite_file_that_breaks_a_rule(tmp_path: Path, about: str, sentence: str) -> None:
    rows = '{"id": "a", "input": "q", "target": "x", "scorer": "exact"}'
    assert sentence in problems_of(folder(tmp_path, rows, about))


def test_suite_without_tasks(tmp_path: Path) -> None:
    assert problems_of(folder(tmp_path, "\n")) == ["tasks.jsonl: holds no task."]


def test_suite_without_its_file(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == ["suite.toml: there is no such file."]
    (tmp_path / "suite.toml").write_bytes(b"\xff")
    assert problems_of(tmp_path) == ["suite.toml: is not UTF-8 text."]
    (tmp_path / "suite.toml").write_text("[suite")
    assert problems_of(tmp_path)[0].startswith("suite.toml: is not valid TOML: ")


def test_loader_by_name() -> None:
    assert loader_named("native") is load_suite
