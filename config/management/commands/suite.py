"""`manage.py suite check|import|publish|open|export`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from catalogue.domain.export import export_version
from catalogue.domain.field_map import field_pairs
from catalogue.domain.loading import ABOUT, KNOWN, Selection, Wanted, load_known, load_path
from catalogue.domain.preview import preview_of
from catalogue.domain.suites import import_suite, publish_suite_version
from catalogue.errors import SuiteRefused
from catalogue.models import SuiteVersion
from config.management.suite_arguments import add_suite_arguments
from corral.errors import ProjectRefused, UserError
from corral.json_types import JsonObject
from corral.suites.base import LoadedSuite
from hackathons.domain.openings import open_private_tasks
from hackathons.errors import UserCaused


class Command(BaseCommand):
    """Check, import, publish, open and export suites of tasks.

    Data go to stdout, problems, one a line, to stderr; it ends with 0, with 1 where something was
    refused, with 2 where the command itself is wrong.
    """

    help = "Check, import, publish, open and export suites of tasks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A verb and what it works on."""
        add_suite_arguments(parser)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Do it, or fail with every problem."""
        self.json: bool = options["json"]
        try:
            getattr(self, f"_{verb}")(options)
        except ProjectRefused as refused:
            self._refuse(refused.problems, refused)
        except (UserError, UserCaused) as refused:
            self._refuse([str(refused)], refused)

    def _check(self, options: dict[str, Any]) -> None:
        loaded = _read(options)
        self._preview(loaded)
        if self.json:
            self._tell(preview_of(loaded).as_json(), "")

    def _import(self, options: dict[str, Any]) -> None:
        owner = _owner(options["owner"])
        loaded = _read(options)
        self._preview(loaded)
        version = import_suite(loaded=loaded, owner=owner)
        if options["publish"]:
            publish_suite_version(version=version)
        self._version(version, "published" if version.published_at else "imported")

    def _publish(self, options: dict[str, Any]) -> None:
        self._version(publish_suite_version(version=_version_of(options)), "published")

    def _open(self, options: dict[str, Any]) -> None:
        version = _version_of(options)
        open_private_tasks(version=version, person=None, at=timezone.now())
        self._version(version, "open to everybody")

    def _export(self, options: dict[str, Any]) -> None:
        version, folder = _version_of(options), options["folder"]
        export_version(version, folder)
        self._tell({**_about(version), "folder": str(folder)}, f"{version} is written to {folder}.")

    def _preview(self, loaded: LoadedSuite) -> None:
        """What is in it; what is no mistake but should be known is for people's eyes."""
        for remark in loaded.remarks:
            self.stderr.write(remark, self.style.WARNING)
        if not self.json:
            self.stdout.write(preview_of(loaded).line)

    def _version(self, version: SuiteVersion, done: str) -> None:
        version = SuiteVersion.objects.select_related("suite", "commitment").get(pk=version.pk)
        about = _about(version)
        committed = (
            f" Its private tasks are committed to by {about['commitment']}."
            if about["commitment"]
            else ""
        )
        self._tell(about, f"{version} is {done}.{committed}")

    def _tell(self, told: JsonObject, text: str) -> None:
        self.stdout.write(json.dumps(told, ensure_ascii=False) if self.json else text)

    def _refuse(self, problems: list[str], cause: Exception) -> NoReturn:
        if self.json:
            self.stdout.write(json.dumps({"problems": list(problems)}, ensure_ascii=False))
        raise CommandError("\n".join(problems)) from cause


def _read(options: dict[str, Any]) -> LoadedSuite:
    wanted = Wanted(
        format=options["format"],
        pairs=field_pairs(options["map"]),
        scorer=options["scorer"],
        about={name: options[name] for name in ABOUT},
        selection=Selection(options["sample"], options["private_share"], options["seed"]),
    )
    path: str = options["path"]
    if not path.startswith(KNOWN):
        if options["data"] or options["hub"]:
            raise CommandError(f"--data and --hub belong to {KNOWN}NAME.", returncode=2)
        return load_path(Path(path), wanted)
    return load_known(path.removeprefix(KNOWN), wanted, data=options["data"], hub=options["hub"])


def _version_of(options: dict[str, Any]) -> SuiteVersion:
    """The version of that number, else the suite's newest."""
    slug, number = options["slug"], options["version"]
    versions = SuiteVersion.objects.filter(suite__slug=slug).select_related("suite")
    if number is not None:
        versions = versions.filter(number=number)
    version = versions.order_by("-number").first()
    if version is None:
        which = f"{slug}” has no version {number}" if number is not None else f"{slug}” is not here"
        raise SuiteRefused([f"The suite “{which}; manage.py suite import brings one."])
    return version


def _owner(username: str) -> User | None:
    if not username:
        return None
    owner = User.objects.filter(username=username).first()
    if owner is None:
        raise SuiteRefused([f"There is no user “{username}”."])
    return owner


def _about(version: SuiteVersion) -> JsonObject:
    commitment = getattr(version, "commitment", None)
    published = version.published_at
    return {
        "slug": version.suite.slug,
        "version": version.number,
        "digest": version.digest,
        "published_at": published.isoformat() if published else None,
        "commitment": commitment.digest if commitment else None,
    }
