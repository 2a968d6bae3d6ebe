"""Files made to break a loader: each ends soon, in a sentence that says what is wrong."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow.parquet import write_table

from corral.errors import ProjectRefused
from corral.suites import files, parquet, readers
from corral.suites.base import LoadedSuite
from corral.suites.digest import suite_digest
from corral.suites.inspect_samples import load_inspect
from corral.suites.plain import load_plain
from corral.suites.registry import FORMATS
from tests.corral.suites.files import problems_of, write_rows

ROW = {"input": "q", "target": "x"}


def loaded_or_refused(load: Callable[[Path], LoadedSuite], path: Path) -> LoadedSuite | None:
    try:
        return load(path)
    except ProjectRefused as refused:
        if not all(problem.isprintable() for problem in refused.problems):
            raise
        return None


def test_packed_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl.gz").write_bytes(gzip.compress(json.dumps(ROW).encode()))
    (task,) = load_inspect(tmp_path / "s.jsonl.gz").tasks
    assert task.target == "x"


def test_file_that_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 1_000_000)
    (tmp_path / "s.jsonl.gz").write_bytes(gzip.compress(b" " * 1_000_001))
    assert problems_of(load_inspect, tmp_path / "s.jsonl.gz") == [
        "s.jsonl.gz: unpacked is larger than 200 MB."
    ]
    (tmp_path / "s.jsonl.gz").write_bytes(gzip.compress(b"{}")[:-9])
    assert problems_of(load_inspect, tmp_path / "s.jsonl.gz") == [
        "s.jsonl.gz: is not in the format of gzip."
    ]


def test_long_line_and_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MAX_LINE", 100)
    monkeypatch.setattr(readers, "MAX_ROWS", 3)
    path = write_rows(tmp_path / "s.jsonl", ROW, {**ROW, "id": "x" * 100}, *[ROW] * 4)
    assert problems_of(load_inspect, path) == [
        "s.jsonl line 2: is longer than 100 characters.",
        "s.jsonl: has more than 3 rows.",
    ]


def test_problems_are_counted_after_the_first(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "s.jsonl", *[{"input": "q", "target": ""}] * 1_000)
    problems = problems_of(load_inspect, path)
    assert len(problems) == 201
    assert problems[-1] == "There are 800 more problems like these."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"input": "q", "target": NaN}', "line 1: holds NaN, which is not JSON."),
        ('{"input": "q", "target": 1e999}', "line 1: target can't be kept: "),
        ('{"input": "q", "input": "r"}', 'line 1: the field "input" is there twice.'),
        ('{"input": "\\ud800", "target": "x"}', "line 1: input can't be kept: "),
        ("[" * 100_000, "line 1: is not JSON: a number or a nesting is too large."),
        ('{"a": ' * 100_000, "line 1: is not JSON: a number or a nesting is too large."),
        ("9" * 5_000, "line 1: is not JSON: a number or a nesting is too large."),
        ('{"input": "q", "target": "x", "\\u0000\\ud800": 1}', 'line 1: "��" is not a field'),
    ],
)
def test_text_that_is_no_honest_json(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "s.jsonl").write_text(text)
    (problem,) = problems_of(load_inspect, tmp_path / "s.jsonl")
    assert problem.startswith(f"s.jsonl {sentence}")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[{"input": "q",\n "target": "x"},\n\n  3]', "s.json line 4: must be a JSON object."),
        ('[\n{"input": "q"}, {]', "s.json, in or after line 2: is not JSON: Expecting prop"),
        ('[{"input": "q", "target": "x"} {}]', "s.json, in or after line 1: is not JSON: the l"),
        ('[{"input": "q", "target": "x"}] x', "s.json, in or after line 1: is not JSON: the l"),
    ],
)
def test_array_that_is_broken(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "s.json").write_text(text)
    problem = problems_of(load_inspect, tmp_path / "s.json")[-1]
    assert problem.startswith(sentence)


@pytest.mark.parametrize("data", [b"\xff\xfe{\x00", b"\x80", "{}".encode("utf-16")])
def test_other_encodings(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "s.jsonl").write_bytes(data)
    assert problems_of(load_inspect, tmp_path / "s.jsonl") == ["s.jsonl: is not UTF-8 text."]


def test_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "suite.toml").write_text(
        '[suite]\nslug = "s"\nname = "S"\nlicence = "MIT"\ntasks = ["t.jsonl", "pipe.jsonl"]\n'
    )
    write_rows(tmp_path / "t.jsonl", {"id": "a", **ROW, "scorer": "exact"})
    (folder / "t.jsonl").symlink_to(tmp_path / "t.jsonl")
    os.mkfifo(folder / "pipe.jsonl")
    assert problems_of(FORMATS["native"], folder) == [
        "t.jsonl: leads out of the suite's folder.",
        "pipe.jsonl: is no ordinary file.",
    ]


def test_sample_can_not_name_a_file_outside(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    rows = [{**ROW, "files": {"a": "../secret", "b": "link", "c": str(tmp_path / "secret")}}]
    (task,) = load_inspect(write_rows(folder / "s.jsonl", *rows)).tasks
    assert task.input["files"] == rows[0]["files"]


def test_parquet_with_what_json_has(tmp_path: Path) -> None:
    rows = [{"question": "q", "answer": "x", "id": 5}, {"question": "r", "answer": "y", "id": 6}]
    write_table(pyarrow.Table.from_pylist(rows), tmp_path / "t.parquet")
    one, two = load_plain(tmp_path / "t.parquet").tasks
    assert (one.key, one.input, one.target) == ("5", {"input": "q"}, "x")
    assert two.key == "6"


def test_parquet_with_what_json_has_not(tmp_path: Path) -> None:
    rows = [{"question": "q", "answer": {"deep": [b"x"]}}, {"question": "q", "answer": None}]
    write_table(pyarrow.Table.from_pylist(rows), tmp_path / "t.parquet")
    assert problems_of(FORMATS["inspect"], tmp_path / "t.parquet")[0] == (
        't.parquet row 1: "answer.deep" holds a value of the type bytes, which is not JSON.'
    )
    (tmp_path / "t.parquet").write_bytes(b"PAR1 not really PAR1")
    (problem,) = problems_of(FORMATS["inspect"], tmp_path / "t.parquet")
    assert problem.startswith("t.parquet: is not Parquet: ")


def test_parquet_that_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "MAX_FILE_BYTES", 20_000_000)
    column = pyarrow.array(["x" * 100_000] * 1_000)
    table = pyarrow.table({"question": column, "answer": column})
    write_table(table, tmp_path / "t.parquet")
    assert (tmp_path / "t.parquet").stat().st_size < 1_000_000
    assert problems_of(load_plain, tmp_path / "t.parquet") == [
        "t.parquet: unpacked is larger than 200 MB."
    ]


@given(
    name=st.sampled_from(sorted(FORMATS)), data=st.binary(max_size=200) | st.text().map(str.encode)
)
def test_any_bytes_are_a_suite_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    path = folder / ("task.yaml" if name == "lm-eval" else "rows.jsonl")
    path.write_bytes(data)
    suite = loaded_or_refused(FORMATS[name], path)
    assert suite is None or suite_digest(suite.tasks)


@given(
    row=st.dictionaries(
        st.sampled_from(["id", "input", "target", "choices", "files", "ideal", "metadata", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
            ),
            max_leaves=6,
        ),
    ),
    name=st.sampled_from(["inspect", "openai-evals", "plain"]),
)
def test_any_row_is_a_task_or_refused(
    tmp_path_factory: pytest.TempPathFactory, row: dict[str, object], name: str
) -> None:
    path = write_rows(tmp_path_factory.mktemp("any") / "rows.jsonl", row)
    suite = loaded_or_refused(FORMATS[name], path)
    assert suite is None or suite_digest(suite.tasks)
