"""Retained: what goes by age and size says so, and what decides anything never goes."""

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from config.storage import storages
from evaluation.domain.retain import Retention, retain
from evaluation.enums import RunState
from evaluation.models import Attempt, Run
from evaluation.tasks import retain as retain_task
from hackathons.models import Hackathon, Team, Track
from submissions.models import StoredArchive, Submission
from tests.factories import (
    AttemptFactory,
    HackathonFactory,
    RunFactory,
    SubmissionFactory,
    TeamFactory,
)

pytestmark = pytest.mark.django_db
NOTHING = Retention(log_days=0, log_bytes=0, archive_days=0, archive_bytes=0)
OLD = timedelta(days=400)


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def rules(**changes: int) -> Retention:
    return Retention(**{**dict.fromkeys(Retention.__slots__, 0), **changes})


def logged(*, ended_ago: timedelta, state: str = RunState.SCORED, log: str = "x" * 100) -> Attempt:
    run = RunFactory(state=state)
    if run.ended:
        Run.objects.filter(pk=run.pk).update(ended_at=timezone.now() - ended_ago)
    return AttemptFactory(run=run, ended_at=timezone.now(), log_head=log, log_bytes=len(log))


def kept_log(attempt: Attempt) -> str:
    return Attempt.objects.get(pk=attempt.pk).log_head


def archived(submission: Submission, *, touched_ago: timedelta = OLD) -> StoredArchive:
    """The submission's archive as it was stored that long ago, with its bytes."""
    at = timezone.now() - touched_ago
    archive = StoredArchive.objects.create(
        sha256=submission.archive_sha256, generation=1, bytes=1000, stored_at=at, touched_at=at
    )
    default_storage.save(archive.name, ContentFile(b"x"))
    return archive


def published(ago: timedelta = OLD) -> Hackathon:
    hackathon, results = HackathonFactory(published=True), timezone.now() - ago
    names = reversed(moments(hackathon))  # the results are the last one
    at = {name: results - timedelta(hours=hours) for hours, name in enumerate(names)}
    Hackathon.objects.filter(pk=hackathon.pk).update(**at)
    hackathon.refresh_from_db()
    return hackathon


def moments(hackathon: Hackathon) -> list[str]:
    names = [field.name for field in hackathon._meta.get_fields() if field.name.endswith("_at")]
    return [name for name in names if getattr(hackathon, name) and name != "created_at"]


def beaten(hackathon: Hackathon) -> tuple[Submission, Submission]:
    """A team's two scored submissions; the first is not its best."""
    first = SubmissionFactory(track__hackathon=hackathon)
    best = SubmissionFactory(track=first.track, team=first.team)
    RunFactory(submission=first, state=RunState.SCORED, public_score=0.25)
    RunFactory(submission=best, state=RunState.SCORED, public_score=0.75)
    return first, best


def is_kept(submission: Submission) -> bool:
    archives = StoredArchive.objects.filter(sha256=submission.archive_sha256, leaving_at=None)
    return any(default_storage.exists(archive.name) for archive in archives)


def test_retain_removes_nothing_where_nothing_is_limited() -> None:
    attempt = logged(ended_ago=OLD)
    first, _ = beaten(published())
    archived(first)

    done = retain(NOTHING)

    assert (done.logs, done.leaving, done.removed) == (0, 0, 0)
    assert kept_log(attempt)
    assert is_kept(first)


def test_retain_removes_a_log_of_that_age_and_its_page_says_so(client: Client) -> None:
    old, young = logged(ended_ago=timedelta(days=91)), logged(ended_ago=timedelta(days=89))
    going = logged(ended_ago=OLD, state=RunState.RUNNING)

    assert retain(rules(log_days=90)).logs == 1
    assert retain(rules(log_days=90)).logs == 0

    assert [kept_log(each) for each in (old, young, going)] == ["", "x" * 100, "x" * 100]
    run = old.run
    client.force_login(run.submission.team.people.get())
    page = client.get(reverse("evaluation:submission", args=[run.submission_id]))
    today = timezone.now()
    said = f"Removed on {today.day} {today:%B %Y}, 90 days after the run."
    assert said in page.text
    assert "wrote nothing" not in page.text
    log = client.get(reverse("evaluation:log", args=[run.submission_id, old.number]))
    assert (log.status_code, log.text) == (410, said)


def test_retain_keeps_scores_and_results_for_ever() -> None:
    attempt = logged(ended_ago=OLD)
    before = Run.objects.filter(pk=attempt.run_id).values().get()

    retain(rules(log_days=1, archive_days=1))

    assert Run.objects.filter(pk=attempt.run_id).values().get() == before


def test_retain_removes_the_oldest_logs_until_they_fit() -> None:
    oldest, middle, newest = (logged(ended_ago=timedelta(days=days)) for days in (3, 2, 1))

    retain(rules(log_bytes=150))

    assert [bool(kept_log(each)) for each in (oldest, middle, newest)] == [False, False, True]
    assert "to keep all logs under" in Attempt.objects.get(pk=oldest.pk).log_removed_why


