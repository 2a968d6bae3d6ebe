"""`manage.py demo`: a hackathon with the sample projects, on a platform that is running."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from config.demo.hand_in import hand_in_all
from config.demo.report import lines_of, print_table, surprises, write_json
from config.demo.samples import load_samples
from config.demo.seed import Stage, seed
from config.demo.watch import watch
from corral.errors import CorralError


class Command(BaseCommand):
    """Seed, hand in, watch, report."""

    help = "Make a demo hackathon, hand in the sample projects and show how they do."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--address of the running platform, --data with real data, --once to check the end."""
        parser.add_argument("--address", required=True, help="http://127.0.0.1:8000")
        parser.add_argument("--data", type=Path, help="a folder with gsm8k/test.jsonl")
        parser.add_argument(
            "--once", action="store_true", help="fail if a run did not end as expected"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the demo; exit status 1 if --once and something was not as expected."""
        progress = Console(stderr=True)
        try:
            self.run(progress, **options)
        except CorralError as error:
            raise CommandError(str(error)) from error

    def run(
        self, progress: Console, *, address: str, data: Path | None, once: bool, **_: Any
    ) -> None:
        """The demo itself."""
        samples = list(load_samples(settings.BASE_DIR / "examples"))
        stage = seed(samples, data=data)
        expected = hand_in_all(samples, stage, address=address)
        self.say_where(stage, address)
        watch(stage, progress, expected=expected)
        lines = lines_of(stage)
        print_table(lines, Console(width=None if sys.stdout.isatty() else 160))
        write_json(lines, settings.BASE_DIR / "build" / "demo.json")
        if wrong := surprises(lines, samples) if once else []:
            raise CommandError("\n".join(wrong))

    def say_where(self, stage: Stage, address: str) -> None:
        """The addresses and logins, for people who want to look."""
        for track in stage.tracks.values():
            board = f"{address}{track.get_absolute_url()}board/"
            self.stdout.write(f"{track.name}: {board}  (giant screen: {board}?screen=1)")
        for login in stage.logins:
            where = (
                f"{address}/admin/" if login.role == "Organizer" else f"{address}/accounts/login/"
            )
            self.stdout.write(f"{login.role}: {login.username} / {login.password}  {where}")
        self.stdout.flush()
