"""From the log-in to the score, and every refusal on the way."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.models import User
from config.storage import storages
from hackathons.enums import RoleKind
from hackathons.models import Team, Track
from submissions.models import Submission
from tests.factories import (
    PASSWORD,
    HackathonFactory,
    LanguageModelFactory,
    RoleFactory,
    RunFactory,
    SubmissionFactory,
    TeamFactory,
    TrackFactory,
    UserFactory,
)
from tests.submissions.archives import project_zip, upload_of

pytestmark = pytest.mark.django_db
Bearer = Callable[[User], APIClient]


@pytest.fixture
def track() -> Track:
    return TrackFactory(allowed_models=[LanguageModelFactory(slug="small")])


@pytest.fixture
def team(track: Track) -> Team:
    return TeamFactory(hackathon=track.hackathon)


@pytest.fixture
def member(team: Team, api_of: Bearer) -> APIClient:
    return api_of(team.people.get())


def door(track: Track) -> str:
    return f"/api/v1/tracks/{track.pk}/submissions/"


def send(client: APIClient, track: Track, data: bytes | None = None) -> Response:
    archive = upload_of(project_zip(model="small") if data is None else data)
    return client.post(door(track), {"archive": archive}, format="multipart")


def test_from_the_log_in_to_the_score(api: APIClient, track: Track, team: Team) -> None:
    person = team.people.get()
    login = {"username": person.username, "password": PASSWORD}
    token = api.post("/api/v1/auth/token/", login, format="json").json()["token"]
    api.credentials(HTTP_AUTHORIZATION=f"Token {token}")

    created = send(api, track)
    submission = Submission.objects.get()
    # What the workers do in between has tests of its own.
    run = RunFactory(submission=submission, state="scored", results=True)
    seen = api.get(f"/api/v1/submissions/{created.json()['id']}/").json()
    results = api.get(f"/api/v1/runs/{seen['run']['id']}/results/").json()

    assert (created.status_code, created.json()["number"]) == (201, 1)
    assert created.json()["page"] == f"/submissions/{submission.pk}/"
    assert (seen["run"]["id"], seen["run"]["state"]) == (str(run.pk), "scored")
    assert (seen["run"]["score"], seen["run"]["stderr"]) == (0.5, 0.1)
    assert [result["task"] for result in results["results"]] == ["public-1", "public-2"]


def test_upload_of_the_same_bytes_is_200(member: APIClient, track: Track) -> None:
    first, second = send(member, track), send(member, track)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]


def test_upload_while_the_storage_is_away_is_503(
    member: APIClient, track: Track, settings: Settings
) -> None:
    settings.STORAGES = storages("STORAGE_URL", "s3://archives?endpoint=http://127.0.0.1:9")

    answer = send(member, track)

    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert not Submission.objects.exists()


def test_upload_by_a_session_needs_the_csrf_token(track: Track, team: Team) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(team.people.get())
    answer = send(browser, track)
    assert (answer.status_code, Submission.objects.count()) == (403, 0)


def test_upload_without_a_token_is_401(api: APIClient, track: Track) -> None:
    answer = send(api, track)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_upload_without_a_team_is_403(track: Track, api_of: Bearer) -> None:
    answer = send(api_of(UserFactory()), track)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_member")


def test_upload_to_no_track_is_404(member: APIClient) -> None:
    address = "/api/v1/tracks/00000000-0000-0000-0000-000000000000/submissions/"
    answer = member.post(address, {"archive": upload_of(b"x")}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_upload_after_the_close_is_403(api_of: Bearer) -> None:
    track = TrackFactory(hackathon=HackathonFactory(closed=True))
    answer = send(api_of(TeamFactory(hackathon=track.hackathon).people.get()), track)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_in_time")


def test_upload_of_no_project_is_400_with_every_problem(member: APIClient, track: Track) -> None:
    answer = send(member, track, b"this is no archive")
    assert (answer.status_code, answer.json()["code"]) == (400, "project_refused")
    assert answer.json()["problems"]


def test_upload_without_the_file_is_400(member: APIClient, track: Track) -> None:
    answer = member.post(door(track), {"other": "1"}, format="multipart")
    assert answer.status_code == 400
    assert answer.json()["problems"] == ["archive: Send the file in the multipart field “archive”."]


def test_upload_as_json_is_415(member: APIClient, track: Track) -> None:
    answer = member.post(door(track), {"archive": "x"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_upload_with_a_broken_frame_is_400(member: APIClient, track: Track) -> None:
    answer = member.generic("POST", door(track), b"no frame", content_type="multipart/form-data")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("limit", ["MAX_PACKED_BYTES", "MAX_BODY_BYTES"])
def test_upload_too_large_is_413(
    member: APIClient, track: Track, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(f"submissions.uploads.{limit}", 100)
    answer = send(member, track, b"x" * 101)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_upload_over_the_quota_is_429_with_the_reset(member: APIClient, track: Track) -> None:
    Track.objects.filter(pk=track.pk).update(daily_quota=1)
    send(member, track)

    answer = send(member, track, project_zip(model="small", main="other"))

    assert (answer.status_code, answer.json()["code"]) == (429, "quota_used_up")
    assert 0 < int(answer.headers["Retry-After"]) <= 25 * 3600
    assert "resets_at" in answer.json()


def test_upload_of_an_empty_file_is_400(member: APIClient, track: Track) -> None:
    empty = SimpleUploadedFile("project.zip", b"")
    answer = member.post(door(track), {"archive": empty}, format="multipart")
    assert answer.status_code == 400


def test_list_shows_a_team_its_own(member: APIClient, track: Track, team: Team) -> None:
    mine = SubmissionFactory(track=track, team=team)
    SubmissionFactory(track=track)

    body = member.get(door(track)).json()

    assert [one["id"] for one in body["results"]] == [str(mine.pk)]


@pytest.mark.parametrize("count", [1, 3])
def test_list_shows_judges_all_in_8_queries(
    track: Track, api_of: Bearer, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        RunFactory(submission=SubmissionFactory(track=track), state="scored")
    judge = api_of(RoleFactory(hackathon=track.hackathon, kind=RoleKind.JUDGE).person)

    with django_assert_num_queries(8):
        body = judge.get(door(track)).json()

    assert body["count"] == count


def test_list_shows_the_teamless_nothing_and_strangers_401(
    api: APIClient, track: Track, api_of: Bearer
) -> None:
    SubmissionFactory(track=track)
    assert api_of(UserFactory()).get(door(track)).json()["results"] == []
    assert api.get(door(track)).status_code == 401


def test_submission_of_another_team_does_not_exist(member: APIClient, track: Track) -> None:
    other = SubmissionFactory(track=track)
    for address in (f"/api/v1/submissions/{other.pk}/", f"/api/v1/submissions/{other.pk}/final/"):
        answer = member.post(address) if "final" in address else member.get(address)
        assert answer.status_code == 404


def test_final_by_a_member(member: APIClient, track: Track, team: Team) -> None:
    submission = SubmissionFactory(track=track, team=team)
    answer = member.post(f"/api/v1/submissions/{submission.pk}/final/")
    assert (answer.status_code, answer.json()["is_final"]) == (200, True)


def test_final_by_a_judge_is_403(track: Track, api_of: Bearer) -> None:
    judge = api_of(RoleFactory(hackathon=track.hackathon, kind=RoleKind.JUDGE).person)
    answer = judge.post(f"/api/v1/submissions/{SubmissionFactory(track=track).pk}/final/")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_member")


def test_final_after_the_close_is_403(api_of: Bearer) -> None:
    submission = SubmissionFactory(track=TrackFactory(hackathon=HackathonFactory(closed=True)))
    client = api_of(submission.team.people.get())
    answer = client.post(f"/api/v1/submissions/{submission.pk}/final/")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_in_time")
