"""The suite and the sample projects that the platform ships are what they say."""

import sys
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from corral.project.archive import inspect_archive
from corral.project.manifest import ProjectKind
from corral.project.prompt import render_prompt
from corral.suites.native import load_suite
from corral.verdicts import Verdict

EXAMPLES = Path(__file__).parents[3] / "examples"
PROJECTS = sorted(path.parent for path in EXAMPLES.glob("*/corral.toml"))


def test_sprint_has_its_tags_and_splits() -> None:
    suite = load_suite(EXAMPLES / "suites" / "llama-sprint")
    counts = Counter((task.tags, task.split.value) for task in suite.tasks)
    assert len(suite.tasks) >= 48
    for tag in ("facts", "sentiment", "extraction", "arithmetic"):
        public, private = counts[(tag,), "public"], counts[(tag,), "private"]
        assert public + private >= 12
        assert 1.5 <= public / private <= 2.5


def test_there_are_seven_projects_of_different_teams() -> None:
    teams = {tomllib.loads((p / "expected.toml").read_text())["team"] for p in PROJECTS}
    assert len(teams) == len(PROJECTS) >= 7


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda folder: folder.name)
def test_project_is_accepted_and_explained(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "project.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            if file.is_file() and file.name != "expected.toml":
                archive.write(file, file.name)
    inspection = inspect_archive(path, path.name)
    assert "README.md" in inspection.files
    prompt = inspection.manifest.prompt
    if inspection.manifest.kind is ProjectKind.PROMPT:
        assert prompt is not None
        for task in load_suite(EXAMPLES / "suites" / "llama-sprint").tasks:
            assert render_prompt(prompt, inspection.prompt_template or "", task.input)


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda folder: folder.name)
def test_expectations_are_complete(folder: Path) -> None:
    expected = tomllib.loads((folder / "expected.toml").read_text())
    assert expected["status"] == "scored"
    assert {Verdict(one) for one in expected["verdicts"]} >= {
        Verdict(one) for one in expected.get("must_have", [])
    }
    assert set(expected["tracks"]) <= {"sprint", "gsm8k"}
    assert isinstance(expected["calls_model"], bool)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6 * 3", 18),
        ("(1 + 2) * -3", -9),
        ("7 // 2 + 7 % 2", 4),
        ("1/0", None),
        ("2 ** 9", None),
        ("__import__('os')", None),
        ("True + 1", None),
        ("[1][0]", None),
        ("1 +", None),
        ("(" * 150, None),
        ("9" * 201, None),
    ],
)
def test_calculator_evaluates_arithmetic_only(
    text: str, value: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(EXAMPLES / "calculator")
    monkeypatch.delitem(sys.modules, "safe_eval", raising=False)
    import safe_eval  # type: ignore[import-not-found]

    assert safe_eval.evaluate(text) == value
