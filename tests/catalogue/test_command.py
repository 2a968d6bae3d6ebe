"""`manage.py suite`."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalogue.models import Suite, SuiteVersion
from tests.catalogue.test_upload import ABOUT, ROW
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "suite.toml").write_text(ABOUT)
    (tmp_path / "tasks.jsonl").write_text(ROW)
    return tmp_path


def suite(action: str, folder: Path, **options: str) -> str:
    out = io.StringIO()
    call_command("suite", action, str(folder), stdout=out, **options)
    return out.getvalue()


def test_check_describes_and_keeps_nothing(folder: Path) -> None:
    assert "Capitals (capitals): 1 public, SHA-256 " in suite("check", folder)
    assert not Suite.objects.exists()


def test_import_makes_a_version_of_its_owner(folder: Path) -> None:
    owner = UserFactory(username="maria")

    assert "Capitals v1 is imported." in suite("import", folder, owner="maria")
    assert Suite.objects.get().owner == owner


def test_publish_publishes_once(folder: Path) -> None:
    first = suite("publish", folder)

    assert "Capitals v1 is published." in first
    assert suite("publish", folder) == first
    assert SuiteVersion.objects.get().published_at is not None


def test_import_for_nobody_is_refused(folder: Path) -> None:
    with pytest.raises(CommandError, match="There is no user “nobody”"):
        suite("import", folder, owner="nobody")


def test_every_problem_has_its_line(folder: Path) -> None:
    (folder / "tasks.jsonl").write_text('{"id": "a"}\nnot json\n')

    with pytest.raises(CommandError) as refused:
        suite("import", folder)

    assert len(str(refused.value).splitlines()) >= 2
