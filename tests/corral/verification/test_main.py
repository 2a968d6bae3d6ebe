"""`python -m corral.verification` on small files, with a real sandbox."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from corral.verification import judging
from corral.verification.__main__ import main
from tests.corral.suites import known_files
from tests.corral.suites.files import write_rows
from tests.corral.suites.known_files import SMALL

NAMES = {"sorting": "bbh-word-sorting", "snarks": "bbh-snarks"}


def lines_of(text: str) -> dict[tuple[str, str], list[str]]:
    """The cells of the table's lines, by suite and check."""
    cells = [line.split() for line in text.splitlines()[1:]]
    return {(row[0], row[1]): row[2:] for row in cells if row[2].isdecimal()}


@pytest.mark.parametrize("small", SMALL.values(), ids=SMALL)
def test_references_of_small_suites_are_right(
    small: Callable[[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small(tmp_path)
    slug = NAMES.get(small.__name__, small.__name__)
    assert main([str(tmp_path)]) == 0
    assert lines_of(capsys.readouterr().out)[slug, "references"] == [
        *("2", "100.00%", "100.00%", "100", "%"),
    ]
    assert main([str(path)]) == 0


def test_function_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known_files.bfcl(tmp_path)
    assert main([str(tmp_path)]) == 0
    lines = lines_of(capsys.readouterr().out)
    assert lines["bfcl-simple", "references"][:3] == ["2", "100.00%", "100.00%"]
    assert lines["bfcl-simple", "shuffled"][:3] == ["2", "100.00%", "0.00%"]


def test_programs_run_in_the_sandbox(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known_files.humaneval(tmp_path)
    known_files.cruxeval(tmp_path)
    assert main([str(tmp_path)]) == 0
    lines = lines_of(capsys.readouterr().out)
    for slug in ("humaneval", "cruxeval-o", "cruxeval-i"):
        assert lines[slug, "references"][:3] == ["3", "100.00%", "100.00%"]


def test_missing_sandbox_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def examine(_: object) -> list[str]:
        return ["The sandbox does not start: bwrap is missing."]

    monkeypatch.setattr(judging, "examine", examine)
    known_files.humaneval(tmp_path)
    known_files.svamp(tmp_path)
    assert main([str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.err == (
        "Not checked, for there is no sandbox: humaneval.\n"
        "The sandbox does not start: bwrap is missing.\n"
    )
    assert set(lines_of(said.out)) == {("svamp", "references"), ("svamp", "shuffled")}


def recorded(at: Path, *rows: dict[str, object]) -> None:
    known_files.svamp(at)
    (at / "outputs").mkdir()
    write_rows(at / "outputs" / "model.jsonl", *rows)


def test_recorded_outputs_that_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(
        tmp_path,
        {"suite": "svamp", "task": "chal-1", "output": "It is 1.", "correct": True},
        {"suite": "SVAMP", "task": 1, "output": "3", "correct": 0},
        {"suite": "svamp", "task": "1", "output": {"answer": 2}},
    )
    assert main([str(tmp_path)]) == 0
    assert lines_of(capsys.readouterr().out)["svamp", "outputs/model.jsonl"] == [
        *("3", "100.00%", "75.00%", "100", "%", "agreement"),  # task by task: 1 and 1/2
    ]


def test_recorded_outputs_that_disagree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(
        tmp_path,
        {"suite": "svamp", "task": "chal-1", "output": "1", "correct": True},
        {"suite": "svamp", "task": "chal-2", "output": "2", "correct": False},
    )
    assert main([str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.err == (
        "svamp, outputs/model.jsonl: wanted 100 % agreement. "
        'First tasks: chal-2 (here right, recorded as wrong: "2").\n'
    )
    assert lines_of(said.out)["svamp", "outputs/model.jsonl"][-1] == "DISAGREES"


def test_recorded_outputs_of_nothing_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(
        tmp_path,
        {"suite": "mmlu", "task": 0, "output": "x"},
        {"suite": "svamp", "task": "chal-9", "output": "x"},
        {"suite": "svamp", "task": 2, "output": "x"},
        {"suite": "svamp", "task": 0, "output": "1", "correct": "yes"},
        {"suite": "mmlu", "task": 1, "output": "x"},
        {"suite": "svamp", "task": 0, "output": "1", "correct": True},
    )
    assert main([str(tmp_path)]) == 1
    at = "outputs/model.jsonl line"
    said = capsys.readouterr()
    assert lines_of(said.out)["svamp", "outputs/model.jsonl"][:3] == ["2", "100.00%", "100.00%"]
    assert said.err.splitlines() == [
        f'{at} 1: suite "mmlu" is not one of those that were found, nor in 1 more lines.',
        f'{at} 2: task "chal-9" is no id and no index of svamp.',
        f'{at} 3: task "2" is no id and no index of svamp.',
        f"{at} 4: correct must be true or false.",
    ]


def test_problems_beyond_those_shown_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(tmp_path, *({"suite": "svamp", "task": 9 + n, "output": "x"} for n in range(203)))
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "There are 3 more problems like these."


def test_several_generations_of_a_task(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known_files.cruxeval(tmp_path)
    rows: list[dict[str, object]] = [
        {"suite": "cruxeval", "task": "sample_2", "output": ["'xx'", "2", "'x' * 2", "f('x')"],
         "correct": [True, False, True, False]},
        {"suite": "cruxeval-input", "task": 1, "output": "assert f('x') == 'xx'", "correct": True},
        {"suite": "cruxeval-input", "task": 1, "output": "f('y')", "correct": False},
        {"suite": "cruxeval-input", "task": 1, "output": "'x'", "correct": False},
    ]  # fmt: skip
    write_rows(tmp_path / "model.jsonl", *rows)
    assert main([str(tmp_path)]) == 0
    lines = lines_of(capsys.readouterr().out)
    assert lines["cruxeval-o", "model.jsonl"][:3] == ["4", "100.00%", "50.00%"]
    assert lines["cruxeval-i", "model.jsonl"][:3] == ["3", "100.00%", "33.33%"]


def test_wrong_reference_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{**row, "canonical_solution": "    return a\n"} for row in known_files.PROGRAMS[:1]]
    (tmp_path / "humaneval").mkdir()
    path = tmp_path / "humaneval" / "HumanEval.jsonl.gz"
    import gzip

    path.write_bytes(gzip.compress(json.dumps(rows[0]).encode()))
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        "humaneval, references: wanted 100 %. First tasks: HumanEval-1.\n"
    )


def test_shuffled_answers_that_are_right_too_often(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "suite.toml").write_text(
        '[suite]\nslug = "lenient"\nname = "L"\nlicence = "MIT"\ntasks = ["t.jsonl"]\n'
        '[defaults]\nscorer = "numeric"\noptions = { absolute = 1000 }\n'
    )
    write_rows(tmp_path / "t.jsonl", *({"id": f"{n}", "input": "q", "target": n} for n in range(9)))
    assert main([str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("lenient, shuffled: wanted under ")
    assert lines_of(said.out)["lenient", "references"][:3] == ["9", "100.00%", "100.00%"]


def test_what_is_no_suite_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(tmp_path / "rows.jsonl", {"a": 1})
    (tmp_path / "notes.txt").write_text("no data")
    assert main([str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "Not read: rows.jsonl: its fields are a; " in said.out
    assert said.err == f"{tmp_path}: there is no suite.\n"
    assert main([str(tmp_path / "gone")]) == 1


def test_broken_suite_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(tmp_path / "rows.jsonl", {"input": "q", "target": 1})
    assert main([str(tmp_path)]) == 1
    assert "inspect: rows.jsonl line 1: scorer includes: " in capsys.readouterr().err


def test_data_of_a_task_file_are_no_suite_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rows(tmp_path / "rows.jsonl", {"question": "q", "answer": "x"})
    (tmp_path / "a.yaml").write_text(
        "task: a\ndataset_path: rows.jsonl\ndoc_to_text: question\ndoc_to_target: answer\n"
    )
    assert main([str(tmp_path)]) == 0
    assert set(lines_of(capsys.readouterr().out)) == {("a", "references")}


def test_linked_folders_are_walked_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Data and outputs lie elsewhere; one link leads in a circle, another to the same data."""
    elsewhere, at = tmp_path / "elsewhere", tmp_path / "at"
    elsewhere.mkdir()
    recorded(elsewhere, {"suite": "svamp", "task": 0, "output": "1", "correct": True})
    at.mkdir()
    (at / "linked").symlink_to(elsewhere)
    (at / "again").symlink_to(elsewhere)
    (elsewhere / "circle").symlink_to(at)

    assert main([str(at)]) == 0
    assert lines_of(capsys.readouterr().out)["svamp", "again/outputs/model.jsonl"][:2] == [
        "1",
        "100.00%",
    ]
