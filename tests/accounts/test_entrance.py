"""Signing up, logging in and out, on our own pages."""

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import PASSWORD, InvitationFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW = {
    "username": "maria",
    "email": "maria@example.org",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


def test_sign_up_makes_an_account_that_is_logged_in(client: Client) -> None:
    page = client.post("/accounts/signup/", NEW, follow=True).content.decode()

    assert User.objects.get().username == "maria"
    assert "Log out" in page


def test_sign_up_makes_nobody_staff(client: Client) -> None:
    client.post("/accounts/signup/", {**NEW, "is_staff": "on", "is_superuser": "on"})

    person = User.objects.get()
    assert (person.is_staff, person.is_superuser) == (False, False)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"username": "taken"}, "already exists"),
        ({"password2": "another one"}, "same password"),
        ({"password1": "12345678", "password2": "12345678"}, "too common"),
        ({"email": "no address"}, "valid email"),
    ],
)
def test_sign_up_that_is_refused_says_why_beside_its_field(
    client: Client, changes: dict[str, str], sentence: str
) -> None:
    UserFactory(username="taken")

    page = client.post("/accounts/signup/", {**NEW, **changes}).content.decode()

    assert sentence in page
    assert 'aria-invalid="true"' in page
    assert not User.objects.filter(username="maria").exists()


def test_sign_up_comes_back_to_the_invitation(client: Client) -> None:
    address = f"/join/{InvitationFactory().token}/"

    response = client.post(f"/accounts/signup/?next={address}", {**NEW, "next": address})

    assert response["Location"] == address


@pytest.mark.parametrize("name", ["maria", "maria@example.org"])
def test_log_in_by_name_or_address(client: Client, name: str) -> None:
    UserFactory(username="maria", email="maria@example.org")

    response = client.post("/accounts/login/", {"login": name, "password": PASSWORD})

    assert response.status_code == 302
    assert "_auth_user_id" in client.session


def test_log_in_says_what_its_fields_take(client: Client) -> None:
    page = client.get("/accounts/login/").content.decode()

    assert "Username or email" in page
    assert "Stay logged in on this device" in page


def test_log_in_with_a_wrong_password_is_refused(client: Client) -> None:
    UserFactory(username="maria")

    response = client.post("/accounts/login/", {"login": "maria", "password": "wrong"})

    assert "not correct" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_log_in_leads_to_no_other_site(client: Client) -> None:
    UserFactory(username="maria")
    form = {"login": "maria", "password": PASSWORD, "next": "https://evil.example/"}

    assert client.post("/accounts/login/", form)["Location"] == "/"


def test_log_out_takes_a_press_of_the_button(client: Client) -> None:
    client.force_login(UserFactory())

    client.get("/accounts/logout/")
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("path", ["email/", "password/change/", "password/reset/", "logout/"])
def test_allauths_other_pages_stand_in_our_frame(client: Client, path: str) -> None:
    if path != "password/reset/":
        client.force_login(UserFactory())

    page = client.get(f"/accounts/{path}").content.decode()

    assert 'class="site-header"' in page
    assert 'class="button' in page
