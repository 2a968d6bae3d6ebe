from pathlib import Path

from corral.suites.base import Task
from corral.suites.openai_evals import load_openai_evals
from tests.corral.suites.files import problems_of, write_rows

FALLBACK = ("includes", {"ignore_case": False})


def test_samples_of_texts_and_messages(tmp_path: Path) -> None:
    message = {"role": "system", "name": "example_user", "content": "Hi"}
    path = write_rows(
        tmp_path / "samples.jsonl",
        {"input": "2+2?", "ideal": "4"},
        {"input": [message], "ideal": ["Hi", "Hello"], "id": "greet/1"},
    )
    assert load_openai_evals(path).tasks == (
        Task("row-1", {"input": "2+2?"}, "4", *FALLBACK),
        Task("greet-1", {"input": "Hi", "messages": [message]}, ["Hi", "Hello"], *FALLBACK),
    )


def test_every_bad_sample_is_told(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "samples.jsonl",
        {"input": "q"},
        {"input": "q", "ideal": "x", "args": 1},
        {"input": "q", "ideal": [""]},
        {"ideal": "x"},
    )
    assert problems_of(load_openai_evals, path) == [
        "samples.jsonl line 1: ideal is missing.",
        'samples.jsonl line 2: "args" is not a field of such a sample.',
        "samples.jsonl line 3: scorer includes: the target must be a text, or a list of texts of "
        "which any is right, none empty.",
        "samples.jsonl line 4: input must be a text or a list of messages, and not empty.",
    ]
