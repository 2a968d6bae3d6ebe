from pathlib import Path

import pytest

from corral.suites.guess import guess_format
from tests.corral.suites import known_files
from tests.corral.suites.files import write_rows


@pytest.mark.parametrize(
    ("row", "loader"),
    [
        ({"input": "q", "target": "x", "choices": ["x", "y"]}, "inspect"),
        ({"input": "q", "target": "x", "setup": "ls"}, "inspect"),
        ({"input": "q", "ideal": "x"}, "openai-evals"),
        ({"question": "q", "answer": "x", "more": 1}, "plain"),
    ],
)
def test_format_by_the_first_row(row: dict[str, object], loader: str, tmp_path: Path) -> None:
    assert guess_format(write_rows(tmp_path / "rows.jsonl", row)).loaders == (loader,)


def test_format_by_names(tmp_path: Path) -> None:
    assert guess_format(known_files.cruxeval(tmp_path)).loaders == ("cruxeval-o", "cruxeval-i")
    assert guess_format(tmp_path / "cruxeval").loaders == ("cruxeval-o", "cruxeval-i")
    assert guess_format(known_files.gsm8k(tmp_path)).loaders == ("gsm8k",)
    assert guess_format(known_files.snarks(tmp_path)).loaders == ("bbh-snarks",)
    (tmp_path / "a.yaml").touch()
    assert guess_format(tmp_path / "a.yaml").loaders == ("lm-eval",)
    (tmp_path / "suite.toml").touch()
    assert guess_format(tmp_path).loaders == ("native",)


def test_why_it_is_no_suite(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "rows.jsonl", {"a": 1, "b": 2})
    assert guess_format(path).why_not.startswith("rows.jsonl: its fields are a, b; without one of ")
    (tmp_path / "empty.csv").touch()
    assert guess_format(tmp_path / "empty.csv").why_not == (
        "empty.csv: its first row can't be read."
    )
    (tmp_path / "a.txt").touch()
    assert guess_format(tmp_path / "a.txt").why_not.startswith("a.txt: it ends in none of .jsonl")
    assert guess_format(tmp_path / "gone").why_not == "gone: there is no such file or folder."
    assert guess_format(tmp_path).why_not.endswith("and not the files of one known benchmark.")


def test_common_name_alone_tells_nothing(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "test.jsonl", {"question": "q", "answer": "#### 1"})
    assert guess_format(path).loaders == ("plain",)
