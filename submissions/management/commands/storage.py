"""`manage.py storage check`: whether this machine can use the storage of archives."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from submissions.domain.check_store import check_storage
from submissions.errors import SubmissionError


class Command(BaseCommand):
    """Puts, finds, reads and deletes a small object."""

    help = "Say whether archives can be stored and read from this machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One verb."""
        parser.add_argument("verb", choices=["check"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0 where everything works."""
        try:
            check_storage()
        except SubmissionError as error:
            raise CommandError(f"{error} {error.__cause__ or ''}".strip()) from error
        bucket = settings.STORAGES["default"].get("OPTIONS", {}).get("bucket_name")
        place = f"the bucket {bucket}" if bucket else f"{settings.MEDIA_ROOT} of this machine alone"
        self.stdout.write(f"Archives can be stored in {place}, and read from there.")
