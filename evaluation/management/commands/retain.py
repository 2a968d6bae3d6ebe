"""`manage.py retain`: remove what need not be kept any longer, or only say what would go."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.template.defaultfilters import filesizeformat

from evaluation.domain.retain import plan_retention, retain, retention


class Command(BaseCommand):
    """One pass of what the platform does every hour."""

    help = "Remove logs and archives that need not be kept; never a score, a result or a ledger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether only to say it."""
        parser.add_argument("--dry-run", action="store_true", help="Only print what would go.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        """A line for each that would go, or how many went."""
        if dry_run:
            self._tell()
            return
        done = retain(retention())
        self.stdout.write(
            f"Removed {done.logs} logs, {done.removed} archives and {done.incoming} half-written "
            "files."
        )

    def _tell(self) -> None:
        plan = plan_retention(retention())
        for going in (*plan.logs, *plan.archives):
            self.stdout.write(f"{going.name}, {filesizeformat(going.bytes)}, {going.why}")
        for name in plan.incoming:
            self.stdout.write(f"{name}, half written by an upload that was cut off")
        if not (plan.logs or plan.archives or plan.incoming):
            self.stdout.write("Nothing would go.")
