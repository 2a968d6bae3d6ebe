"""Re-evaluations in the admin, by real requests."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalogue.models import SuiteVersion
from evaluation.enums import ReevaluationState
from evaluation.models import Reevaluation, Run
from hackathons.models import Hackathon, Track
from tests.evaluation.shadows import (
    REASON,
    answered,
    next_version,
    organizer_of,
    started,
    track_with,
    work_off,
)
from tests.factories import RoleFactory, SuiteFactory, SuiteVersionFactory, UserFactory
from tests.hackathons.test_admin import empty, moments, rows, track_row

pytestmark = pytest.mark.django_db(transaction=True)
CONFIRMED = {"_form_submitted": "True"}
OLD, NEW = {"a": "A", "b": "B"}, {"a": "A", "b": "BB"}
ADD = "admin:evaluation_reevaluation_add"


@pytest.fixture
def track() -> Track:
    """With one submission, which the new version scores lower."""
    made = track_with(OLD)
    answered(made, OLD)
    return made


@pytest.fixture
def version(track: Track) -> SuiteVersion:
    """Of the track's suite, with another target."""
    return next_version(track, NEW)


@pytest.fixture
def organizer(client: Client, track: Track) -> Client:
    """Logged in."""
    client.force_login(organizer_of(track))
    return client


def page_of(one: Reevaluation, name: str = "change") -> str:
    return reverse(f"admin:evaluation_reevaluation_{name}", args=[one.pk])


def form_of(track: Track, version: SuiteVersion) -> dict[str, str]:
    wanted = {"track": str(track.pk), "suite_version": str(version.pk), "kind": "rescore"}
    return {**wanted, "reason": REASON}


def text(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def said(client: Client, response: Any) -> str:
    """The messages on the page that follows."""
    assert response.status_code == 302
    return text(client.get(response["Location"]))


def test_a_tracks_page_leads_to_the_form_and_changes_nothing(
    organizer: Client, track: Track, version: SuiteVersion
) -> None:
    where = reverse("admin:hackathons_track_change", args=[track.pk])
    assert "Re-evaluate…" in text(organizer.get(where))

    led = organizer.get(reverse("admin:hackathons_track_re_evaluate", args=[track.pk]))
    form = text(organizer.get(led["Location"]))

    assert led["Location"] == f"{reverse(ADD)}?track={track.pk}"
    assert f'value="{track.pk}" selected' in form
    assert str(version) in form
    assert not Reevaluation.objects.exists()


def test_it_is_begun_watched_and_applied(
    organizer: Client, track: Track, version: SuiteVersion
) -> None:
    begun = organizer.post(reverse(ADD), form_of(track, version))
    one = Reevaluation.objects.get()
    assert begun["Location"] == page_of(one)
    assert "<strong>0 of 1</strong> submission evaluated anew" in text(organizer.get(page_of(one)))
    early = organizer.post(page_of(one, "apply_now"), CONFIRMED)
    assert "0 of 1 submissions have been evaluated anew" in said(organizer, early)

    work_off()
    shown = text(organizer.get(page_of(one)))
    assert "100.0 % → 50.0 %" in shown
    for name in ("apply_now", "discard_now", "try_again"):
        assert organizer.get(page_of(one, name)).status_code == 200
    one.refresh_from_db()
    assert one.is_open

    assert "these results count" in said(
        organizer, organizer.post(page_of(one, "apply_now"), CONFIRMED)
    )
    one.refresh_from_db()
    track.refresh_from_db()
    assert (one.state, track.suite_version) == (ReevaluationState.APPLIED, version)
    again = organizer.post(page_of(one, "apply_now"), CONFIRMED)
    assert "was applied before" in said(organizer, again)
    shown = text(organizer.get(page_of(one)))
    assert "By the public tasks: none." in shown
    assert page_of(one, "apply_now") not in shown


def test_it_is_discarded(organizer: Client, track: Track, version: SuiteVersion) -> None:
    organizer.post(reverse(ADD), form_of(track, version))
    one = Reevaluation.objects.get()

    assert "nothing has changed" in said(
        organizer, organizer.post(page_of(one, "discard_now"), CONFIRMED)
    )

    one.refresh_from_db()
    assert one.state == ReevaluationState.DISCARDED
    assert one.runs.get().state == "cancelled"


def test_failed_ones_are_tried_again_or_left_out(
    organizer: Client, track: Track, version: SuiteVersion
) -> None:
    organizer.post(reverse(ADD), form_of(track, version))
    one = Reevaluation.objects.get()
    fail(one)
    assert "The platform failed" in text(organizer.get(page_of(one)))
    refused = organizer.post(page_of(one, "apply_now"), CONFIRMED)
    assert "Try them again" in said(organizer, refused)
    again = organizer.post(page_of(one, "try_again"), CONFIRMED)
    assert "Runs queued again: 1." in said(organizer, again)
    fail(one)

    organizer.post(page_of(one, "apply_now"), {**CONFIRMED, "without_failed": "on"})

    one.refresh_from_db()
    assert one.state == ReevaluationState.APPLIED


def fail(one: Reevaluation) -> None:
    """Its waiting run ends by the platform's fault."""
    Run.objects.filter(reevaluation=one, state="queued").update(
        state="errored", reason="The storage is gone.", ended_at=one.created_at
    )


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"reason": ""}, "This field is required."),
        ({"reason": "\u200b"}, "Give the reason"),
        ({"kind": "both"}, "not one of the available choices"),
        ({"track": "nonsense"}, "is not a valid UUID"),
        ({"suite_version": ""}, "This field is required."),
    ],
)
def test_a_form_that_can_not_be_is_refused_where_it_is(
    organizer: Client, track: Track, version: SuiteVersion, more: dict[str, str], sentence: str
) -> None:
    refused = organizer.post(reverse(ADD), {**form_of(track, version), **more})

    assert sentence in text(refused)
    assert not Reevaluation.objects.exists()


