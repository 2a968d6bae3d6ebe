"""Who is shown what of the budgets for the models."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from hackathons.models import BudgetAccount, Hackathon, Team
from tests.factories import HackathonFactory, RoleFactory, TeamFactory, UserFactory
from tests.hackathons.test_admin import empty, moments

pytestmark = pytest.mark.django_db
LIST = "admin:hackathons_budgetaccount_changelist"


def team_with(used: int = 0, **budgets: int) -> Team:
    team = TeamFactory(hackathon=HackathonFactory(**budgets))
    BudgetAccount.objects.create(
        hackathon=team.hackathon, team=team, used_tokens=used, held_tokens=777, used_calls=3
    )
    return team


def team_page(client: Client, team: Team) -> str:
    client.force_login(team.people.get())
    return client.get(reverse("hackathons:team", args=[team.hackathon.slug])).content.decode()


def told(team: Team, person: User | None) -> Any:
    api = APIClient()
    if person is not None:
        api.force_authenticate(person)
    return api.get(f"/api/v1/hackathons/{team.hackathon.slug}/").json()["team_budgets"]


def test_team_page_shows_what_ended_runs_used(client: Client) -> None:
    page = team_page(client, team_with(12_345, team_token_budget=1_000_000))

    assert "12,345 of 1,000,000" in page
    assert "Calls used" not in page
    assert "777" not in page  # what a run holds while it runs would tell of its private tasks


def test_team_page_without_budgets_shows_none(client: Client) -> None:
    assert "Budget for the models" not in team_page(client, team_with(5, event_token_budget=9))


def test_team_that_called_no_model_has_used_nothing(client: Client) -> None:
    team = TeamFactory(hackathon=HackathonFactory(team_call_budget=50))
    assert "0 of 50" in team_page(client, team)


def test_api_tells_a_team_its_own_budgets_alone() -> None:
    team = team_with(12, team_token_budget=100, team_call_budget=0)
    other = TeamFactory(hackathon=team.hackathon)

    assert told(team, team.people.get()) == [
        {"what": "tokens", "used": 12, "limit": 100},
        {"what": "calls", "used": 3, "limit": 0},
    ]
    assert told(team, other.people.get())[0]["used"] == 0
    assert told(team, UserFactory()) is None
    assert told(team, None) is None


@pytest.fixture
def theirs(client: Client) -> Hackathon:
    organizer = UserFactory(is_staff=True)
    client.force_login(organizer)
    return RoleFactory(person=organizer).hackathon


def test_organizer_sees_every_team_of_own_hackathons(client: Client, theirs: Hackathon) -> None:
    team = TeamFactory(hackathon=theirs)
    BudgetAccount.objects.create(hackathon=theirs, team=team, used_tokens=4_321)
    BudgetAccount.objects.create(hackathon=theirs, used_tokens=9_876, held_tokens=1_111)
    foreign = team_with(5_555)

    page = client.get(reverse(LIST)).content.decode()

    for text in (team.name, "All teams together", "4,321", "9,876", "1,111"):
        assert text in page
    assert "5,555" not in page
    account = BudgetAccount.objects.get(team=foreign)
    where = reverse("admin:hackathons_budgetaccount_change", args=[account.pk])
    assert client.get(where).status_code == 404


def test_accounts_are_read_only(client: Client, theirs: Hackathon) -> None:
    account = BudgetAccount.objects.create(hackathon=theirs, used_tokens=9)
    where = reverse("admin:hackathons_budgetaccount_change", args=[account.pk])

    assert client.get(where).status_code == 200
    assert client.post(where, {"used_tokens": "0"}).status_code == 403
    assert client.get(reverse("admin:hackathons_budgetaccount_add")).status_code == 403


def test_list_asks_as_often_for_three_accounts_as_for_one(
    client: Client, theirs: Hackathon, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for more in (1, 2):
        for _ in range(more):
            BudgetAccount.objects.create(hackathon=theirs, team=TeamFactory(hackathon=theirs))
        with django_assert_max_num_queries(30) as captured:
            client.get(reverse(LIST))
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_organizer_sets_and_lifts_budgets(client: Client, theirs: Hackathon) -> None:
    where = reverse("admin:hackathons_hackathon_change", args=[theirs.pk])
    role = theirs.roles.get()
    form = {
        "name": theirs.name,
        "slug": theirs.slug,
        **moments(),
        **empty("tracks"),
        "roles-TOTAL_FORMS": "1",
        "roles-INITIAL_FORMS": "1",
        "roles-0-id": str(role.pk),
        "roles-0-hackathon": str(theirs.pk),
        "roles-0-person": str(role.person_id),
        "roles-0-kind": role.kind,
    }

    client.post(where, {**form, "team_token_budget": "1000", "event_call_budget": "0"})
    theirs.refresh_from_db()
    set_to = (theirs.team_token_budget, theirs.team_call_budget, theirs.event_call_budget)
    client.post(where, form)
    theirs.refresh_from_db()

    assert set_to == (1_000, None, 0)
    assert (theirs.team_token_budget, theirs.event_call_budget) == (None, None)
