from pathlib import Path

import pytest

from corral.errors import ProjectRefused
from corral.scorers.judging import judge_output
from corral.suites.guess import guess_format
from corral.suites.registry import loader_named
from tests.corral.suites.files import write_rows

ROWS: list[dict[str, object]] = [
    {
        "key": 7,
        "prompt": "Name two fruits in capital letters, without a comma.",
        "instruction_id_list": ["punctuation:no_comma", "change_case:english_capital"],
        "kwargs": [{}, {"num_words": None}],
    },
    {
        "key": 8,
        "prompt": "Say it in bold.",
        "instruction_id_list": ["detectable_format:number_highlighted_sections"],
        "kwargs": [{"num_highlights": 1}],
    },
]


def test_published_file_is_a_strict_and_a_loose_suite(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "input_data.jsonl", *ROWS)

    assert guess_format(path).loaders == ("ifeval", "ifeval-loose")
    strict, loose = (loader_named(name)(path) for name in ("ifeval", "ifeval-loose"))

    assert [(task.key, task.input["input"]) for task in strict.tasks] == [
        (str(row["key"]), row["prompt"]) for row in ROWS
    ]
    scores = [
        judge_output(task.scorer, output, task.target, task.scorer_options).score
        for task in (strict.tasks[0], loose.tasks[0])
        for output in (
            "MY FAVOURITE FRUITS ARE THE APPLE AND THE PEAR",
            "Sure, here they are:\nMY FAVOURITE FRUITS ARE THE APPLE AND THE PEAR",
        )
    ]
    assert scores == [1, 0, 1, 1]


def test_row_with_an_unknown_instruction_is_refused(tmp_path: Path) -> None:
    row = {**ROWS[0], "instruction_id_list": ["punctuation:no_comma", "change_case:pink"]}
    path = write_rows(tmp_path / "input_data.jsonl", row, {"key": 9, "prompt": "What?"})

    with pytest.raises(ProjectRefused) as refused:
        loader_named("ifeval")(path)

    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        "input_data.jsonl line 1",
        "input_data.jsonl line 2",
    ]