def test_what_stands_in_the_way_is_said_in_the_form(
    organizer: Client, track: Track, version: SuiteVersion
) -> None:
    another = next_version(track, {**OLD, "c": "C"})
    assert "Re-run instead: no outputs are recorded for c" in text(
        organizer.post(reverse(ADD), form_of(track, another))
    )
    started(track, version)
    assert "A re-evaluation of this track is open" in text(
        organizer.post(reverse(ADD), form_of(track, version))
    )


def test_others_neither_see_nor_begin_nor_decide(
    client: Client, track: Track, version: SuiteVersion
) -> None:
    one = started(track, version)
    client.force_login(RoleFactory().person)
    assert client.get(page_of(one)).status_code == 404
    for name in ("apply_now", "discard_now", "try_again"):
        assert client.post(page_of(one, name), CONFIRMED).status_code == 404
    assert str(one.pk) not in text(client.get(reverse("admin:evaluation_reevaluation_changelist")))
    where = reverse("admin:hackathons_track_re_evaluate", args=[track.pk])
    assert client.get(where).status_code == 404
    assert "Select a valid choice" in text(client.post(reverse(ADD), form_of(track, version)))
    foreign = SuiteVersionFactory(suite=SuiteFactory(owner=UserFactory()))
    client.force_login(organizer_of(track))
    assert "Select a valid choice" in text(client.post(reverse(ADD), form_of(track, foreign)))


def test_nobody_changes_or_deletes_one(client: Client, track: Track, version: SuiteVersion) -> None:
    one = started(track, version)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    assert client.post(page_of(one), {"reason": "Another."}).status_code == 403
    assert client.post(page_of(one, "delete"), {"post": "yes"}).status_code == 403

    one.refresh_from_db()
    assert one.reason == REASON


def test_a_tracks_version_is_not_changed_by_hand_once_teams_have_handed_in(
    organizer: Client, track: Track, version: SuiteVersion
) -> None:
    where = reverse("admin:hackathons_track_change", args=[track.pk])
    form = {**track_row(), "slug": "kept", "suite_version": str(version.pk)}

    refused = organizer.post(where, form)
    same = organizer.post(where, {**form, "suite_version": str(track.suite_version_id)})

    assert "Teams have handed in to this track: choose another version with" in text(refused)
    assert same.status_code == 302
    empty_track = track_with(OLD, track.hackathon)
    free = next_version(empty_track, NEW)
    where = reverse("admin:hackathons_track_change", args=[empty_track.pk])
    chosen = {**track_row(), "name": "Free", "slug": "free", "suite_version": str(free.pk)}
    assert organizer.post(where, chosen).status_code == 302


def test_a_tracks_version_is_not_changed_on_its_hackathons_page_either(
    organizer: Client, track: Track, version: SuiteVersion
) -> None:
    hackathon: Hackathon = track.hackathon
    where = reverse("admin:hackathons_hackathon_change", args=[hackathon.pk])
    role = hackathon.roles.get()
    row = {**track_row(), "id": str(track.pk), "hackathon": str(hackathon.pk)}
    form = {
        "name": hackathon.name,
        "slug": hackathon.slug,
        **moments(),
        **rows("tracks", {**row, "suite_version": str(version.pk)}, initial=1),
        **rows(
            "roles",
            {"id": str(role.pk), "person": str(role.person_id), "kind": role.kind},
            initial=1,
        ),
        **empty("teams"),
    }

    refused = organizer.post(where, form)

    assert "Teams have handed in to this track" in text(refused)
    track.refresh_from_db()
    assert track.suite_version != version
