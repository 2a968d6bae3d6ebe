"""Suites and models in the admin: imported, published, and whose they are."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalogue.models import Commitment, LanguageModel, Suite, SuiteVersion
from tests.catalogue.test_upload import ABOUT, ROW, archive
from tests.factories import LanguageModelFactory, SuiteVersionFactory, UserFactory
from tests.fakes.background import serving

pytestmark = pytest.mark.django_db
CONFIRMED = {"_form_submitted": "True"}


def address(name: str, *args: object) -> str:
    return reverse(f"admin:catalogue_{name}", args=args)


@pytest.fixture
def organizer(client: Client) -> User:
    person = UserFactory(is_staff=True)
    client.force_login(person)
    return person


@pytest.mark.parametrize("kind", ["archive", "file", "texts"])
def test_organizer_imports_a_suite_and_publishes_it(
    client: Client, organizer: User, kind: str
) -> None:
    packed = archive(suite_dot_toml=ABOUT, tasks_dot_jsonl=ROW).read()
    form: Any = {
        "archive": lambda: {"file": SimpleUploadedFile("suite.zip", packed)},
        "file": lambda: {
            "file": SimpleUploadedFile("capitals.jsonl", ROW.encode()),
            "name": "Capitals",
        },
        "texts": lambda: {"about": ABOUT, "tasks": ROW},
    }[kind]

    looked = client.post(address("suite_import_suite"), form())
    assert not Suite.objects.exists()
    digest = looked.context["preview"].digest
    imported = client.post(address("suite_import_suite"), {**form(), "digest": digest}, follow=True)
    version = SuiteVersion.objects.get()
    client.post(address("suiteversion_publish", version.pk), CONFIRMED)

    assert "Capitals v1 is imported" in imported.content.decode()
    assert version.suite.owner == organizer
    version.refresh_from_db()
    assert version.published_at is not None


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "Give a file, or both"),
        ({"about": "[", "tasks": ROW}, "is not valid TOML"),
        ({"about": ABOUT, "tasks": '{"id": "a"}\nnot json'}, "tasks.jsonl line 2"),
        ({"about": ABOUT, "tasks": ROW.replace("Paris", "")}, "target must be"),
    ],
)
def test_import_of_a_broken_suite_says_what_is_wrong(
    client: Client, organizer: User, form: dict[str, str], sentence: str
) -> None:
    response = client.post(address("suite_import_suite"), form)

    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not Suite.objects.exists()


def test_suite_is_looked_at_before_it_is_imported(client: Client, organizer: User) -> None:
    form = {"about": ABOUT, "tasks": ROW, "look": "1"}

    page = client.post(address("suite_import_suite"), form, headers={"HX-Request": "true"})

    text = page.content.decode()
    assert "Capitals: 1 task, 1 public and 0 private" in text
    assert "Capital of France?" in text
    assert "<html" not in text
    assert not Suite.objects.exists()


def test_problems_are_shown_in_place_where_htmx_asks(client: Client, organizer: User) -> None:
    form = {"about": ABOUT, "tasks": "not json"}

    page = client.post(address("suite_import_suite"), form, headers={"HX-Request": "true"})

    assert (page.status_code, "tasks.jsonl line 1" in page.content.decode()) == (200, True)


def test_other_tasks_than_those_looked_at_are_not_imported(client: Client, organizer: User) -> None:
    form = {"about": ABOUT, "tasks": ROW}
    digest = client.post(address("suite_import_suite"), form).context["preview"].digest

    other = {"about": ABOUT, "tasks": ROW.replace("Paris", "Lyon"), "digest": digest}
    page = client.post(address("suite_import_suite"), other)

    assert "look again before they are imported" in page.content.decode()
    assert not Suite.objects.exists()


def test_file_with_a_map_is_imported_as_it_says(client: Client, organizer: User) -> None:
    def form() -> dict[str, Any]:
        return {
            "file": SimpleUploadedFile("trivia.csv", b"q,a\nCapital of France?,Paris\n"),
            "map": "input=q\r\ntarget=a\r\n",
            "scorer": "exact",
            "private_share": "1",
        }

    looked = client.post(address("suite_import_suite"), form())
    sent = {**form(), "digest": looked.context["preview"].digest}
    client.post(address("suite_import_suite"), sent)

    assert SuiteVersion.objects.get().tasks.get().split == "private"


def test_export_is_for_the_owner(client: Client, organizer: User) -> None:
    own = SuiteVersionFactory(suite__owner=organizer, suite__slug="mine")
    platforms = SuiteVersionFactory()
    foreign = SuiteVersionFactory(suite__owner=UserFactory())

    for version, status in ((own, 200), (platforms, 403), (foreign, 404)):
        response = client.get(address("suiteversion_export", version.pk))
        assert response.status_code == status
    exported = client.get(address("suiteversion_export", own.pk))
    assert exported["Content-Disposition"] == 'attachment; filename="mine-v1.zip"'


def test_version_shows_its_commitment_and_never_the_salt(client: Client, organizer: User) -> None:
    version = SuiteVersionFactory(suite__owner=organizer)
    made = Commitment.objects.create(suite_version=version, digest="a" * 64, salt="b" * 64)

    page = client.get(address("suiteversion_change", version.pk)).content.decode()

    assert f"{made.digest} (not opened)" in page
    assert made.salt not in page


def test_import_over_somebody_elses_suite_is_refused(client: Client, organizer: User) -> None:
    SuiteVersionFactory(suite__slug="capitals")

    form = {"about": ABOUT, "tasks": ROW}
    digest = client.post(address("suite_import_suite"), form).context["preview"].digest
    response = client.post(address("suite_import_suite"), {**form, "digest": digest})

    assert "somebody else" in response.content.decode()


def test_get_on_publish_changes_nothing(client: Client, organizer: User) -> None:
    version = SuiteVersionFactory(published=False, suite__owner=organizer)

    assert client.get(address("suiteversion_publish", version.pk)).status_code == 200
    assert client.get(address("suite_import_suite")).status_code == 200

    version.refresh_from_db()
    assert version.published_at is None


def test_publish_is_for_the_owner(client: Client, organizer: User) -> None:
    platforms = SuiteVersionFactory(published=False)
    foreign = SuiteVersionFactory(published=False, suite__owner=UserFactory())

    for version, status in ((platforms, 403), (foreign, 404)):
        response = client.post(address("suiteversion_publish", version.pk), CONFIRMED)
        assert response.status_code == status
        version.refresh_from_db()
        assert version.published_at is None


def test_suites_of_others_are_404_and_those_of_the_platform_are_not(
    client: Client, organizer: User
) -> None:
    own = SuiteVersionFactory(suite__owner=organizer)
    platforms = SuiteVersionFactory()
    foreign = SuiteVersionFactory(suite__owner=UserFactory())

    for version, status in ((own, 200), (platforms, 200), (foreign, 404)):
        for name, row in (("suite_change", version.suite), ("suiteversion_change", version)):
            assert client.get(address(name, row.pk)).status_code == status, name


def test_tasks_and_their_targets_are_for_the_owner(client: Client, organizer: User) -> None:
    own = SuiteVersionFactory(suite__owner=organizer)
    platforms = SuiteVersionFactory()

    page = client.get(address("task_changelist")).content.decode()

    for version, status in ((own, 200), (platforms, 404)):
        task = version.tasks.first()
        assert client.get(address("task_change", task.pk)).status_code == status
        assert (str(task.pk) in page) == (status == 200)


def test_published_version_can_not_be_deleted(client: Client, organizer: User) -> None:
    published = SuiteVersionFactory(suite__owner=organizer)
    draft = SuiteVersionFactory(suite=published.suite, published=False)

    for version, left in ((published, True), (draft, False)):
        client.post(address("suiteversion_delete", version.pk), {"post": "yes"})
        assert SuiteVersion.objects.filter(pk=version.pk).exists() == left


def test_organizer_adds_a_model_but_does_not_say_where_it_is_served(
    client: Client, organizer: User
) -> None:
    form = {"name": "Tiny", "slug": "tiny", "upstream": "http://evil.example/v1"}

    response = client.post(address("languagemodel_add"), form)

    assert response.status_code == 302
    assert LanguageModel.objects.get().upstream == ""


def test_organizer_does_not_change_the_catalogue(client: Client, organizer: User) -> None:
    model = LanguageModelFactory(upstream="http://secret.example/v1")

    page = client.get(address("languagemodel_change", model.pk))

    assert page.status_code == 200
    assert "secret.example" not in page.content.decode()
    assert client.post(address("languagemodel_change", model.pk), {}).status_code == 403
    assert client.post(address("languagemodel_delete", model.pk), {}).status_code == 403


def test_superuser_says_where_a_model_is_served(client: Client) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    form = {"name": "Tiny", "slug": "tiny", "upstream": "http://127.0.0.1:8080/v1"}

    client.post(address("languagemodel_add"), form)

    assert LanguageModel.objects.get().upstream == "http://127.0.0.1:8080/v1"


@pytest.mark.parametrize("name", ["suite", "suiteversion", "task", "languagemodel"])
def test_lists_ask_as_often_for_three_rows_as_for_one(
    client: Client, organizer: User, django_assert_max_num_queries: Any, name: str
) -> None:
    counts = []
    for more in (1, 2):
        for _ in range(more):
            SuiteVersionFactory(suite__owner=organizer)
            LanguageModelFactory()
        with django_assert_max_num_queries(30) as captured:
            client.get(address(f"{name}_changelist"))
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_participants_do_not_get_in(client: Client) -> None:
    client.force_login(UserFactory())

    for name in ("suite_import_suite", "suite_changelist", "task_changelist"):
        assert client.get(address(name)).status_code == 302
    assert client.post(address("suite_import_suite"), {}).status_code == 302


def test_digests_are_shown_and_never_typed(client: Client, organizer: User) -> None:
    form = {"name": "Tiny", "slug": "tiny", "weights_sha256": "a" * 64, "parameters": "1"}
    client.post(address("languagemodel_add"), form)
    model = LanguageModel.objects.get()
    assert (model.weights_sha256, model.parameters) == ("", None)

    pinned = LanguageModelFactory(parameters=134_515_008)

    page = client.get(address("languagemodel_change", pinned.pk)).content.decode()
    assert pinned.weights_sha256 in page
    assert "134515008" in page


def test_organizer_checks_the_upstream_and_is_not_told_where_it_is(
    client: Client, organizer: User
) -> None:
    with serving() as upstream:
        upstream.settings.said_of_model = {"meta": {"n_params": 32}}
        model = LanguageModelFactory(upstream=upstream.base_url, parameters=32)
        check = address("languagemodel_ask_server", model.pk)
        said = [client.post(check, CONFIRMED, follow=True).content.decode()]
        LanguageModel.objects.update(parameters=33)
        said.append(client.post(check, CONFIRMED, follow=True).content.decode())
        asked_by_get = client.get(check).content.decode()

    said.append(client.post(check, CONFIRMED, follow=True).content.decode())
    assert "32 parameters, matches the catalogue" in said[0]
    assert "the catalogue&#x27;s has 33" in said[1]
    assert "be reached" in said[2]
    assert "Ask its server what it serves?" in asked_by_get
    assert not any(str(upstream.port) in text for text in said)
