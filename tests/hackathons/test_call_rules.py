"""A track's rules for calls to the model: kept by the database, in the form, in words."""

import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from corral.gateway.rules import CallRules, Reasoning
from corral.policy import Policy
from evaluation.domain.enqueue import policy_of
from hackathons.models import Track
from tests.factories import RoleFactory, SubmissionFactory, TrackFactory, UserFactory
from tests.hackathons.test_admin import track_row

pytestmark = pytest.mark.django_db
STRICT: dict[str, Any] = {
    "enforced_temperature": 0.0,
    "enforced_seed": 7,
    "context_tokens": 2_048,
    "allows_tools": False,
    "reasoning": "capped",
    "reasoning_tokens": 500,
    "calls_at_once": 4,
    "calls_per_minute": 60,
}
RULES = CallRules(
    temperature=0.0,
    seed=7,
    context_tokens=2_048,
    tools=False,
    reasoning=Reasoning.CAPPED,
    reasoning_tokens=500,
    concurrency=4,
    calls_per_minute=60,
)


def words_of(client: Client, track: Track) -> dict[str, str]:
    rules = client.get(track.get_absolute_url()).content.decode()
    table = rules[rules.index('id="calls"') : rules.index('id="suite"')]
    cells = [part.split("</")[0] for part in table.split('<th scope="row">')[1:]]
    allowed = [part.split("</")[0] for part in table.split("<td>")[1:]]
    return dict(zip(cells, allowed, strict=True))


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("track_temperature_from_0_to_2", {"enforced_temperature": 2.1}),
        ("track_temperature_from_0_to_2", {"enforced_temperature": float("nan")}),
        ("track_seed_of_31_bits", {"enforced_seed": -1}),
        ("track_seed_of_31_bits", {"enforced_seed": 2**31}),
        ("track_context_holds_a_template", {"context_tokens": 255}),
        ("track_reasoning_cap_where_capped", {"reasoning": "capped"}),
        ("track_reasoning_cap_where_capped", {"reasoning": "capped", "reasoning_tokens": 0}),
        ("track_reasoning_cap_where_capped", {"reasoning": "allowed", "reasoning_tokens": 5}),
        ("track_reasoning_cap_where_capped", {"reasoning": "sometimes"}),
        ("track_calls_at_once_from_1_to_64", {"calls_at_once": 0}),
        ("track_calls_at_once_from_1_to_64", {"calls_at_once": 65}),
        ("track_calls_per_minute_from_1_to_100000", {"calls_per_minute": 0}),
        ("track_calls_per_minute_from_1_to_100000", {"calls_per_minute": 100_001}),
    ],
)
def test_rule_that_makes_no_sense_is_refused(constraint: str, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        TrackFactory(**changes)


def test_policy_holds_the_tracks_rules() -> None:
    strict = policy_of(SubmissionFactory(track=TrackFactory(**STRICT)))
    free = policy_of(SubmissionFactory())

    assert strict.rules == RULES
    restored = Policy.from_json(json.loads(json.dumps(strict.as_json())))
    assert restored == strict
    assert restored.rules.reasoning is Reasoning.CAPPED
    assert free.rules == CallRules()


def test_track_page_says_the_rules(client: Client) -> None:
    assert words_of(client, TrackFactory(**STRICT)) == {
        "Temperature": "always 0",
        "Seed": "always 7",
        "Prompt and answer": "at most 2,048 tokens a call",
        "Tools": "not allowed",
        "Thinking": "at most 500 tokens a call",
        "At once": "at most 4 calls",
        "A minute": "at most 60 calls",
    }


def test_track_page_says_what_is_free(client: Client) -> None:
    assert words_of(client, TrackFactory()) == {
        "Temperature": "yours to choose",
        "Seed": "yours to choose",
        "Prompt and answer": "no limit of the track&#x27;s",
        "Tools": "allowed",
        "Thinking": "allowed",
        "At once": "at most 16 calls",
        "A minute": "no limit of the track&#x27;s",
    }


def test_api_tells_the_rules() -> None:
    track = TrackFactory(**STRICT)

    body = APIClient().get(f"/api/v1/tracks/{track.pk}/").json()

    assert body["call_rules"] == {
        "temperature": 0.0,
        "seed": 7,
        "context_tokens": 2_048,
        "tools": False,
        "reasoning": "capped",
        "reasoning_tokens": 500,
        "concurrency": 4,
        "calls_per_minute": 60,
    }


def saved(client: Client, **rules: str) -> tuple[Any, Track | None]:
    organizer = UserFactory(is_staff=True)
    client.force_login(organizer)
    theirs = RoleFactory(person=organizer).hackathon
    form = {**track_row(), "hackathon": str(theirs.pk), **rules}
    response = client.post(reverse("admin:hackathons_track_add"), form)
    return response, theirs.tracks.first()


def test_organizer_sets_the_rules(client: Client) -> None:
    given = {name: str(value) for name, value in STRICT.items() if name != "allows_tools"}

    _, track = saved(client, **given, allows_tools="")

    assert track is not None
    assert track.call_rules == RULES


def test_cap_that_the_page_hides_is_none(client: Client) -> None:
    _, track = saved(client, reasoning="forbidden", reasoning_tokens="500")

    assert track is not None
    assert (track.reasoning, track.reasoning_tokens) == ("forbidden", None)


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"reasoning": "capped"}, "reasoning_tokens"),
        ({"enforced_temperature": "3"}, "enforced_temperature"),
        ({"calls_at_once": "0"}, "calls_at_once"),
        ({"context_tokens": "10"}, "context_tokens"),
    ],
)
def test_rule_that_makes_no_sense_is_named_in_the_form(
    client: Client, rules: dict[str, str], field: str
) -> None:
    response, track = saved(client, **rules)

    assert track is None
    assert list(response.context["adminform"].form.errors) == [field]
