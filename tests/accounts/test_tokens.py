"""Tokens for the API: shown once, kept as a hash, revoked at once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from knox.auth import TokenAuthentication
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory

from accounts.domain import tokens
from accounts.domain.tokens import TooManyTokens, create_token, revoke_token, tokens_of
from accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
MONTH = timedelta(days=30)


def who(secret: str) -> User:
    """Whom the API takes the bearer of the token for."""
    request = APIRequestFactory().get("/", headers={"Authorization": f"Token {secret}"})
    person: User = TokenAuthentication().authenticate(request)[0]
    return person


def test_create_token_lets_its_bearer_in_and_keeps_no_secret() -> None:
    person = UserFactory()

    new = create_token(person=person, lasts=MONTH)

    assert who(new.secret) == person
    stored = AuthToken.objects.get()
    assert new.secret not in (stored.digest, stored.token_key)


def test_revoke_token_ends_it_at_once() -> None:
    person = UserFactory()
    new = create_token(person=person, lasts=MONTH)

    assert revoke_token(person=person, digest=AuthToken.objects.get().digest)

    with pytest.raises(AuthenticationFailed):
        who(new.secret)


def test_revoke_token_of_somebody_else_does_nothing() -> None:
    person = UserFactory()
    new = create_token(person=person, lasts=MONTH)

    assert not revoke_token(person=UserFactory(), digest=AuthToken.objects.get().digest)

    assert who(new.secret) == person


def test_token_that_has_ended_is_not_listed() -> None:
    person = UserFactory()
    create_token(person=person, lasts=timedelta(seconds=-1))

    assert not tokens_of(person).exists()


def test_create_token_beyond_the_most_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MAX_TOKENS", 1)
    person = UserFactory()
    create_token(person=person, lasts=MONTH)

    with pytest.raises(TooManyTokens):
        create_token(person=person, lasts=MONTH)


def test_account_page_shows_a_new_token_once(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)

    made = client.post(reverse("accounts:create_token"), {"days": "7"})
    secret = made.context["new"].secret

    assert secret in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    again = client.get(reverse("accounts:account")).content.decode()
    assert secret not in again
    assert secret[:8] in again


def test_account_page_refuses_a_lifetime_that_is_not_offered(client: Client) -> None:
    client.force_login(UserFactory())

    assert client.post(reverse("accounts:create_token"), {"days": "100000"}).status_code == 400
    assert not AuthToken.objects.exists()


def test_account_page_revokes_own_tokens_alone(client: Client) -> None:
    person = UserFactory()
    create_token(person=person, lasts=MONTH)
    form = {"token": AuthToken.objects.get().digest}
    address = reverse("accounts:revoke_token")

    client.force_login(UserFactory())
    assert client.post(address, form).status_code == 404
    client.force_login(person)
    assert client.post(address, form).status_code == 302

    assert not AuthToken.objects.exists()


@pytest.mark.parametrize("name", ["account", "create_token", "revoke_token"])
def test_account_pages_ask_who_you_are(client: Client, name: str) -> None:
    address = reverse(f"accounts:{name}")
    response = client.get(address) if name == "account" else client.post(address)

    assert (response.status_code, "/accounts/login/" in response["Location"]) == (302, True)


@pytest.mark.parametrize("name", ["create_token", "revoke_token"])
def test_get_on_tokens_changes_nothing(client: Client, name: str) -> None:
    client.force_login(UserFactory())

    assert client.get(reverse(f"accounts:{name}")).status_code == 405


def test_account_page_asks_as_often_for_three_tokens_as_for_one(
    client: Client, django_assert_num_queries: object
) -> None:
    person = UserFactory()
    client.force_login(person)
    for count in (1, 3):
        while tokens_of(person).count() < count:
            create_token(person=person, lasts=MONTH)
        with django_assert_num_queries(3):  # type: ignore[operator]
            client.get(reverse("accounts:account"))
