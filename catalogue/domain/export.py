"""Versions read back out of the platform: as the engine's suite, a folder, or a .zip of it."""

import io
import tempfile
import zipfile
from pathlib import Path

from catalogue.domain.suites import tasks_of
from catalogue.models import SuiteVersion
from corral.suites.base import LoadedSuite
from corral.suites.export import export_suite

_SAME_TIME = (1980, 1, 1, 0, 0, 0)


def loaded_again(version: SuiteVersion) -> LoadedSuite:
    """The version as a loader would have made it."""
    return LoadedSuite(
        slug=version.suite.slug,
        name=version.suite.name,
        description=version.suite.description,
        licence=version.licence or "not stated",
        source=version.source,
        source_digest=version.source_digest,
        tasks=tuple(tasks_of(version)),
    )


def export_version(version: SuiteVersion, folder: Path) -> None:
    """Write the version, its private tasks too, into a folder that is not there yet.

    Raises:
        UserError: the folder is there, or the suite breaks a rule of such a folder.
    """
    export_suite(loaded_again(version), folder)


def version_archive(version: SuiteVersion) -> bytes:
    """A .zip of the version's folder, the same bytes each time.

    Raises:
        UserError: as `export_version`.
    """
    packed = io.BytesIO()
    with (
        tempfile.TemporaryDirectory(prefix="suite-") as name,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        folder = Path(name) / archive_name(version)
        export_version(version, folder)
        for file in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(f"{folder.name}/{file.name}", _SAME_TIME)
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def archive_name(version: SuiteVersion) -> str:
    """What its folder and its archive are called, without an ending."""
    return f"{version.suite.slug}-v{version.number}"
