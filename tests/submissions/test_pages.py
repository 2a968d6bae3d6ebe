"""Handing in by the form, without JavaScript."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from config.storage import storages
from hackathons.enums import RoleKind
from hackathons.models import Hackathon, Team, Track
from submissions.models import Submission
from tests.factories import (
    HackathonFactory,
    LanguageModelFactory,
    RoleFactory,
    SubmissionFactory,
    TeamFactory,
    TrackFactory,
    UserFactory,
)
from tests.submissions.archives import project_zip, upload_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def track(db: None) -> Track:
    return TrackFactory(allowed_models=[LanguageModelFactory(slug="small")])


@pytest.fixture
def team(track: Track) -> Team:
    return TeamFactory(hackathon=track.hackathon)


@pytest.fixture
def member(client: Client, team: Team) -> Client:
    client.force_login(team.people.get())
    return client


def address(track: Track) -> str:
    return reverse("submissions:submit", args=[track.hackathon.slug, track.slug])


def test_submit_page_shows_the_quota_and_what_is_allowed(member: Client, track: Track) -> None:
    page = member.get(address(track))

    assert page.status_code == 200
    assert "10</strong> of 10 uploads left today" in page.text
    assert "<code>small</code>" in page.text


def test_submit_page_asks_strangers_to_log_in(client: Client, track: Track) -> None:
    page = client.get(address(track))
    assert (page.status_code, page["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_submit_page_without_a_team_says_so(client: Client, track: Track) -> None:
    client.force_login(UserFactory())
    for page in (client.get(address(track)), client.post(address(track), {})):
        assert page.status_code == 403
        assert "You are in no team yet" in page.text


def test_submit_page_of_no_track_is_404(member: Client) -> None:
    assert member.get("/h/none/tracks/none/submit/").status_code == 404


def test_submit_goes_to_the_submission(member: Client, track: Track) -> None:
    answer = member.post(address(track), {"archive": upload_of(project_zip(model="small"))})

    submission = Submission.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/submissions/{submission.pk}/")
    again = member.post(address(track), {"archive": upload_of(project_zip(model="small"))})
    assert again["Location"] == answer["Location"]


def test_submit_while_the_storage_is_away_is_503_and_counts_nothing(
    member: Client, track: Track, settings: Settings
) -> None:
    settings.STORAGES = storages("STORAGE_URL", "s3://archives?endpoint=http://127.0.0.1:9")

    page = member.post(address(track), {"archive": upload_of(project_zip(model="small"))})

    assert page.status_code == 503
    assert "can&#x27;t store uploads right now" in page.text
    assert "127.0.0.1:9" not in page.text
    assert "10</strong> of 10 uploads left today" in page.text
    assert not Submission.objects.exists()


def test_submit_lists_the_problems_one_a_line(member: Client, track: Track) -> None:
    archive = project_zip(model="<b>huge</b>")

    page = member.post(address(track), {"archive": upload_of(archive)})

    assert page.status_code == 400
    assert "<li>corral.toml: [project] model" in page.text
    assert "<b>huge" not in page.text


def test_submit_without_a_file_says_so(member: Client, track: Track) -> None:
    page = member.post(address(track), {})
    assert (page.status_code, "This field is required" in page.text) == (400, True)


def test_submit_too_large_is_413(
    member: Client, track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("submissions.uploads.MAX_PACKED_BYTES", 100)
    page = member.post(address(track), {"archive": upload_of(b"x" * 101)})
    assert (page.status_code, "larger than 50 MB" in page.text) == (413, True)


def test_submit_that_declares_too_much_is_413(
    member: Client, track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("submissions.uploads.MAX_BODY_BYTES", 100)
    page = member.post(address(track), {"archive": upload_of(b"x" * 101)})
    assert (page.status_code, "larger than 50 MB" in page.text) == (413, True)


def test_submit_over_the_quota_is_429(member: Client, track: Track) -> None:
    Track.objects.filter(pk=track.pk).update(daily_quota=1)
    for main, status in (("1", 302), ("2", 429)):
        archive = upload_of(project_zip(model="small", main=main))
        page = member.post(address(track), {"archive": archive})
        assert page.status_code == status
    assert "the next are possible from" in page.text


def test_submit_after_the_close_is_403(client: Client) -> None:
    hackathon: Hackathon = HackathonFactory(closed=True)
    track = TrackFactory(hackathon=hackathon)
    client.force_login(TeamFactory(hackathon=hackathon).people.get())

    page = client.post(address(track), {"archive": upload_of(b"x")})

    assert (page.status_code, "this came too late" in page.text) == (403, True)


def test_submit_needs_the_csrf_token(track: Track, team: Team) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(team.people.get())
    archive = upload_of(project_zip(model="small"))
    assert careful.post(address(track), {"archive": archive}).status_code == 403
    assert not Submission.objects.exists()


def final_of(submission: Submission) -> str:
    return reverse("submissions:final", args=[submission.pk])


def test_final_by_a_member_goes_back_to_the_list(member: Client, track: Track, team: Team) -> None:
    submission = SubmissionFactory(track=track, team=team)

    answer = member.post(final_of(submission))

    submission.refresh_from_db()
    assert (answer.status_code, submission.is_final) == (302, True)
    assert answer["Location"] == f"/h/{track.hackathon.slug}/tracks/{track.slug}/submissions/"


def test_final_of_another_team_does_not_exist(member: Client, track: Track) -> None:
    assert member.post(final_of(SubmissionFactory(track=track))).status_code == 404


def test_final_by_a_judge_is_forbidden(client: Client, track: Track) -> None:
    client.force_login(RoleFactory(hackathon=track.hackathon, kind=RoleKind.JUDGE).person)
    submission = SubmissionFactory(track=track)

    assert client.post(final_of(submission)).status_code == 403
    submission.refresh_from_db()
    assert not submission.is_final


def test_final_after_the_close_changes_nothing(client: Client) -> None:
    track = TrackFactory(hackathon=HackathonFactory(closed=True))
    submission = SubmissionFactory(track=track)
    client.force_login(submission.team.people.get())

    assert client.post(final_of(submission)).status_code == 302
    submission.refresh_from_db()
    assert not submission.is_final
