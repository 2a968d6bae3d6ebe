"""Accepted: an upload becomes a submission, exactly once."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import Max

from accounts.models import User
from catalogue.models import LanguageModel
from corral.errors import ProjectRefused
from corral.project.archive import Inspection, inspect_archive
from corral.project.survey import MAX_PACKED_BYTES
from hackathons.models import Team, Track
from hackathons.rules import deadline_for, is_member, may_submit
from hackathons.timeline import local_text
from submissions.domain.kept import keep_archive
from submissions.domain.quota import quota_left, quota_used_up, take_from_quota
from submissions.domain.store import sha256_of, store_archive
from submissions.errors import NotAMember, NotInTime, UploadTooLarge
from submissions.models import StoredArchive, Submission
from submissions.signals import submission_accepted
from submissions.uploads import TOO_LARGE


@dataclass(frozen=True, slots=True)
class Accepted:
    """A submission, and whether this upload created it or the team had sent the bytes before."""

    submission: Submission
    created: bool


@dataclass(frozen=True, slots=True)
class _Checked:
    """An upload that nothing speaks against but, perhaps, the quota."""

    archive: StoredArchive
    size: int
    file_name: str
    inspection: Inspection
    model: LanguageModel


def accept_submission(
    *,
    team: Team,
    track: Track,
    person: User,
    upload: "File[Any]",
    file_name: str,
    received_at: datetime,
) -> Accepted:
    """Store an upload as the team's next submission to the track.

    `received_at` is when the request's last byte arrived. The same bytes from the same team give
    back the submission that they made the first time; neither that nor a refusal uses the quota.

    Raises:
        NotAMember, NotInTime, UploadTooLarge, QuotaUsedUp: see there.
        ProjectRefused: the archive or its manifest breaks rules; it lists all of them.
        StorageUnavailable: nothing was stored or counted.
    """
    check_may_submit(team=team, track=track, person=person, at=received_at)
    with on_disk(upload) as path:
        size = path.stat().st_size
        if size > MAX_PACKED_BYTES:
            raise UploadTooLarge(TOO_LARGE)
        sha256 = sha256_of(path)
        known = _known(team, track, sha256)
        if known is not None:
            return Accepted(known, created=False)
        # Asked here so that a team without quota fills no storage; counted below, under a lock.
        if not quota_left(team=team, track=track, at=received_at).left:
            raise quota_used_up(track, received_at)
        inspection = inspect_archive(path, file_name)
        model = _allowed_model(track, inspection)
        archive = store_archive(path, sha256=sha256)
    checked = _Checked(archive, size, _storable_name(file_name), inspection, model)
    return _insert(team, track, person, checked, received_at)


def check_may_submit(*, team: Team, track: Track, person: User, at: datetime) -> None:
    """Whether the person may upload for the team to the track at that moment.

    Raises:
        NotAMember, NotInTime: if not.
    """
    hackathon = track.hackathon
    if team.hackathon_id != hackathon.pk or not is_member(person, team):
        raise NotAMember("Only members of a team of this hackathon can submit for it.")
    if may_submit(hackathon, at, team):
        return
    if at < hackathon.hacking_starts_at:
        opens = local_text(hackathon, hackathon.hacking_starts_at)
        raise NotInTime(f"{hackathon.name} takes submissions from {opens}.")
    deadline = deadline_for(hackathon, team)
    whose = "Your team's submissions" if deadline.of_team else "Submissions"
    closed = local_text(hackathon, deadline.at)
    raise NotInTime(f"{whose} to {hackathon.name} closed at {closed}; this came too late.")


@contextmanager
def on_disk(upload: "File[Any]") -> Iterator[Path]:
    """The upload as a file that can be read more than once."""
    if hasattr(upload, "temporary_file_path"):
        yield Path(upload.temporary_file_path())
        return
    with tempfile.NamedTemporaryFile(suffix=".upload") as copy:
        upload.seek(0)
        shutil.copyfileobj(upload, copy)
        copy.flush()
        yield Path(copy.name)


def _known(team: Team, track: Track, sha256: str) -> Submission | None:
    return Submission.objects.filter(team=team, track=track, archive_sha256=sha256).first()


def _allowed_model(track: Track, inspection: Inspection) -> LanguageModel:
    """The catalogue's entry of the model that the manifest names, if the track allows it."""
    wanted = inspection.manifest.model
    allowed = {model.slug: model for model in track.allowed_models.order_by("slug")}
    if wanted not in allowed:
        choice = ", ".join(allowed) or "none yet"
        raise ProjectRefused(
            [f"corral.toml: [project] model “{wanted}” is not allowed here; allowed: {choice}."]
        )
    return allowed[wanted]


def _storable_name(file_name: str) -> str:
    """A file's name as the person knows it, without what a page or a database can't hold."""
    shown = "".join(letter for letter in file_name if letter.isprintable())
    return shown[-255:] or "archive"


def _storable_manifest(inspection: Inspection) -> Any:
    """The manifest as JSON.

    Raises:
        ProjectRefused: it holds the one character that PostgreSQL can't.
    """
    manifest = inspection.manifest.as_json()
    if "\\u0000" in json.dumps(manifest).replace("\\\\", ""):
        raise ProjectRefused(["corral.toml: the character U+0000 can't be used in a text."])
    return manifest


@transaction.atomic
def _insert(
    team: Team, track: Track, person: User, checked: _Checked, received_at: datetime
) -> Accepted:
    """Write the row; the team's lock puts its simultaneous uploads in a line."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    known = _known(team, track, checked.archive.sha256)
    if known is not None:
        return Accepted(known, created=False)
    keep_archive(checked.archive)
    take_from_quota(team=team, track=track, at=received_at)
    before = Submission.objects.filter(team=team, track=track).aggregate(last=Max("number"))
    submission = Submission.objects.create(
        team=team,
        track=track,
        number=(before["last"] or 0) + 1,
        archive_sha256=checked.archive.sha256,
        archive_bytes=checked.size,
        file_name=checked.file_name,
        manifest=_storable_manifest(checked.inspection),
        project_name=checked.inspection.manifest.name[:120],
        model=checked.model,
        submitted_by=person,
        submitted_at=received_at,
    )
    transaction.on_commit(lambda: announce_accepted(submission))
    return Accepted(submission, created=True)


def announce_accepted(submission: Submission) -> None:
    """Tell whoever listens; a listener that fails changes nothing of what was accepted."""
    submission_accepted.send_robust(Submission, submission_id=submission.pk)
