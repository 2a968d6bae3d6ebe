"""Organizers run their own hackathons in the admin, and nobody else's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from hackathons.enums import HackathonState, RoleKind
from hackathons.models import Hackathon, Membership, Role, Team, Track
from tests.factories import (
    HackathonFactory,
    LanguageModelFactory,
    MembershipFactory,
    RoleFactory,
    RunFactory,
    SubmissionFactory,
    SuiteVersionFactory,
    TeamFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
CONFIRMED = {"_form_submitted": "True"}
READ_ONLY = {"submissions_submission", "evaluation_run"}


def address(name: str, *args: object) -> str:
    return reverse(f"admin:{name}", args=args)


def errors_of(response: Any) -> Any:
    context = response.context
    if not context or "adminform" not in context:
        return None
    return context["adminform"].form.errors, [
        (f.formset.errors, f.formset.non_form_errors()) for f in context["inline_admin_formsets"]
    ]


def post(client: Client, where: str, data: dict[str, Any]) -> Any:
    """Send a form that must be accepted."""
    response = client.post(where, data)
    assert response.status_code == 302, errors_of(response)
    return response


def moments(zone: str = "UTC") -> dict[str, str]:
    times = {
        "registration_opens_at": ("2026-05-01", "12:00"),
        "hacking_starts_at": ("2026-05-02", "00:30"),
        "scoreboard_freezes_at": ("2026-05-03", "10:00"),
        "submissions_close_at": ("2026-05-03", "12:00"),
        "results_published_at": ("", ""),
    }
    split = {f"{name}_{i}": part for name, pair in times.items() for i, part in enumerate(pair)}
    return {"time_zone": zone, "max_team_size": "4", "description": "", **split}


def empty(prefix: str) -> dict[str, str]:
    return {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}


def rows(prefix: str, *rows: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    data: dict[str, Any] = {
        f"{prefix}-TOTAL_FORMS": str(len(rows)),
        f"{prefix}-INITIAL_FORMS": str(initial),
    }
    for number, row in enumerate(rows):
        data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data


def track_row() -> dict[str, Any]:
    return {
        "name": "Sprint",
        "slug": "sprint",
        "position": "0",
        "description": "",
        "suite_version": str(SuiteVersionFactory().pk),
        "allowed_models": [str(LanguageModelFactory().pk)],
        "daily_quota": "5",
        "task_seconds": "20",
        "run_seconds": "600",
        "memory_mb": "512",
        "scratch_mb": "64",
        "processes": "32",
        "token_budget": "10000",
        "call_budget": "100",
        "allows_tools": "on",
        "reasoning": "allowed",
        "calls_at_once": "16",
        "lane": "cpu",
    }


@pytest.fixture
def organizer() -> User:
    """Staff, without a single model permission."""
    return UserFactory(is_staff=True)


@pytest.fixture
def theirs(client: Client, organizer: User) -> Hackathon:
    """A hackathon of the organizer, who is logged in."""
    client.force_login(organizer)
    return RoleFactory(person=organizer).hackathon


@pytest.mark.parametrize(("name", "slug"), [("Word problems", "word-problems"), ("数学", "")])
def test_track_without_a_slug_takes_its_names(
    client: Client, theirs: Hackathon, name: str, slug: str
) -> None:
    form = {**track_row(), "hackathon": str(theirs.pk), "name": name, "slug": ""}

    response = client.post(address("hackathons_track_add"), form)

    assert response.status_code == (302 if slug else 200)
    assert "".join(theirs.tracks.values_list("slug", flat=True)) == slug


def test_organizer_creates_a_hackathon_with_track_and_judge(
    client: Client, organizer: User
) -> None:
    judge = UserFactory()
    client.force_login(organizer)
    form = {"name": "Llama Days", "slug": "llama-days", **moments("Europe/Paris")}
    form |= rows("tracks", track_row())
    form |= rows("roles", {"person": str(judge.pk), "kind": RoleKind.JUDGE})

    post(client, address("hackathons_hackathon_add"), form)

    hackathon = Hackathon.objects.get()
    assert hackathon.hacking_starts_at.isoformat() == "2026-05-01T22:30:00+00:00"
    assert hackathon.tracks.get().allowed_models.count() == 1
    assert set(hackathon.roles.values_list("person", "kind")) == {
        (judge.pk, RoleKind.JUDGE),
        (organizer.pk, RoleKind.ORGANIZER),
    }
    judge.refresh_from_db()
    assert not judge.is_staff


def test_hackathon_form_speaks_the_hackathons_own_time(client: Client, theirs: Hackathon) -> None:
    Hackathon.objects.filter(pk=theirs.pk).update(
        time_zone="Asia/Tokyo", registration_opens_at="2026-01-01T15:30Z"
    )

    page = client.get(address("hackathons_hackathon_change", theirs.pk)).content.decode()

    assert 'value="2026-01-02"' in page
    assert 'value="00:30:00"' in page


def test_hackathon_with_dates_out_of_order_is_refused_with_the_sentence(
    client: Client, organizer: User
) -> None:
    client.force_login(organizer)
    form = {"name": "X", "slug": "x", **moments(), "submissions_close_at_0": "2026-05-01"}

    response = client.post(
        address("hackathons_hackathon_add"), {**form, **empty("tracks"), **empty("roles")}
    )

    assert "Submissions must close after hacking starts." in response.content.decode()
    assert not Hackathon.objects.exists()


def test_organizer_changes_the_hackathon_and_adds_an_organizer(
    client: Client, organizer: User, theirs: Hackathon
) -> None:
    colleague, role = UserFactory(), theirs.roles.get()
    form = {"name": "Renamed", "slug": theirs.slug, **moments(), **empty("tracks")}
    form |= rows(
        "roles",
        {"id": role.pk, "hackathon": theirs.pk, "person": organizer.pk, "kind": role.kind},
        {"hackathon": theirs.pk, "person": colleague.pk, "kind": RoleKind.ORGANIZER},
        initial=1,
    )

    post(client, address("hackathons_hackathon_change", theirs.pk), form)

    theirs.refresh_from_db()
    colleague.refresh_from_db()
    assert (theirs.name, colleague.is_staff) == ("Renamed", True)
    client.force_login(colleague)
    assert client.get(address("hackathons_hackathon_change", theirs.pk)).status_code == 200


def test_hackathon_without_an_organizer_is_refused(
    client: Client, organizer: User, theirs: Hackathon
) -> None:
    role = theirs.roles.get()
    form = {"name": "X", "slug": theirs.slug, **moments(), **empty("tracks")}
    row = {"id": role.pk, "hackathon": theirs.pk, "person": organizer.pk, "kind": role.kind}
    form |= rows("roles", {**row, "DELETE": "on"}, initial=1)

    response = client.post(address("hackathons_hackathon_change", theirs.pk), form)

    assert "A hackathon needs an organizer." in response.content.decode()
    assert Role.objects.filter(pk=role.pk).exists()


def test_organizer_adds_a_track_to_their_own_hackathon_alone(
    client: Client, theirs: Hackathon
) -> None:
    where = address("hackathons_track_add")

    post(client, where, {**track_row(), "hackathon": str(theirs.pk)})
    foreign = client.post(where, {**track_row(), "hackathon": str(HackathonFactory().pk)})

    assert foreign.status_code == 200
    assert "hackathon" in foreign.context["adminform"].form.errors
    assert Track.objects.get().hackathon == theirs


@pytest.mark.parametrize("kind", ["unpublished", "of somebody else"])
def test_track_with_a_version_that_may_not_be_used_is_refused(
    client: Client, theirs: Hackathon, kind: str
) -> None:
    if kind == "unpublished":
        version = SuiteVersionFactory(published=False)
    else:
        version = SuiteVersionFactory(suite__owner=UserFactory())
    form = {**track_row(), "hackathon": str(theirs.pk), "suite_version": str(version.pk)}

    response = client.post(address("hackathons_track_add"), form)

    assert "suite_version" in response.context["adminform"].form.errors


def test_track_keeps_the_version_that_it_has(client: Client, theirs: Hackathon) -> None:
    version = SuiteVersionFactory(suite__owner=UserFactory())
    track = TrackFactory(hackathon=theirs, suite_version=version)
    form = {**track_row(), "suite_version": str(version.pk), "name": "Renamed"}

    post(client, address("hackathons_track_change", track.pk), form)

    track.refresh_from_db()
    assert (track.name, track.suite_version) == ("Renamed", version)


def test_organizer_creates_a_team_with_members(client: Client, theirs: Hackathon) -> None:
    captain, member = UserFactory.create_batch(2)
    form = {"hackathon": str(theirs.pk), "name": "Llamas", "slug": "llamas", "share_weight": "1"}
    form |= rows("memberships", {"person": captain.pk, "is_captain": "on"}, {"person": member.pk})

    post(client, address("hackathons_team_add"), form)

    found = Team.objects.get().memberships.values_list("person", "is_captain", "hackathon")
    assert set(found) == {(captain.pk, True, theirs.pk), (member.pk, False, theirs.pk)}


def team_form(team: Team, *members: dict[str, Any], initial: int) -> dict[str, Any]:
    every = [{"team": team.pk, **member} for member in members]
    return {
        "name": team.name,
        "slug": team.slug,
        "share_weight": "1",
        **rows("memberships", *every, initial=initial),
    }


def test_team_swaps_its_captain_in_one_save(client: Client, theirs: Hackathon) -> None:
    team = TeamFactory(hackathon=theirs, members=2)
    old, new = team.memberships.order_by("-is_captain")
    form = team_form(
        team,
        {"id": old.pk, "person": old.person_id},
        {"id": new.pk, "person": new.person_id, "is_captain": "on"},
        initial=2,
    )

    post(client, address("hackathons_team_change", team.pk), form)

    assert team.memberships.get(is_captain=True) == new


def test_team_that_is_saved_without_a_change_keeps_its_captain(
    client: Client, theirs: Hackathon
) -> None:
    team = TeamFactory(hackathon=theirs)
    captain = team.memberships.get()
    row = {"id": captain.pk, "person": captain.person_id, "is_captain": "on"}

    post(client, address("hackathons_team_change", team.pk), team_form(team, row, initial=1))

    assert team.memberships.get().is_captain


def test_team_loses_a_member(client: Client, theirs: Hackathon) -> None:
    team = TeamFactory(hackathon=theirs, members=2)
    captain, member = team.memberships.order_by("-is_captain")
    form = team_form(
        team,
        {"id": captain.pk, "person": captain.person_id, "is_captain": "on"},
        {"id": member.pk, "person": member.person_id, "DELETE": "on"},
        initial=2,
    )

    post(client, address("hackathons_team_change", team.pk), form)

    assert team.memberships.get() == captain


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("elsewhere", "This person is in another team of this hackathon."),
        ("captains", "A team has one captain."),
        ("many", "A team has at most 5 members here."),
    ],
)
def test_team_that_breaks_a_rule_is_refused_with_the_sentence(
    client: Client, theirs: Hackathon, case: str, sentence: str
) -> None:
    other = TeamFactory(hackathon=theirs)
    members: list[dict[str, Any]] = {
        "elsewhere": [{"person": other.people.get().pk}],
        "captains": [{"person": UserFactory().pk, "is_captain": "on"} for _ in range(2)],
        "many": [{"person": UserFactory().pk} for _ in range(6)],
    }[case]
    form = {"hackathon": str(theirs.pk), "name": "Llamas", "slug": "llamas", "share_weight": "1"}

    response = client.post(
        address("hackathons_team_add"), {**form, **rows("memberships", *members)}
    )

    assert sentence in response.content.decode()
    assert Team.objects.get() == other


def test_organizer_adds_and_deletes_a_role(client: Client, theirs: Hackathon) -> None:
    judge = UserFactory()
    form = {"hackathon": theirs.pk, "person": judge.pk, "kind": RoleKind.JUDGE}

    post(client, address("hackathons_role_add"), form)
    role = Role.objects.get(person=judge)
    post(client, address("hackathons_role_delete", role.pk), {"post": "yes"})

    assert not Role.objects.filter(person=judge).exists()


def foreign_rows() -> list[Any]:
    run = RunFactory()
    submission = run.submission
    hackathon = submission.track.hackathon
    return [
        hackathon,
        submission.track,
        submission.team,
        RoleFactory(hackathon=hackathon),
        submission,
        run,
    ]


def test_another_organizers_rows_are_404_and_in_no_list(client: Client, theirs: Hackathon) -> None:
    for row in foreign_rows():
        base = f"{row._meta.app_label}_{row._meta.model_name}"
        for page in ("change", "delete", "history"):
            if page == "delete" and base in READ_ONLY:
                continue  # 403 for everybody's rows alike
            assert client.get(address(f"{base}_{page}", row.pk)).status_code == 404, (base, page)
        changed = client.post(address(f"{base}_change", row.pk), {"name": "x"})
        assert changed.status_code == (403 if base in READ_ONLY else 404)
        assert str(row.pk) not in client.get(address(f"{base}_changelist")).content.decode()


def test_another_organizers_hackathon_can_not_be_decided_about(
    client: Client, theirs: Hackathon
) -> None:
    foreign = HackathonFactory(closed=True)

    for name in ("freeze_now", "publish_now"):
        where = address(f"hackathons_hackathon_{name}", foreign.pk)
        assert client.post(where, CONFIRMED).status_code == 404

    foreign.refresh_from_db()
    assert foreign.results_published_at is None


def test_another_organizers_rows_are_not_deleted_in_bulk(client: Client, theirs: Hackathon) -> None:
    foreign = TeamFactory()
    form = {"action": "delete_selected", "_selected_action": str(foreign.pk), "post": "yes"}

    client.post(address("hackathons_team_changelist"), form)

    assert Team.objects.filter(pk=foreign.pk).exists()


@pytest.mark.parametrize("kind", ["participant", "judge", "nobody"])
def test_admin_lets_nobody_in_who_does_not_organize(client: Client, kind: str) -> None:
    hackathon = HackathonFactory()
    person = UserFactory()
    if kind == "participant":
        TeamFactory(hackathon=hackathon, members=[person])
    if kind == "judge":
        RoleFactory(hackathon=hackathon, person=person, kind=RoleKind.JUDGE)
    if kind != "nobody":
        client.force_login(person)

    for where in (
        address("index"),
        address("hackathons_hackathon_changelist"),
        address("hackathons_hackathon_change", hackathon.pk),
        address("hackathons_hackathon_publish_now", hackathon.pk),
    ):
        response = client.get(where)
        assert (response.status_code, "login" in response["Location"]) == (302, True)


@pytest.mark.parametrize("action", ["freeze_now", "publish_now"])
def test_get_on_an_action_changes_nothing(client: Client, theirs: Hackathon, action: str) -> None:
    Hackathon.objects.filter(pk=theirs.pk).update(submissions_close_at=timezone.now())
    before = Hackathon.objects.filter(pk=theirs.pk).values().get()

    response = client.get(address(f"hackathons_hackathon_{action}", theirs.pk))

    assert response.status_code == 200
    assert Hackathon.objects.filter(pk=theirs.pk).values().get() == before


def test_freeze_now_holds_and_again_changes_nothing(client: Client, theirs: Hackathon) -> None:
    where = address("hackathons_hackathon_freeze_now", theirs.pk)

    client.post(where, CONFIRMED)
    first = Hackathon.objects.get(pk=theirs.pk).scoreboard_freezes_at
    client.post(where, CONFIRMED, headers={"HX-Request": "true"})

    assert first is not None
    assert first <= timezone.now()
    assert Hackathon.objects.get(pk=theirs.pk).scoreboard_freezes_at == first


def test_publish_now_before_the_close_is_refused(client: Client, theirs: Hackathon) -> None:
    where = address("hackathons_hackathon_publish_now", theirs.pk)

    page = client.post(where, CONFIRMED, follow=True).content.decode()

    assert "Results can&#x27;t be published before submissions close." in page
    assert Hackathon.objects.get(pk=theirs.pk).results_published_at is None


def test_publish_now_after_the_close_publishes(client: Client, theirs: Hackathon) -> None:
    Hackathon.objects.filter(pk=theirs.pk).update(submissions_close_at=timezone.now())

    client.post(address("hackathons_hackathon_publish_now", theirs.pk), CONFIRMED)

    theirs.refresh_from_db()
    assert theirs.state(timezone.now()) == HackathonState.PUBLISHED


def test_submissions_and_runs_are_read_only(client: Client, theirs: Hackathon) -> None:
    run = RunFactory(submission=SubmissionFactory(track__hackathon=theirs))

    for row in (run.submission, run):
        base = f"{row._meta.app_label}_{row._meta.model_name}"
        assert client.get(address(f"{base}_change", row.pk)).status_code == 200
        assert client.post(address(f"{base}_change", row.pk), {"state": "x"}).status_code == 403
        assert client.get(address(f"{base}_delete", row.pk)).status_code == 403
        assert client.get(address(f"{base}_add")).status_code == 403


def test_every_page_of_an_organizer_opens(client: Client, theirs: Hackathon) -> None:
    track = TrackFactory(hackathon=theirs)
    team = TeamFactory(hackathon=theirs, members=2)

    for where in (
        address("index"),
        address("hackathons_hackathon_add"),
        address("hackathons_hackathon_change", theirs.pk),
        address("hackathons_track_add"),
        address("hackathons_track_change", track.pk),
        address("hackathons_team_add"),
        address("hackathons_team_change", team.pk),
        address("hackathons_role_add"),
    ):
        assert client.get(where).status_code == 200, where


@pytest.mark.parametrize(
    ("model", "make"),
    [
        ("hackathons_track", lambda h: TrackFactory(hackathon=h)),
        ("hackathons_team", lambda h: TeamFactory(hackathon=h)),
        ("hackathons_role", lambda h: RoleFactory(hackathon=h)),
        ("submissions_submission", lambda h: SubmissionFactory(track__hackathon=h)),
        (
            "evaluation_run",
            lambda h: RunFactory(submission=SubmissionFactory(track__hackathon=h)),
        ),
    ],
)
def test_lists_ask_as_often_for_three_rows_as_for_one(
    client: Client,
    theirs: Hackathon,
    django_assert_max_num_queries: Any,
    model: str,
    make: Callable[[Hackathon], Any],
) -> None:
    counts = []
    for more in (1, 2):
        for _ in range(more):
            make(theirs)
        with django_assert_max_num_queries(30) as captured:
            client.get(address(f"{model}_changelist"))
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_autocomplete_gives_own_rows_and_names_of_people_alone(
    client: Client, theirs: Hackathon
) -> None:
    foreign = HackathonFactory(name="Foreign")
    person = UserFactory(username="zorro", email="z@secret.example")
    query = {"app_label": "hackathons", "model_name": "role", "field_name": "hackathon"}

    hackathons = client.get(address("autocomplete"), query).content.decode()
    people = {**query, "field_name": "person"}
    found = client.get(address("autocomplete"), {**people, "term": "zor"}).content.decode()

    assert str(theirs.pk) in hackathons
    assert str(foreign.pk) not in hackathons
    assert str(person.pk) in found
    assert "secret" not in found
    for term in ("", "z", "secret"):
        assert client.get(address("autocomplete"), {**people, "term": term}).json()["results"] == []


def test_people_are_for_superusers_to_manage(client: Client, theirs: Hackathon) -> None:
    person = UserFactory()

    assert client.get(address("accounts_user_changelist")).status_code == 403
    assert client.get(address("accounts_user_change", person.pk)).status_code == 403
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    assert client.get(address("accounts_user_change", person.pk)).status_code == 200
    assert client.get(address("hackathons_hackathon_change", theirs.pk)).status_code == 200


def test_deleting_a_hackathon_with_submissions_is_refused(
    client: Client, theirs: Hackathon
) -> None:
    MembershipFactory(team=SubmissionFactory(track__hackathon=theirs).team)

    client.post(address("hackathons_hackathon_delete", theirs.pk), {"post": "yes"})

    assert Hackathon.objects.filter(pk=theirs.pk).exists()
    assert Membership.objects.exists()


def test_organizer_limits_a_team_but_sets_no_weight_of_the_hackathon(
    client: Client, organizer: User, theirs: Hackathon
) -> None:
    role = theirs.roles.get()
    row = {"id": role.pk, "hackathon": theirs.pk, "person": organizer.pk, "kind": role.kind}
    form = {"name": "X", "slug": theirs.slug, **moments(), **empty("tracks")}
    form |= rows("roles", row, initial=1) | {"team_max_runs": "2", "share_weight": "50"}
    where = address("hackathons_hackathon_change", theirs.pk)

    post(client, where, form)
    theirs.refresh_from_db()
    assert (theirs.team_max_runs, theirs.share_weight) == (2, 1.0)

    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    post(client, where, form | {"max_runs": "8"})
    theirs.refresh_from_db()
    assert (theirs.max_runs, theirs.share_weight) == (8, 50.0)


def test_organizer_chooses_the_workers_of_a_track(client: Client, theirs: Hackathon) -> None:
    track = TrackFactory(hackathon=theirs)
    form = {**track_row(), "lane": "gpu", "max_runs": "3"}
    form |= {"suite_version": str(track.suite_version_id)}

    post(client, address("hackathons_track_change", track.pk), form)

    track.refresh_from_db()
    assert (track.lane, track.max_runs) == ("gpu", 3)
