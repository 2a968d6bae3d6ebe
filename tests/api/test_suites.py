"""Suites in the API: who may know of which, who has the tasks, and how one is brought."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from catalogue.domain import upload
from catalogue.domain.suites import import_suite, publish_suite_version
from catalogue.models import Suite, SuiteVersion
from hackathons.domain.openings import open_private_tasks
from tests.catalogue.test_suites import loaded
from tests.catalogue.test_upload import ABOUT, ROW, archive
from tests.factories import SuiteVersionFactory, TrackFactory, UserFactory

pytestmark = pytest.mark.django_db
Bearer = Callable[[User], APIClient]
SUITES = "/api/v1/suites/"


def organizer() -> User:
    return UserFactory(is_staff=True)


def packed(rows: str = ROW) -> SimpleUploadedFile:
    content = archive(suite_dot_toml=ABOUT, tasks_dot_jsonl=rows).read()
    return SimpleUploadedFile("suite.zip", content)


def address(version: SuiteVersion, verb: str = "") -> str:
    return f"{SUITES}{version.suite.slug}/{version.number}/{verb}"


def published(owner: User | None, **track: Any) -> SuiteVersion:
    version = publish_suite_version(version=import_suite(loaded=loaded(), owner=owner))
    TrackFactory(suite_version=version, **track)
    return version


def slugs(client: APIClient) -> set[str]:
    return {one["slug"] for one in client.get(SUITES).json()["results"]}


def test_list_holds_what_the_person_may_know_of(api: APIClient, api_of: Bearer) -> None:
    me = organizer()
    own = SuiteVersionFactory(suite__owner=me, published=False).suite.slug
    platforms = SuiteVersionFactory().suite.slug
    foreign = SuiteVersionFactory(suite__owner=organizer())
    used = SuiteVersionFactory(suite__owner=organizer())
    TrackFactory(suite_version=used)

    assert slugs(api) == slugs(api_of(UserFactory())) == {used.suite.slug}
    assert slugs(api_of(me)) == {own, platforms, used.suite.slug}
    assert foreign.suite.slug in slugs(api_of(UserFactory(is_superuser=True, is_staff=True)))
    assert api_of(me).get(address(foreign)).status_code == 404


def test_version_tells_no_task_and_no_salt(api: APIClient) -> None:
    version = published(organizer())

    answer = api.get(address(version))

    told = answer.json()
    assert (told["slug"], told["version"], told["public"], told["private"]) == ("sums", 1, 2, 1)
    assert told["commitment"]["digest"] == version.commitment.digest
    assert told["commitment"]["salt"] is None
    assert version.commitment.salt not in answer.content.decode()
    assert "What is" not in answer.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_many_as_for_one(api_of: Bearer, count: int) -> None:
    for version in SuiteVersionFactory.create_batch(count):
        TrackFactory(suite_version=version)
    client = api_of(UserFactory(is_staff=True))
    client.get(SUITES)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(SUITES)

    assert len([q for q in queries if "catalogue_" in q["sql"]]) == 2


def test_organizer_imports_and_publishes(api_of: Bearer) -> None:
    me = organizer()
    client = api_of(me)

    imported = client.post(SUITES, {"file": packed()}, format="multipart")
    again = client.post(SUITES, {"file": packed()}, format="multipart")
    done = client.post(f"{SUITES}capitals/1/publish/")

    assert (imported.status_code, imported.json()["version"]) == (201, 1)
    assert again.json()["version"] == 1
    assert done.json()["published_at"] is not None
    assert Suite.objects.get().owner == me


def test_check_is_a_dry_run(api_of: Bearer) -> None:
    answer = api_of(organizer()).post(f"{SUITES}check/", {"file": packed()}, format="multipart")

    assert (answer.status_code, answer.json()["tasks"]) == (200, 1)
    assert answer.json()["first"][0]["target"] == "Paris"
    assert not Suite.objects.exists()


def test_file_is_read_by_a_map(api_of: Bearer) -> None:
    sent = {
        "file": SimpleUploadedFile("trivia.csv", b"q,a\nCapital of France?,Paris\n"),
        "map": "input=q\ntarget=a",
        "scorer": "exact",
        "licence": "CC0-1.0",
    }

    answer = api_of(organizer()).post(f"{SUITES}check/", sent, format="multipart")

    assert (answer.json()["slug"], answer.json()["licence"]) == ("trivia", "CC0-1.0")


def test_suite_that_is_wrong_is_refused_with_every_problem(api_of: Bearer) -> None:
    sent = {"file": packed('{"id": "a"}\nnot json\n')}

    for at in (SUITES, f"{SUITES}check/"):
        sent["file"].seek(0)
        answer = api_of(organizer()).post(at, sent, format="multipart")
        assert (answer.status_code, answer.json()["code"]) == (400, "project_refused")
        assert len(answer.json()["problems"]) >= 2
    assert not Suite.objects.exists()


@pytest.mark.parametrize("at", [SUITES, f"{SUITES}check/"])
def test_suites_are_brought_by_organizers_alone(api: APIClient, api_of: Bearer, at: str) -> None:
    assert api.post(at, {"file": packed()}, format="multipart").status_code == 401
    client = api_of(UserFactory())
    assert client.post(at, {"file": packed()}, format="multipart").status_code == 403
    assert not Suite.objects.exists()


def test_suite_that_is_too_large_is_refused(
    api_of: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "MAX_PACKED", 10)
    answer = api_of(organizer()).post(SUITES, {"file": packed()}, format="multipart")
    assert answer.status_code == 400

    monkeypatch.setattr("api.suites.MAX_PACKED", -1_000_000)
    answer = api_of(organizer()).post(SUITES, {"file": packed()}, format="multipart")
    assert answer.status_code == 413


@pytest.mark.parametrize("verb", ["publish/", "export/", "opened/"])
def test_what_is_the_owners_is_403_where_it_is_seen_and_404_where_not(
    api: APIClient, api_of: Bearer, verb: str
) -> None:
    seen = published(organizer(), hackathon__published=True)
    hidden = SuiteVersionFactory(suite__owner=organizer())

    def act(client: APIClient, version: SuiteVersion) -> int:
        does = client.get if verb == "export/" else client.post
        return does(address(version, verb)).status_code

    assert act(api, seen) == 401
    for person in (UserFactory(), organizer()):
        assert act(api_of(person), seen) == 403
        assert act(api_of(person), hidden) == 404


def test_owner_exports_the_whole_version(api_of: Bearer) -> None:
    me = organizer()
    version = published(me)

    answer = api_of(me).get(address(version, "export/"))

    assert answer["Content-Disposition"] == 'attachment; filename="sums-v1.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive_:
        assert archive_.namelist() == ["sums-v1/suite.toml", "sums-v1/tasks.jsonl"]
    sent = {"file": SimpleUploadedFile("again.zip", answer.content)}
    again = api_of(me).post(f"{SUITES}check/", sent, format="multipart")
    assert again.json()["digest"] == version.digest


def test_private_tasks_are_opened_after_the_results_and_verified(
    api: APIClient, api_of: Bearer
) -> None:
    me = organizer()
    version = published(me, hackathon__published=True)
    assert api.get(address(version, "opened/")).status_code == 404

    assert api_of(me).post(address(version, "opened/")).status_code == 200

    content = api.get(address(version, "opened/")).content
    told = api.get(address(version)).json()["commitment"]
    assert hashlib.sha256(content).hexdigest() == told["digest"]
    assert told["salt"].encode() in content
    assert b"private-1" in content
    assert b"public-1" not in content


def test_private_tasks_are_not_opened_before_the_results(api: APIClient, api_of: Bearer) -> None:
    me = organizer()
    version = published(me, hackathon__closed=True)

    answer = api_of(me).post(address(version, "opened/"))

    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_time")
    assert api.get(address(version, "opened/")).status_code == 404


def test_schema_knows_the_suites(api: APIClient) -> None:
    schema = api.get("/api/schema/").content.decode()

    for path in ("", "check/", "{slug}/{number}/", "{slug}/{number}/export/"):
        assert f"  /api/v1/suites/{path}:" in schema
    assert "  /api/v1/suites/{slug}/{number}/opened/:" in schema


def test_track_tells_its_commitment_on_page_and_api_and_no_salt_before_the_opening(
    api: APIClient,
) -> None:
    version = published(organizer(), hackathon__published=True)
    track = version.tracks.get()
    made = version.commitment

    page = api.get(f"/h/{track.hackathon.slug}/tracks/{track.slug}/").content.decode()
    told = api.get(f"/api/v1/tracks/{track.pk}/").json()["commitment"]

    assert made.digest in page
    assert (told["digest"], told["salt"]) == (made.digest, None)
    assert made.salt not in page
    assert address(version, "opened/") not in page

    open_private_tasks(version=version, person=None, at=timezone.now())
    page = api.get(f"/h/{track.hackathon.slug}/tracks/{track.slug}/").content.decode()
    assert address(version, "opened/") in page


def test_track_without_a_commitment_says_null(api: APIClient) -> None:
    track = TrackFactory()

    assert api.get(f"/api/v1/tracks/{track.pk}/").json()["commitment"] is None
    page = api.get(f"/h/{track.hackathon.slug}/tracks/{track.slug}/").content.decode()
    assert "Committed to" not in page
