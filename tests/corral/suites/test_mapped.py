import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from corral.errors import ProjectRefused, UserError
from corral.suites.base import Split
from corral.suites.mapped import FieldMap, MappedSource, load_mapped
from corral.suites.registry import loader_named

SOURCE = MappedSource(
    slug="m",
    name="M",
    description="",
    licence="MIT",
    source="somewhere",
    fields=FieldMap(input="q", target="a"),
    scorer="exact",
)


SUMS = replace(
    SOURCE,
    fields=FieldMap(input="question", target="answer"),
    target_pattern=r"#### (.+)",
    scorer="numeric",
    tags=("sums",),
)


def sums(at: Path, count: int = 30) -> Path:
    rows = [
        {"question": f"Ann has {n} eggs. How many?", "answer": f"She has <<{n}={n}>>{n}.\n#### {n}"}
        for n in range(1_000, 1_000 + count)
    ]
    path = at / "sums.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def problems_of(path: Path, source: MappedSource = SOURCE) -> list[str]:
    with pytest.raises(ProjectRefused) as refused:
        load_mapped(path, source)
    return refused.value.problems


def test_file_as_a_whole(tmp_path: Path) -> None:
    path = sums(tmp_path)
    suite = load_mapped(path, SUMS)
    first = suite.tasks[0]
    assert len(suite.tasks) == 30
    assert (first.key, first.input, first.target, first.scorer, first.tags) == (
        *("row-1", {"input": "Ann has 1000 eggs. How many?"}, "1000", "numeric", ("sums",)),
    )
    assert suite.source_digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert suite.licence == "MIT"


def test_sample_is_chosen_by_the_seed_alone(tmp_path: Path) -> None:
    path, some = sums(tmp_path), replace(SUMS, sample=8, seed=1, private_share=0.25)
    one = load_mapped(path, some)
    assert one == load_mapped(path, some)
    keys = [task.key for task in one.tasks]
    assert keys == ["row-1", "row-12", "row-16", "row-18", "row-20", "row-27", "row-29", "row-30"]
    assert [task.split for task in one.tasks].count(Split.PRIVATE) == 2
    assert [task.key for task in load_mapped(path, replace(some, seed=2)).tasks] != keys


def test_answer_without_the_pattern_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sums.jsonl"
    path.write_text(
        '{"question": "q", "answer": "#### 5"}\n'
        '{"question": "q", "answer": "five"}\n'
        '{"question": "q", "answer": 5}\n'
        '{"question": "q", "answer": "#### many"}\n'
        '{"answer": "#### 5"}\n'
    )
    assert problems_of(path, SUMS) == [
        "sums.jsonl line 2: \"answer\" has no match for '#### (.+)'.",
        "sums.jsonl line 3: \"answer\" has no match for '#### (.+)'.",
        "sums.jsonl line 4: scorer numeric: the target must be a number, or a text that is one, "
        'as "1,234".',
        'sums.jsonl line 5: the field "question" is missing.',
    ]


def test_csv_with_ids_and_tags(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'\xef\xbb\xbfq,a,id,kind\r\n"one,\r\ntwo",x,k1,easy\r\n\r\nq2,y,k2,hard\r\n')
    fields = FieldMap(input="q", target="a", id="id", tags=("kind",))
    one, two = load_mapped(path, replace(SOURCE, fields=fields)).tasks
    assert (one.key, one.input, one.target, one.tags) == (
        *("k1", {"input": "one,\r\ntwo"}, "x", ("easy",)),
    )
    assert two.key == "k2"


def test_csv_that_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("q,a\nx\nq,y,z\nok,x\n")
    assert problems_of(path) == [
        "t.csv line 2: has 1 fields, but the header has 2.",
        "t.csv line 3: has 3 fields, but the header has 2.",
    ]
    path.write_text('q,a\n"x,y\n')
    assert problems_of(path)[0] == "t.csv line 2: is not CSV: unexpected end of data."
    path.write_text("q,q\n1,2\n")
    assert problems_of(path)[0] == "t.csv line 1: the header names a field twice."


def test_sample_larger_than_the_file(tmp_path: Path) -> None:
    path = sums(tmp_path, 3)
    assert problems_of(path, replace(SUMS, sample=4)) == [
        "sums.jsonl: holds 3 tasks, fewer than the 4 to keep."
    ]


def test_file_that_is_missing_or_empty(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "gone.jsonl") == ["gone.jsonl: there is no such file."]
    (tmp_path / "empty.jsonl").touch()
    assert problems_of(tmp_path / "empty.jsonl") == ["empty.jsonl: holds no task."]
    (tmp_path / "folder.jsonl").mkdir()
    assert problems_of(tmp_path / "folder.jsonl") == [
        "folder.jsonl: can't be read: Is a directory."
    ]


def test_loader_that_does_not_exist() -> None:
    with pytest.raises(UserError, match='There is no suite format "xml"; there are: native, insp'):
        loader_named("xml")


def test_pattern_for_the_target_that_backtracks_without_end_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"q": "?", "a": "a" * 5_000 + "!"}) + "\n")
    assert problems_of(path, replace(SOURCE, target_pattern=r"^(a|aa)+$")) == [
        'rows.jsonl line 1: "a": The pattern took too long on this output.',
    ]