def test_retain_removes_an_archive_that_decides_nothing_any_more(client: Client) -> None:
    first, best = beaten(published(timedelta(days=31)))
    for submission in (first, best):
        archived(submission)

    done = retain(rules(archive_days=30))

    assert (done.leaving, done.removed) == (1, 1)
    assert (is_kept(first), is_kept(best)) == (False, True)
    assert not default_storage.exists(StoredArchive(sha256=first.archive_sha256, generation=1).name)
    client.force_login(first.team.people.get())
    page = client.get(reverse("evaluation:submission", args=[first.pk])).text
    assert "30 days after the results. Its digest stays." in page
    assert first.archive_sha256 in page


@pytest.mark.parametrize("reason", ["too soon", "unpublished", "final", "going", "no run", "used"])
def test_retain_keeps_an_archive_that_is_needed(reason: str) -> None:
    hackathon = HackathonFactory(hacking=True) if reason == "unpublished" else published()
    first, _ = beaten(hackathon)
    archived(first, touched_ago=timedelta(hours=23) if reason == "used" else OLD)
    make_needed(first, reason)

    assert retain(rules(archive_days=4000 if reason == "too soon" else 30)).leaving == 0
    assert is_kept(first)


def make_needed(submission: Submission, reason: str) -> None:
    if reason == "final":
        Submission.objects.filter(pk=submission.pk).update(is_final=True)
    elif reason == "no run":
        submission.runs.all().delete()
    elif reason == "going":
        submission.runs.update(state=RunState.QUEUED, ended_at=None, public_score=None)


def test_retain_keeps_bytes_that_another_submission_needs() -> None:
    first, _ = beaten(published())
    archived(first)
    SubmissionFactory(
        track__hackathon=HackathonFactory(hacking=True), archive_sha256=first.archive_sha256
    )

    assert retain(rules(archive_days=30)).leaving == 0


def test_retain_removes_the_oldest_archives_until_they_fit() -> None:
    hackathon = published()
    older, newer = beaten(hackathon)[0], beaten(hackathon)[0]
    archived(older, touched_ago=timedelta(days=3))
    archived(newer, touched_ago=timedelta(days=2))

    retain(rules(archive_bytes=1500))

    assert (is_kept(older), is_kept(newer)) == (False, True)


def test_retain_removes_what_no_submission_names() -> None:
    nobody = Submission(archive_sha256="ab" * 32)
    archive = archived(nobody, touched_ago=timedelta(hours=25))

    assert retain(NOTHING).removed == 1
    assert not default_storage.exists(archive.name)


def test_retain_removes_half_written_files_of_yesterday(media: Path) -> None:
    names = [f"archives/incoming/{name}" for name in ("old", "new")]
    for name in names:
        default_storage.save(name, ContentFile(b"x"))
    yesterday = (timezone.now() - timedelta(hours=25)).timestamp()
    set_time(media / names[0], yesterday)

    assert retain(NOTHING).incoming == 1
    assert [default_storage.exists(name) for name in names] == [False, True]


def set_time(file: Path, at: float) -> None:
    os.utime(file, (at, at))


def test_retain_that_was_killed_before_the_bytes_went_goes_on() -> None:
    archive = archived(Submission(archive_sha256="ab" * 32))
    StoredArchive.objects.update(leaving_at=timezone.now(), why="since it was told to")

    assert retain(NOTHING).removed == 1
    assert retain(NOTHING).removed == 0
    assert not default_storage.exists(archive.name)


def test_retain_while_the_storage_is_away_goes_on_later(settings: Settings) -> None:
    archive = archived(Submission(archive_sha256="ab" * 32))
    disk = settings.STORAGES
    settings.STORAGES = storages("STORAGE_URL", "s3://archives?endpoint=http://127.0.0.1:9")

    away = retain(NOTHING)
    settings.STORAGES = disk
    back = retain(NOTHING)

    assert (away.leaving, away.removed) == (1, 0)
    assert (back.leaving, back.removed) == (0, 1)
    assert not default_storage.exists(archive.name)


def test_dry_run_prints_what_would_go_and_removes_nothing(settings: Any) -> None:
    settings.RETENTION_LOG_DAYS = 90
    attempt = logged(ended_ago=OLD)
    orphan = archived(Submission(archive_sha256="ab" * 32))
    said = StringIO()

    call_command("retain", "--dry-run", stdout=said)

    lines = said.getvalue().replace("\xa0", " ").splitlines()
    assert lines == [
        f"log of attempt 1 of run {attempt.run_id}, 100 bytes, 90 days after the run",
        f"archive {orphan.sha256}, 1000 bytes, since no submission names it",
    ]
    assert kept_log(attempt)
    assert default_storage.exists(orphan.name)


def test_task_does_what_the_settings_say(settings: Any) -> None:
    settings.RETENTION_LOG_DAYS = 7
    attempt = logged(ended_ago=timedelta(days=8))

    retain_task.apply().get()

    assert kept_log(attempt) == ""


def test_track_and_team_of_a_beaten_submission_are_its_own() -> None:
    """Another team's better run does not make a team's best one superfluous."""
    hackathon = published()
    _, best = beaten(hackathon)
    other = SubmissionFactory(track=best.track, team=another_team(best.track))
    RunFactory(submission=other, state=RunState.SCORED, public_score=1.0)
    archived(best)

    assert retain(rules(archive_days=30)).leaving == 0


def another_team(track: Track) -> Team:
    return TeamFactory(hackathon=track.hackathon)
