"""What the demo seeds out of a folder of data."""

import json
from pathlib import Path

import pytest

from catalogue.errors import SuiteRefused
from config.demo.seed import GSM8K_QUESTIONS, gsm8k_suite

pytestmark = pytest.mark.django_db


def test_questions_are_asked_as_the_catalogue_asks_them(tmp_path: Path) -> None:
    rows = [{"question": f"{n} and 1?", "answer": f"#### {n + 1}"} for n in range(50)]
    (tmp_path / "gsm8k").mkdir()
    file = tmp_path / "gsm8k" / "test.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    version = gsm8k_suite(tmp_path)

    tasks = version.tasks.all()
    assert [tasks.filter(split=split).count() for split in ("public", "private")] == [30, 10]
    assert len(tasks) == GSM8K_QUESTIONS
    assert tasks[0].input["input"].endswith("end with the answer as a number.")


def test_data_without_the_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SuiteRefused, match="there is no such file"):
        gsm8k_suite(tmp_path)
