"""Every button of the admin: by a POST from its own dialog, by those whose hackathon it is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.core import serializers
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from evaluation.models import Reevaluation, Run
from hackathons.models import Extension, Hackathon, Team, Track
from tests.evaluation.shadows import answered, organizer_of, started, track_with
from tests.factories import ExtensionFactory, HackathonFactory, RoleFactory, RunFactory, TeamFactory

pytestmark = pytest.mark.django_db(transaction=True)
SENT = {"_form_submitted": "True", "minutes": "90", "reason": "An outage.", "confirmed": "on"}
APART = (Hackathon, Track, Team, Extension, Reevaluation, Run)
BUTTONS = [
    (model, name)
    for model in APART
    for name in admin.site.get_model_admin(model).actions_detail
    if name != "re_evaluate"  # a link to a form
]


class Scene:
    """One of everything, in one hackathon that has closed."""

    def __init__(self) -> None:
        track = track_with({"a": "A"}, HackathonFactory(closed=True))
        answered(track, {"a": "A"})
        self.organizer: User = organizer_of(track)
        team = TeamFactory(hackathon=track.hackathon)
        rows = (
            track.hackathon,
            track,
            team,
            ExtensionFactory(team=team),
            started(track, track.suite_version, self.organizer),
            RunFactory(submission__track=track, submission__team=team),
        )
        self.rows: dict[type[Model], Any] = {type(row): row for row in rows}

    def address(self, model: type[Model], name: str) -> str:
        """Of a button of the row."""
        app, kind = model._meta.app_label, model._meta.model_name
        return reverse(f"admin:{app}_{kind}_{name}", args=[self.rows[model].pk])

    def everything(self) -> str:
        """All rows that buttons may change, to compare."""
        return "".join(
            serializers.serialize("json", model._default_manager.order_by("pk")) for model in APART
        )


def logged_in(person: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(person)
    return client


def by_get(client: Client, address: str) -> int:
    return client.get(address, SENT).status_code


def by_post(client: Client, address: str) -> int:
    return client.post(address, SENT).status_code


def by_put(client: Client, address: str) -> int:
    content = "application/x-www-form-urlencoded"
    return client.put(address, "_form_submitted=True&minutes=90&reason=x", content).status_code


@pytest.mark.parametrize(("model", "name"), BUTTONS)
def test_button_does_nothing_for_others_nor_by_accident(model: type[Model], name: str) -> None:
    scene = Scene()
    elsewhere = RoleFactory().person
    judge = RoleFactory(hackathon=scene.rows[Hackathon], kind="judge", person__is_staff=True).person
    own = scene.organizer
    before = scene.everything()
    tried: list[tuple[Client, Callable[[Client, str], int], int]] = [
        (Client(), by_post, 302),
        (logged_in(scene.rows[Team].people.get()), by_post, 302),
        (logged_in(elsewhere), by_post, 404),
        (logged_in(judge), by_post, 404),
        (logged_in(own, enforce_csrf_checks=True), by_post, 403),
        (logged_in(own), by_get, 200),
        (logged_in(own), by_put, 200),
    ]

    told = [how(client, scene.address(model, name)) for client, how, _ in tried]

    assert told == [status for *_, status in tried]
    assert scene.everything() == before


@pytest.mark.parametrize(("model", "name"), BUTTONS)
def test_button_pressed_twice_does_it_once(model: type[Model], name: str) -> None:
    scene = Scene()
    client, address = logged_in(scene.organizer), scene.address(model, name)
    assert by_post(client, address) == 302
    once = scene.everything()

    assert by_post(client, address) == 302

    assert scene.everything() == once
