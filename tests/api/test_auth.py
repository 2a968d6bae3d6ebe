"""A token for a name and a password."""

import pytest
from knox.models import get_token_model
from rest_framework.test import APIClient

from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
TOKEN = "/api/v1/auth/token/"


def log_in(api: APIClient, username: str, password: str = PASSWORD) -> str:
    answer = api.post(TOKEN, {"username": username, "password": password}, format="json")
    assert answer.status_code == 201
    return str(answer.json()["token"])


def test_token_is_given_once_and_kept_as_a_digest(api: APIClient) -> None:
    person = UserFactory()

    token = log_in(api, person.username)

    assert not get_token_model().objects.filter(digest=token).exists()
    assert get_token_model().objects.get().user == person


def test_token_ends_with_its_log_out(api: APIClient) -> None:
    token = log_in(api, UserFactory().username)
    api.credentials(HTTP_AUTHORIZATION=f"Token {token}")

    assert api.delete(TOKEN).status_code == 204
    assert api.delete(TOKEN).status_code == 401


def test_token_log_out_leaves_the_others(api: APIClient) -> None:
    person = UserFactory()
    first, _ = log_in(api, person.username), log_in(api, person.username)
    api.credentials(HTTP_AUTHORIZATION=f"Token {first}")

    api.delete(TOKEN)

    assert get_token_model().objects.count() == 1


@pytest.mark.parametrize("active", [True, False])
def test_token_with_a_wrong_password_or_a_closed_account_is_401(
    api: APIClient, active: bool
) -> None:
    person = UserFactory(is_active=active)
    password = "wrong" if active else PASSWORD
    answer = api.post(TOKEN, {"username": person.username, "password": password}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


def test_token_without_a_password_names_the_field(api: APIClient) -> None:
    answer = api.post(TOKEN, {"username": "somebody"}, format="json")
    assert answer.status_code == 400
    assert answer.json()["problems"] == ["password: This field is required."]


def test_token_guessing_is_throttled(api: APIClient) -> None:
    wrong = {"username": "nobody", "password": "wrong"}
    statuses = [api.post(TOKEN, wrong, format="json").status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


def test_token_needs_no_csrf_beside_a_session() -> None:
    person = UserFactory()
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(person)
    log_in(browser, person.username)
