"""`manage.py ledger RUN`: whether the calls of a run are what was written."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from evaluation.domain.ledger import Broken, verify_ledger
from evaluation.models import Run


class Command(BaseCommand):
    """Check the chain of digests of a run's calls."""

    help = "Check the chain of digests of a run's calls."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which run."""
        parser.add_argument("run", type=UUID, help="The run's id, or that of its submission.")

    def handle(self, *args: Any, run: UUID, **options: Any) -> None:
        """Say how many calls are intact, or fail with what is broken."""
        of_submission = Run.objects.filter(submission=run, counts=True)
        found = Run.objects.filter(pk=run).first() or of_submission.first()
        if found is None:
            raise CommandError(f"There is no run {run}.")
        outcome = verify_ledger(found)
        if isinstance(outcome, Broken):
            raise CommandError(outcome.text)
        self.stdout.write(outcome.text)
