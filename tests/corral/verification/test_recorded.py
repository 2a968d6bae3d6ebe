from dataclasses import replace
from pathlib import Path

import pytest

from corral.json_types import Json
from corral.suites.base import LoadedSuite, Task
from corral.suites.ifeval import load_ifeval, load_ifeval_loose
from corral.suites.plain import load_plain
from corral.suites.report import Report
from corral.verification.naming import by_file, in_group, suite_named, tasks_named
from corral.verification.recorded import read_recorded
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
        ("big-bench-hard/word_sorting", "bbh-word-sorting"),
        ("big_bench_hard_word_sorting", "bbh-word-sorting"),
        ("bbh_cot_fewshot_word_sorting", "bbh-word-sorting"),
        ("bbh-bbh/word_sorting", "bbh-word-sorting"),
        ("openai/gsm8k", "gsm8k"),
        ("grade-school-math", "gsm8k"),
        ("instruction_following_eval", "ifeval"),
        ("instruction_following_eval_loose", "ifeval-loose"),
        ("google/IFEval", "ifeval"),
        ("cruxeval_output", "cruxeval-o"),
        ("cruxeval/input", "cruxeval-i"),
        ("cruxeval_input_prediction", "cruxeval-i"),
        ("output_prediction", "cruxeval-o"),
        ("input-prediction", "cruxeval-i"),
        ("CRUXEval-I", "cruxeval-i"),
        ("bbh", None),
        ("mmlu", None),
        ("", None),
    ],
)
def test_suite_by_its_name(name: str, slug: str | None, suites: dict[str, LoadedSuite]) -> None:
    found = suite_named(name, suites)
    assert (found and found.slug) == slug


@pytest.mark.parametrize(
    ("name", "file", "slug"),
    [
        ("bbh", "word_sorting", "bbh-word-sorting"),
        ("BIG-Bench Hard", "word_sorting_few_shot_template_0-255000", "bbh-word-sorting"),
        ("cruxeval", "generations_input", "cruxeval-i"),
        ("cruxeval", "codellama-7b", "cruxeval-o"),
        ("cruxeval-o", "model_input", "cruxeval-o"),
        ("gsm8k", "word_sorting", "gsm8k"),
        ("bbh", "gsm8k", None),
    ],
)
def test_file_tells_which_suite_of_several(
    name: str, file: str, slug: str | None, suites: dict[str, LoadedSuite]
) -> None:
    found = suite_named(by_file(name, file), suites)
    assert (found and found.slug) == slug


@pytest.mark.parametrize(
    ("task", "found"),
    [
        ("word_sorting/17", ("bbh-word_sorting", "17")),
        ("word_sorting:17", ("bbh-word_sorting", "17")),
        ("word_sorting_17", ("bbh-word_sorting", "17")),
        ("bbh/word_sorting-17", ("bbh-bbh/word_sorting", "17")),
        ("17", ("bbh", "17")),
        (17, ("bbh", 17)),
        (None, ("bbh", None)),
    ],
)
def test_task_of_a_group_names_its_suite(task: Json, found: tuple[str, Json]) -> None:
    assert in_group("bbh", task) == found


@pytest.mark.parametrize(
    ("keys", "names", "found"),
    [
        (("sample_0", "sample_1"), ("sample_1", 0, "1", "index 1"), (1, 0, 1, 1)),
        (("row-1", "row-2"), ("row-1", 1, "test_0", "test.jsonl:1", 1.0), (0, 1, 0, 1, 1)),
        (("1", "2", "9"), (1, "2", 9), (0, 1, 2)),
        (("1", "2", "9"), (0, 1, "2"), (0, 1, 2)),
        (("1", "2", "9"), (0, 9), (0, 2)),
        (("7", "8"), ("x", None, True, -1, 2, "9" * 30, "", 0.5), (None,) * 8),
        (("HumanEval-7",), ("HumanEval/7", "HumanEval-7", "HumanEval-0"), (0, 0, None)),
    ],
)
def test_tasks_by_id_or_index(
    keys: tuple[str, ...], names: tuple[Json, ...], found: tuple[int | None, ...]
) -> None:
    tasks = [Task(key, {}, 1, "numeric") for key in keys]
    wanted = [None if number is None else tasks[number] for number in found]
    assert tasks_named(names, tasks) == wanted


IFEVAL = {
    "key": 1001,
    "prompt": "No comma, please.",
    "instruction_id_list": ["punctuation:no_comma"],
    "kwargs": [{}],
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"correct": False}, {"ifeval": False}),
        ({"correct": "True"}, {"ifeval": True}),
        ({"correct": ""}, {"ifeval": None}),
        ({}, {"ifeval": None}),
        ({"suite": "ifeval_loose", "correct": 1.0}, {"ifeval-loose": True}),
        ({"correct_strict": False, "correct_loose": True}, {"ifeval": False, "ifeval-loose": True}),
        ({"strict": 0, "loose": 1}, {"ifeval": False, "ifeval-loose": True}),
        ({"loose_correct": False}, {"ifeval-loose": False}),
        ({"correct": {"strict": True, "loose": True}}, {"ifeval": True, "ifeval-loose": True}),
    ],
)
def test_strict_and_loose_verdicts(
    fields: dict[str, object], expected: dict[str, bool | None], tmp_path: Path
) -> None:
    prompts = write_rows(tmp_path / "input_data.jsonl", IFEVAL)
    suites = {suite.slug: suite for suite in (load_ifeval(prompts), load_ifeval_loose(prompts))}
    row = {"suite": "ifeval", "task": 1001, "output": "Sure, yes.\nSo be it.", **fields}
    path, report = write_rows(tmp_path / "outputs.jsonl", row), Report()
    cases = read_recorded(path.name, path.parent, suites, report)
    assert {slug: case.expected for slug, (case,) in cases.items()} == expected
    assert not report.problems


def test_verdicts_fewer_than_outputs_are_refused(tmp_path: Path) -> None:
    suite = load_plain(write_rows(tmp_path / "plain.jsonl", {"input": "q", "target": "t"}))
    task = replace(suite.tasks[0], scorer="output_prediction")
    suites = {"cruxeval-o": replace(suite, slug="cruxeval-o", tasks=(task,))}
    row = {"suite": "cruxeval", "task": 0, "output": ["1", "2"], "correct": [True]}
    path, report = write_rows(tmp_path / "outputs.jsonl", row), Report()
    assert read_recorded(path.name, path.parent, suites, report) == {}
    assert report.problems == ["outputs.jsonl line 1: correct must have a verdict for each output."]


def test_verdicts_that_are_none(tmp_path: Path) -> None:
    prompts = write_rows(tmp_path / "input_data.jsonl", IFEVAL)
    suites = {suite.slug: suite for suite in (load_ifeval(prompts), load_ifeval_loose(prompts))}
    row = {"suite": "ifeval", "task": 0, "output": "x", "strict": "maybe"}
    path, report = write_rows(tmp_path / "outputs.jsonl", row), Report()
    read_recorded(path.name, path.parent, suites, report)
    assert report.problems == ["outputs.jsonl line 1: strict must be true or false."]
