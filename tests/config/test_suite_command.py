"""`manage.py suite`."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from catalogue.models import Suite, SuiteVersion
from corral.suites.digest import suite_digest
from corral.suites.native import load_suite
from tests.catalogue.test_upload import ABOUT, ROW
from tests.factories import TrackFactory, UserFactory

pytestmark = pytest.mark.django_db
PRIVATE = '{"id": "spain", "input": "Capital of Spain?", "target": "Madrid", "split": "private"}\n'
GSM = "".join(
    json.dumps({"question": f"{n} + 1?", "answer": f"#### {n + 1}"}) + "\n" for n in (1, 2)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    suite = tmp_path / "capitals"
    suite.mkdir()
    (suite / "suite.toml").write_text(ABOUT)
    (suite / "tasks.jsonl").write_text(ROW + PRIVATE)
    return suite


def suite(*arguments: object) -> str:
    out = io.StringIO()
    call_command("suite", *map(str, arguments), stdout=out, stderr=io.StringIO())
    return out.getvalue()


def told(*arguments: object) -> Any:
    return json.loads(suite(*arguments, "--json"))


def refused(*arguments: object) -> list[str]:
    with pytest.raises(CommandError) as error:
        suite(*arguments)
    return str(error.value).splitlines()


def test_check_describes_and_keeps_nothing(folder: Path) -> None:
    assert "Capitals (capitals): 1 public, 1 private, SHA-256 " in suite("check", folder)
    assert not Suite.objects.exists()


def test_check_tells_programs_what_is_in_it(folder: Path) -> None:
    found = told("check", folder)

    assert (found["tasks"], found["private"], found["scorers"]) == (2, 1, {"exact": 2})
    assert [task["key"] for task in found["first"]] == ["france", "spain"]


def test_import_makes_a_version_of_its_owner(folder: Path) -> None:
    owner = UserFactory(username="maria")

    assert "Capitals v1 is imported." in suite("import", folder, "--owner", "maria")
    assert Suite.objects.get().owner == owner


def test_import_for_nobody_is_refused(folder: Path) -> None:
    assert refused("import", folder, "--owner", "nobody") == ["There is no user “nobody”."]
    assert not Suite.objects.exists()


def test_publish_commits_to_the_private_tasks_once(folder: Path) -> None:
    suite("import", folder)

    first = told("publish", "capitals")

    assert told("publish", "capitals", 1) == first
    version = SuiteVersion.objects.get()
    assert version.published_at is not None
    assert first["commitment"] == version.commitment.digest


def test_import_publishes_at_once_where_it_is_told_to(folder: Path) -> None:
    assert "Capitals v1 is published." in suite("import", folder, "--publish")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("publish", "capitals"), "The suite “capitals” is not here"),
        (("publish", "capitals", 7), "has no version 7"),
        (("export", "capitals", 1, "there"), "has no version 1"),
        (("open", "capitals"), "is not here"),
    ],
)
def test_suite_that_is_not_there_is_refused(arguments: tuple[Any, ...], sentence: str) -> None:
    assert sentence in refused(*arguments)[0]


def test_every_problem_has_its_line_and_nothing_is_kept(folder: Path) -> None:
    (folder / "tasks.jsonl").write_text('{"id": "a"}\nnot json\n')

    assert len(refused("import", folder)) >= 2
    assert not Suite.objects.exists()


def test_problems_are_told_to_programs_too(folder: Path) -> None:
    (folder / "tasks.jsonl").write_text("not json\n")
    out = io.StringIO()

    with pytest.raises(CommandError):
        call_command("suite", "check", str(folder), "--json", stdout=out)

    assert json.loads(out.getvalue())["problems"]


def test_export_gives_the_same_suite_again(folder: Path, tmp_path: Path) -> None:
    suite("import", folder)

    assert "is written to" in suite("export", "capitals", 1, tmp_path / "out")

    again = load_suite(tmp_path / "out")
    assert suite_digest(again.tasks) == SuiteVersion.objects.get().digest
    assert "is there already" in refused("export", "capitals", 1, tmp_path / "out")[0]


def test_open_waits_for_the_results(folder: Path) -> None:
    suite("import", folder, "--publish")
    track = TrackFactory(suite_version=SuiteVersion.objects.get(), hackathon__closed=True)

    assert "are not published yet" in refused("open", "capitals")[0]

    track.hackathon.results_published_at = track.hackathon.submissions_close_at
    track.hackathon.scoreboard_freezes_at = None
    track.hackathon.save()
    assert "Capitals v1 is open to everybody." in suite("open", "capitals")


def test_known_benchmark_is_imported_with_a_part_of_it_private(tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").write_text(GSM)

    found = told(
        "check", "known:gsm8k", "--data", tmp_path / "test.jsonl", "--private-share", "0.5"
    )

    assert (found["slug"], found["public"], found["private"]) == ("gsm8k", 1, 1)
    assert found["licence"] == "MIT"
    assert any("not the 1319" in remark for remark in found["remarks"])


def test_benchmark_that_nobody_knows_is_refused() -> None:
    assert "no known benchmark" in refused("check", "known:nothing")[0]


def test_file_is_imported_by_a_map(tmp_path: Path) -> None:
    file = tmp_path / "trivia.csv"
    file.write_text("q,a,level\nCapital of France?,Paris,easy\nCapital of Mali?,Bamako,hard\n")

    found = told(
        *("check", file, "--map", "input=q", "--map", "target=a", "--map", "tags=level"),
        *("--scorer", "exact", "--name", "Trivia", "--licence", "CC0-1.0"),
    )

    assert (found["slug"], found["name"], found["licence"]) == ("trivia", "Trivia", "CC0-1.0")
    assert found["tags"] == {"easy": 1, "hard": 1}
    assert found["first"][0]["target"] == "Paris"


@pytest.mark.parametrize(
    ("arguments", "sentences"),
    [
        (("--map", "input"), ["“input” is no pair like input=question."]),
        (("--map", "input=q", "--scorer", "exact"), ["The map: target must be a text"]),
        (("--map", "input=q", "--map", "target=a"), ["The map needs a scorer"]),
        (("--map", "input=q", "--map", "input=a"), ["The map says “input” twice."]),
        (("--map", "inptu=q", "--scorer", "exact"), ["inptu is not known", "input", "target"]),
        (("--format", "plain", "--scorer", "exact"), ["belongs to the format mapped"]),
        (("--format", "plain", "--sample", "1"), ["is taken whole"]),
        (("--format", "nothing"), ["There is no suite format “nothing”"]),
    ],
)
def test_map_that_is_wrong_is_refused_with_all_sentences(
    tmp_path: Path, arguments: tuple[str, ...], sentences: list[str]
) -> None:
    file = tmp_path / "trivia.csv"
    file.write_text("q,a\nCapital of France?,Paris\n")

    problems = refused("check", file, *arguments)

    assert len(problems) == len(sentences)
    for problem, sentence in zip(problems, sentences, strict=True):
        assert sentence in problem


@pytest.mark.parametrize("name", ["inspect", "openai-evals", "plain"])
def test_file_is_imported_in_the_format_that_it_is_in(tmp_path: Path, name: str) -> None:
    row: dict[str, Any] = {
        "inspect": {"input": "Capital of France?", "target": "Paris"},
        "openai-evals": {
            "input": [{"role": "user", "content": "Capital of France?"}],
            "ideal": "Paris",
        },
        "plain": {"question": "Capital of France?", "answer": "Paris"},
    }[name]
    (tmp_path / "one.jsonl").write_text(json.dumps(row))

    assert told("check", tmp_path / "one.jsonl")["tasks"] == 1
    assert told("import", tmp_path / "one.jsonl", "--format", name)["version"] == 1


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("check", "nowhere"), 1),
        (("check",), 2),
        (("juggle",), 2),
        (("check", "x", "--sample", "0"), 2),
        (("check", "x", "--data", "y"), 2),
    ],
)
def test_exit_status_tells_a_refusal_from_a_wrong_command(
    arguments: tuple[str, ...], status: int
) -> None:
    command = [sys.executable, "manage.py", "suite", *arguments]

    done = subprocess.run(
        command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr
