"""`manage.py sandbox check`: whether this machine can contain projects."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluation.domain.worker import this_sandbox, why_unsafe


class Command(BaseCommand):
    """Starts a real sandbox and looks around from within."""

    help = "Say what this machine lacks to contain projects."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One verb."""
        parser.add_argument("verb", choices=["check"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0 where nothing is lacking."""
        if reasons := why_unsafe():
            raise CommandError("\n".join(reasons))
        for weakness in this_sandbox().lacks():
            self.stdout.write(f"Accepted by SANDBOX_DEGRADED=1: {weakness}")
        self.stdout.write("Projects are contained on this machine.")
