"""`manage.py sandbox check`: whether this machine can contain projects."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from corral.sandbox.bubblewrap import self_test
from evaluation.domain.worker import this_sandbox


class Command(BaseCommand):
    """Starts a real sandbox and looks around from within."""

    help = "Say what this machine lacks to contain projects."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One verb."""
        parser.add_argument("verb", choices=["check"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0 where nothing is lacking."""
        sandbox = this_sandbox()
        if lacking := [*sandbox.lacks(), *self_test(sandbox)]:
            raise CommandError("\n".join(lacking))
        self.stdout.write(f"{sandbox.name}: every protection holds on this machine.")
