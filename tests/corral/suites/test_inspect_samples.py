import base64
import json
from pathlib import Path

import pytest

from corral.suites.assemble import Head
from corral.suites.base import Task
from corral.suites.inspect_samples import load_inspect
from corral.suites.native import load_suite
from corral.suites.rows import RowDefaults
from tests.corral.suites.files import problems_of, write_rows

CHOICES = ["Oslo", "Bergen"]


def test_sample_of_texts(tmp_path: Path) -> None:
    rows = [{"input": "2+2?", "target": ["4"], "id": 7, "metadata": {"why": "sum"}}]
    suite = load_inspect(write_rows(tmp_path / "sums easy.jsonl", *rows))
    assert suite.tasks == (Task("7", {"input": "2+2?"}, "4", "includes"),)
    assert (suite.slug, suite.name) == ("sums-easy", "sums easy")


def test_sample_of_messages_with_choices(tmp_path: Path) -> None:
    messages = [
        {"role": "system", "content": "Be brief.", "source": "input"},
        {"role": "user", "content": [{"type": "text", "text": "Capital?"}]},
    ]
    rows = [{"input": messages, "choices": CHOICES, "target": "A"}]
    (task,) = load_inspect(write_rows(tmp_path / "s.jsonl", *rows)).tasks
    assert task.input == {
        "input": "Be brief.\n\nCapital?",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Capital?"},
        ],
        "choices": CHOICES,
    }
    assert (task.scorer, task.scorer_options) == ("choice", {"choices": CHOICES})


def test_array_and_csv_give_the_same_tasks(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(
        json.dumps([{"id": "a", "input": "Capital?", "choices": CHOICES, "target": "B"}])
    )
    (tmp_path / "s.csv").write_text('id,input,choices,target\na,Capital?,"Oslo, Bergen",B\n')
    (tmp_path / "t.csv").write_text(
        'id,input,choices,target,setup\na,Capital?,"[""Oslo"", ""Bergen""]",B,\n'
    )
    one, two, three = (load_inspect(tmp_path / name).tasks for name in ("s.json", "s.csv", "t.csv"))
    assert one == two == three


def test_files_are_texts_of_the_input(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("from the folder")
    coded = "data:text/plain;base64," + base64.b64encode(b"from base64").decode()
    files = {"a.txt": "inline", "b/c.txt": "notes.txt", "d": coded, "e": "data:,from%20a%20URL"}
    rows = [{"input": "read", "target": "x", "files": files}]
    (task,) = load_inspect(write_rows(tmp_path / "s.jsonl", *rows)).tasks
    assert task.input == {
        "input": "read",
        "files": {
            "a.txt": "inline",
            "b/c.txt": "from the folder",
            "d": "from base64",
            "e": "from a URL",
        },
    }


def test_scorer_of_the_head_goes_first(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "s.jsonl", {"input": "q", "target": "x", "choices": ["x", "y"]})
    head = Head("s", "S", defaults=RowDefaults("exact", {"ignore_case": True}))
    (task,) = load_inspect(path, head).tasks
    assert (task.scorer, task.scorer_options) == ("exact", {"ignore_case": True})


def test_folder_names_the_format(tmp_path: Path) -> None:
    (tmp_path / "suite.toml").write_text(
        '[suite]\nslug = "s"\nname = "S"\nlicence = "MIT"\nformat = "inspect"\n'
        'tasks = ["one.jsonl", "two.csv"]\n[defaults]\nsplit = "private"\n'
    )
    write_rows(tmp_path / "one.jsonl", {"input": "q", "target": "x"})
    (tmp_path / "two.csv").write_text("input,target\nr,y\n")
    suite = load_suite(tmp_path)
    assert [(task.key, task.target, task.split.value) for task in suite.tasks] == [
        ("row-1", "x", "private"),
        ("row-2", "y", "private"),
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"setup": "rm -rf /"}, '"setup" is a script to be run before the task; Corral runs '),
        ({"sandbox": "docker"}, '"sandbox" chooses a sandbox; Corral\'s is the same for every'),
        ({"colour": 1}, '"colour" is not a field of such a sample.'),
        ({"input": []}, "input must be a text or a list of messages, and not empty."),
        ({"input": [3]}, "input: message 1 must be an object."),
        ({"input": [{"role": "cat", "content": "x"}]}, "input: message 1 needs a role, one of: "),
        (
            {"input": [{"role": "user", "content": [{"type": "image", "image": "x"}]}]},
            "input: message 1 must have a text as content; only text is supported.",
        ),
        (
            {"input": [{"role": "assistant", "content": "x", "tool_calls": []}]},
            'input: message 1 has the field "tool_calls", which is not supported.',
        ),
        ({"choices": [1, 2]}, "choices must be a list of texts, none empty."),
        ({"files": ["x"]}, "files must be an object of texts by name."),
        ({"files": {"../x": "y"}}, 'files: "../x" must be a path below the working folder.'),
        ({"files": {"x": 3}}, 'files: "x" must be a text.'),
        ({"files": {"x": "https://example.org/x"}}, 'files: "x" is at a URL; '),
        ({"files": {"x": "data:;base64,%%"}}, 'files: "x" is no text that can be decoded.'),
    ],
)
def test_sample_that_breaks_a_rule(
    tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    path = write_rows(tmp_path / "s.jsonl", {"input": "q", "target": "x", **change})
    (problem,) = problems_of(load_inspect, path)
    assert problem.startswith(f"s.jsonl line 1: {sentence}")
