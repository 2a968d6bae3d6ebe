"""`manage.py suite check|import|publish FOLDER`."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from catalogue.domain.check import suite_problems
from catalogue.domain.suites import import_suite, publish_suite_version
from catalogue.errors import SuiteRefused
from corral.errors import ProjectRefused, UserError
from corral.suites.base import LoadedSuite
from corral.suites.digest import suite_digest
from corral.suites.native import load_suite


class Command(BaseCommand):
    """Check a suite's folder, import it as a version, or import and publish it."""

    help = "Check a suite's folder, import it as a new version, or import and publish it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do with which folder."""
        parser.add_argument("action", choices=["check", "import", "publish"])
        parser.add_argument("path", type=Path, help="The folder with suite.toml.")
        parser.add_argument("--owner", default="", help="User name of who owns a new suite.")

    def handle(self, *args: Any, action: str, path: Path, owner: str, **options: Any) -> None:
        """Do it, or fail with every problem, one a line."""
        try:
            self._do(action, path, owner)
        except UserError as refused:
            problems = refused.problems if isinstance(refused, ProjectRefused) else [str(refused)]
            raise CommandError("\n".join(problems)) from refused

    def _do(self, action: str, path: Path, owner: str) -> None:
        loaded = load_suite(path)
        if problems := suite_problems(loaded):
            raise SuiteRefused(problems)
        self.stdout.write(described(loaded))
        if action == "check":
            return
        version = import_suite(loaded=loaded, owner=_owner(owner))
        if action == "publish":
            publish_suite_version(version=version)
        self.stdout.write(f"{version} is {'published' if version.published_at else 'imported'}.")


def described(loaded: LoadedSuite) -> str:
    """Name, number of tasks by split, and digest, in one line."""
    splits = Counter(task.split.value for task in loaded.tasks)
    counts = ", ".join(f"{count} {split}" for split, count in sorted(splits.items(), reverse=True))
    return f"{loaded.name} ({loaded.slug}): {counts}, SHA-256 {suite_digest(loaded.tasks)}"


def _owner(username: str) -> User | None:
    if not username:
        return None
    owner = User.objects.filter(username=username).first()
    if owner is None:
        raise CommandError(f"There is no user “{username}”.")
    return owner
