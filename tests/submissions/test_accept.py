"""An upload becomes a submission exactly once, or is refused with a sentence."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from corral.errors import ProjectRefused
from corral.project.manifest import Manifest
from hackathons.models import Hackathon, Team, Track
from submissions.domain.accept import Accepted, accept_submission
from submissions.domain.quota import quota_left
from submissions.errors import NotAMember, NotInTime, QuotaUsedUp, UploadTooLarge
from submissions.models import Submission, UploadQuota
from submissions.signals import submission_accepted
from tests.factories import (
    ExtensionFactory,
    LanguageModelFactory,
    TeamFactory,
    TrackFactory,
    UserFactory,
)
from tests.submissions.archives import project_zip, upload_of


@pytest.fixture
def track(db: None) -> Track:
    return TrackFactory(allowed_models=[LanguageModelFactory(slug="small")])


@pytest.fixture
def team(track: Track) -> Team:
    return TeamFactory(hackathon=track.hackathon, members=2)


def send(
    team: Team,
    track: Track,
    data: bytes | None = None,
    *,
    person: User | None = None,
    at: datetime | None = None,
    name: str = "project.zip",
) -> Accepted:
    return accept_submission(
        team=team,
        track=track,
        person=person or team.people.first(),
        upload=upload_of(project_zip(model="small") if data is None else data, name),
        file_name=name,
        received_at=at or timezone.now(),
    )


def open_track(hackathon: Hackathon, **fields: Any) -> Track:
    """One more, which allows the model that `send` names."""
    models = [LanguageModelFactory(slug="small")]
    return TrackFactory(hackathon=hackathon, allowed_models=models, **fields)


def used(team: Team) -> int:
    return sum(UploadQuota.objects.filter(team=team).values_list("accepted", flat=True))


def test_accept_stores_what_the_archive_says(team: Team, track: Track, media: Path) -> None:
    at = timezone.now()

    accepted = send(team, track, at=at)

    stored = Submission.objects.get()
    assert (accepted.created, accepted.submission) == (True, stored)
    assert (stored.number, stored.project_name, stored.model.slug) == (1, "Sums by hand", "small")
    assert (stored.submitted_at, stored.submitted_by) == (at, team.people.first())
    assert Manifest.from_json(stored.manifest).name == "Sums by hand"
    assert (media / "archives").exists()


def test_accept_tells_after_the_commit(
    team: Team, track: Track, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    told: list[UUID] = []

    def hear(submission_id: UUID, **_: object) -> None:
        told.append(submission_id)

    submission_accepted.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            accepted = send(team, track)
            assert told == []
    finally:
        submission_accepted.disconnect(hear)
    assert told == [accepted.submission.pk]


def test_accept_stands_where_a_listener_fails_and_the_others_hear(
    team: Team, track: Track, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    told: list[UUID] = []

    def fail(**_: object) -> None:
        raise ConnectionError("Redis is away.")

    def hear(submission_id: UUID, **_: object) -> None:
        told.append(submission_id)

    submission_accepted.connect(fail)
    submission_accepted.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            accepted = send(team, track)
    finally:
        submission_accepted.disconnect(fail)
        submission_accepted.disconnect(hear)
    assert told == [accepted.submission.pk]


def test_accept_numbers_a_teams_submissions(team: Team, track: Track) -> None:
    numbers = [
        send(team, track, project_zip(model="small", main=f"# {n}")).submission.number
        for n in range(3)
    ]
    assert numbers == [1, 2, 3]


def test_accept_same_bytes_gives_the_first_back_and_uses_no_quota(team: Team, track: Track) -> None:
    first = send(team, track)

    second = send(team, track, person=team.people.last(), name="again.zip")

    assert (second.created, second.submission) == (False, first.submission)
    assert used(team) == 1


def test_accept_same_bytes_when_the_quota_is_used_up(team: Team, track: Track) -> None:
    Track.objects.filter(pk=track.pk).update(daily_quota=1)
    track.refresh_from_db()
    first = send(team, track)

    assert send(team, track).submission == first.submission


def test_accept_same_bytes_of_another_team_is_another_submission(team: Team, track: Track) -> None:
    other = TeamFactory(hackathon=track.hackathon)

    first, second = send(team, track), send(other, track)

    assert second.created
    assert first.submission.archive_sha256 == second.submission.archive_sha256


def test_accept_by_somebody_else_is_refused(team: Team, track: Track) -> None:
    with pytest.raises(NotAMember):
        send(team, track, person=UserFactory())


def test_accept_for_a_team_of_another_hackathon_is_refused(track: Track) -> None:
    with pytest.raises(NotAMember):
        send(TeamFactory(), track)


@pytest.mark.parametrize("field", ["hacking_starts_at", "submissions_close_at"])
def test_accept_counts_the_moment_of_the_last_byte(team: Team, track: Track, field: str) -> None:
    edge: datetime = getattr(track.hackathon, field)
    moment = timedelta(microseconds=1)
    opens = field == "hacking_starts_at"

    in_time = send(team, track, at=edge if opens else edge - moment)
    with pytest.raises(NotInTime):
        send(team, track, project_zip(model="small", main="2"), at=edge - moment if opens else edge)

    assert in_time.created
    assert used(team) == 1


def test_accept_after_the_close_names_the_deadline_on_the_hackathons_clocks(
    team: Team, track: Track
) -> None:
    track.hackathon.time_zone = "Europe/Paris"
    track.hackathon.hacking_starts_at = datetime(2026, 3, 27, tzinfo=UTC)
    close = track.hackathon.submissions_close_at = datetime(2026, 3, 29, 10, tzinfo=UTC)

    with pytest.raises(NotInTime) as refused:
        send(team, track, at=close)

    assert str(refused.value) == (
        f"Submissions to {track.hackathon.name} closed at 2026-03-29 12:00 (Europe/Paris); "
        "this came too late."
    )


def test_accept_what_came_a_millisecond_before_the_close_although_it_has_passed(
    team: Team, track: Track
) -> None:
    close = track.hackathon.submissions_close_at = timezone.now() - timedelta(minutes=5)
    in_time = close - timedelta(milliseconds=1)

    accepted = send(team, track, at=in_time)

    assert (accepted.created, accepted.submission.submitted_at) == (True, in_time)


@pytest.mark.django_db
def test_accept_within_an_extension_and_not_at_its_end() -> None:
    extension = ExtensionFactory()
    ours, track = extension.team, open_track(extension.hackathon)
    theirs = TeamFactory(hackathon=track.hackathon)
    last = extension.until - timedelta(microseconds=1)

    accepted = send(ours, track, at=last)
    with pytest.raises(NotInTime, match="^Your team's submissions to"):
        send(ours, track, project_zip(model="small", main="2"), at=extension.until)
    with pytest.raises(NotInTime, match="^Submissions to"):
        send(theirs, track, at=last)

    assert accepted.created


@pytest.mark.django_db
def test_accept_what_came_before_an_extension_was_revoked() -> None:
    revoked_at = timezone.now()
    extension = ExtensionFactory(revoked_at=revoked_at)
    track = open_track(extension.hackathon)

    accepted = send(extension.team, track, at=revoked_at - timedelta(microseconds=1))
    with pytest.raises(NotInTime):
        send(extension.team, track, project_zip(model="small", main="2"), at=revoked_at)

    assert accepted.created


@pytest.mark.django_db
def test_accept_within_an_extension_keeps_to_the_quota() -> None:
    extension = ExtensionFactory()
    track = open_track(extension.hackathon, daily_quota=1)
    send(extension.team, track)
    with pytest.raises(QuotaUsedUp):
        send(extension.team, track, project_zip(model="small", main="2"))


def test_accept_of_no_project_lists_every_problem(team: Team, track: Track, media: Path) -> None:
    with pytest.raises(ProjectRefused) as refused:
        send(team, track, b"this is no archive")

    assert refused.value.problems
    assert (Submission.objects.count(), used(team), media.exists()) == (0, 0, False)


def test_accept_with_a_model_not_allowed_lists_the_allowed(team: Team, track: Track) -> None:
    track.allowed_models.add(LanguageModelFactory(slug="bigger"))

    with pytest.raises(ProjectRefused) as refused:
        send(team, track, project_zip(model="huge"))

    assert refused.value.problems == [
        "corral.toml: [project] model “huge” is not allowed here; allowed: bigger, small."
    ]
    assert used(team) == 0


def test_accept_with_a_nul_in_the_manifest_is_a_refusal(team: Team, track: Track) -> None:
    with pytest.raises(ProjectRefused):
        send(team, track, project_zip(model="small", name="a\\u0000b"))


def test_accept_more_than_an_archive_may_have_is_refused(
    team: Team, track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("submissions.domain.accept.MAX_PACKED_BYTES", 10)
    with pytest.raises(UploadTooLarge):
        send(team, track)


def test_accept_strips_a_file_name(team: Team, track: Track) -> None:
    accepted = send(team, track, name="a\u202eb\n.zip")
    assert accepted.submission.file_name == "ab.zip"


def test_accept_over_the_quota_says_when_it_resets(team: Team, track: Track, media: Path) -> None:
    hackathon = track.hackathon
    hackathon.time_zone = "Europe/Paris"
    hackathon.hacking_starts_at = datetime(2026, 3, 27, tzinfo=UTC)
    hackathon.submissions_close_at = datetime(2026, 4, 2, tzinfo=UTC)
    track.daily_quota = 1
    at = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # 23:30 in Paris, the night clocks go forward
    send(team, track, at=at)

    with pytest.raises(QuotaUsedUp) as refused:
        send(team, track, project_zip(model="small", main="2"), at=at)

    assert refused.value.resets_at == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert "2026-03-29 00:00 (Europe/Paris)" in str(refused.value)
    assert len([path for path in media.rglob("*") if path.is_file()]) == 1
    again = send(team, track, project_zip(model="small", main="3"), at=at + timedelta(minutes=30))
    assert again.created


def test_quota_left_counts_only_this_track_and_day(team: Team, track: Track) -> None:
    other = TrackFactory(hackathon=track.hackathon, allowed_models=track.allowed_models.all())
    send(team, track)

    now = timezone.now()
    lefts = [
        quota_left(team=team, track=one, at=at).left
        for one, at in ((track, now), (other, now), (track, now - timedelta(days=1)))
    ]

    assert lefts == [9, 10, 10]


def race(jobs: int, job: Callable[[int], object]) -> list[object]:
    """Run the job in so many threads at once; their results or exceptions."""
    start = threading.Barrier(jobs)
    outcomes: list[object] = []

    def work(n: int) -> None:
        try:
            start.wait()
            outcomes.append(job(n))
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_accept_20_at_once_with_a_quota_of_5_accepts_exactly_5() -> None:
    track = TrackFactory(daily_quota=5, allowed_models=[LanguageModelFactory(slug="small")])
    team = TeamFactory(hackathon=track.hackathon)

    outcomes = race(20, lambda n: send(team, track, project_zip(model="small", main=f"# {n}")))

    assert [type(one) for one in outcomes].count(Accepted) == 5
    assert [type(one) for one in outcomes].count(QuotaUsedUp) == 15
    numbers = Submission.objects.order_by("number").values_list("number", flat=True)
    assert (list(numbers), used(team)) == ([1, 2, 3, 4, 5], 5)


@pytest.mark.django_db(transaction=True)
def test_accept_same_bytes_at_once_makes_one_and_uses_one() -> None:
    track = TrackFactory(daily_quota=1, allowed_models=[LanguageModelFactory(slug="small")])
    team = TeamFactory(hackathon=track.hackathon)

    outcomes = race(8, lambda _: send(team, track))

    accepted = [one for one in outcomes if isinstance(one, Accepted)]
    assert (Submission.objects.count(), used(team)) == (1, 1)
    assert [one.created for one in accepted].count(True) == 1
