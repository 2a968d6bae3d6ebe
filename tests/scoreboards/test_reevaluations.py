"""A re-evaluation on every surface: unseen until it is applied, and no way around a freeze."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from knox.models import get_token_model
from rest_framework.test import APIClient

from accounts.models import User
from evaluation.domain import topic as run_topic
from evaluation.domain.audit import decisions_for_person
from evaluation.domain.queries import visible_runs_for_person
from evaluation.models import Reevaluation, Run
from hackathons.domain.queries import team_budgets
from hackathons.enums import Audience, RoleKind
from hackathons.models import Hackathon, Track
from live.routing import websocket_urlpatterns
from scoreboards.domain.boards import current_board, refresh_board
from scoreboards.domain.progress import activity_of, progress_messages
from scoreboards.domain.reevaluations import apply_reevaluation, preview_of, used_by
from scoreboards.models import Board
from tests.evaluation.shadows import (
    REASON,
    answered,
    next_version,
    organizer_of,
    started,
    track_with,
    work_off,
)
from tests.factories import HackathonFactory, RoleFactory, TeamFactory
from tests.live.browser import Socket

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
OLD = {"a": "A", "b": "B", "c": "C", "d": "D", "p": "P"}
NEW = {**OLD, "b": "BB", "c": "CC"}
# By the first version 3 of 4, by the second 1 of 4; and the other way round.
LEADS = {**OLD, "d": "no"}
FOLLOWS = {**NEW, "d": "no"}


class Scene:
    """Two teams in a track, of which the second leads by the new version."""

    def __init__(self, **hackathon: Any) -> None:
        self.track: Track = track_with(OLD, HackathonFactory(**hackathon))
        self.organizer = organizer_of(self.track)
        self.ants = TeamFactory(hackathon=self.track.hackathon, name="Ants", slug="ants")
        self.bees = TeamFactory(hackathon=self.track.hackathon, name="Bees", slug="bees")
        at = timezone.now() - 3 * HOUR
        self.first = answered(self.track, LEADS, self.ants, ended_at=at, queued_at=at)
        self.second = answered(self.track, FOLLOWS, self.bees, ended_at=at, queued_at=at)
        refresh_board(track_id=self.track.pk)

    def begin(self) -> Reevaluation:
        """Re-score against the new version, all of it."""
        begun = started(self.track, next_version(self.track, NEW), self.organizer)
        work_off()
        return begun

    def apply(self) -> Reevaluation:
        """And let it count."""
        begun = self.begin()
        apply_reevaluation(reevaluation=begun, person=self.organizer)
        refresh_board(track_id=self.track.pk)
        self.track.refresh_from_db()
        return begun

    @property
    def member(self) -> User:
        """Of the team that leads by the old version."""
        person: User = self.ants.people.get()
        return person

    def board(self, audience: Audience = Audience.SPECTATORS) -> list[tuple[str, int, float]]:
        """The rows as rank and score."""
        rows = current_board(track=self.track, audience=audience).snapshot["rows"]
        return [(row["team"], row["rank"], row["score"]) for row in rows]


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def api_of(person: User | None) -> APIClient:
    client = APIClient()
    if person is not None:
        _, token = get_token_model().objects.create(user=person)
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def judge_of(track: Track) -> User:
    person: User = RoleFactory(hackathon=track.hackathon, kind=RoleKind.JUDGE).person
    return person


def surfaces(scene: Scene) -> Iterator[tuple[str, str]]:
    """Every address at which a participant may read of the track, by kind of client."""
    track, submission = scene.track, scene.first.submission
    where = [track.hackathon.slug, track.slug]
    yield "page", reverse("hackathons:hackathon", args=where[:1])
    yield "page", reverse("hackathons:track", args=where)
    yield "page", reverse("scoreboards:board", args=where)
    yield "page", reverse("evaluation:submissions", args=where)
    for name in ("submission", "status", "results", "row", "calls", "calls-file"):
        yield "page", reverse(f"evaluation:{name}", args=[submission.pk])
    for path in ("", "submissions/", "board/", "board/?since=0", "reevaluations/"):
        yield "api", f"/api/v1/tracks/{track.pk}/{path}"
    yield "api", f"/api/v1/submissions/{submission.pk}/"
    for path in ("", "results/", "calls/", "log/"):
        yield "api", f"/api/v1/runs/{scene.first.pk}/{path}"


def read(scene: Scene, person: User) -> list[bytes]:
    clients: dict[str, Any] = {"page": client_of(person), "api": api_of(person)}
    bodies = []
    for kind, address in surfaces(scene):
        response = clients[kind].get(address)
        assert response.status_code == 200, address
        bodies.append(_without_noise(response.content))
    return bodies


def _without_noise(body: bytes) -> bytes:
    """Without what differs from one request to the next: tokens against forgery, and the time."""
    lines = body.decode().splitlines()
    noisy = ("csrfmiddlewaretoken", "board-snapshot", "X-CSRFToken", "csrf")
    return "\n".join(line for line in lines if not any(n in line for n in noisy)).encode()


def test_preview_says_what_the_board_then_shows() -> None:
    scene = Scene()
    begun = scene.begin()

    seen = preview_of(begun)

    assert scene.board() == [("ants", 1, 0.75), ("bees", 2, 0.25)]
    assert [(c.team, c.after.label, c.after.score) for c in seen.public] == [
        ("bees", "1", 0.75),
        ("ants", "2", 0.25),
    ]
    apply_reevaluation(reevaluation=begun, person=scene.organizer)
    refresh_board(track_id=scene.track.pk)
    assert scene.board() == [("bees", 1, 0.75), ("ants", 2, 0.25)]
    assert begun.changes["public"] == [
        {"team": "bees", "name": "Bees", "before": "2", "after": "1"},
        {"team": "ants", "name": "Ants", "before": "1", "after": "2"},
    ]


def test_applied_scores_are_dated_as_those_that_they_replace() -> None:
    scene = Scene()
    before = current_board(track=scene.track, audience=Audience.JUDGES).snapshot["rows"]
    scene.apply()
    after = current_board(track=scene.track, audience=Audience.JUDGES).snapshot["rows"]

    def moments(rows: list[dict[str, Any]]) -> dict[str, list[int]]:
        return {row["team"]: [at for at, _ in row["history"]] for row in rows}

    assert moments(after) == moments(before)


def test_no_surface_tells_participants_of_one_that_is_open() -> None:
    scene = Scene(team_token_budget=1_000_000)
    before = read(scene, scene.member)
    boards = list(Board.objects.values_list("version", "snapshot"))

    begun = scene.begin()
    refresh_board(track_id=scene.track.pk)

    assert read(scene, scene.member) == before
    assert list(Board.objects.values_list("version", "snapshot")) == boards
    shadow = Run.objects.get(replaces=scene.first)
    assert shadow.ended
    api = api_of(scene.member)
    for path in ("", "results/", "calls/", "log/"):
        assert api.get(f"/api/v1/runs/{shadow.pk}/{path}").status_code == 404
    assert list(visible_runs_for_person(scene.member)) == [scene.first]
    assert run_topic.authorise(scene.member, str(shadow.pk)) is None
    assert api.get(f"/api/v1/reevaluations/{begun.pk}/").status_code == 404
    assert [line.used for line in team_budgets(scene.ants, scene.track.hackathon)] == [0]
    assert progress_messages(run_id=shadow.pk) == []


def test_no_bar_moves_while_a_shadow_run_waits() -> None:
    scene = Scene()
    started(scene.track, next_version(scene.track, NEW), scene.organizer)
    started_on_same = Reevaluation.objects.get()
    Track.objects.filter(pk=scene.track.pk).update(suite_version=started_on_same.suite_version)
    scene.track.refresh_from_db()

    for audience in Audience:
        assert list(activity_of(scene.track, audience)) == []
    assert all(not progress_messages(run_id=run.pk) for run in started_on_same.runs.all())


def test_judges_and_organizers_see_the_runs_of_one_that_is_open() -> None:
    scene = Scene()
    begun = scene.begin()
    shadow = Run.objects.get(replaces=scene.first)

    for person in (judge_of(scene.track), scene.organizer):
        body = api_of(person).get(f"/api/v1/runs/{shadow.pk}/").json()
        assert (body["state"], body["score"]) == ("scored", 0.25)
        assert shadow in visible_runs_for_person(person)
        assert run_topic.authorise(person, str(shadow.pk)) == str(shadow.pk)
        body = api_of(person).get(f"/api/v1/reevaluations/{begun.pk}/").json()
        assert body["progress"] == {"total": 2, "ended": 2, "failed": []}
        assert [change["after"]["rank"] for change in body["public"]] == ["1", "2"]


def test_discarded_runs_stay_unseen() -> None:
    scene = Scene()
    begun = scene.begin()
    api_of(scene.organizer).post(f"/api/v1/reevaluations/{begun.pk}/discard/")
    shadow = Run.objects.get(replaces=scene.first)

    assert api_of(scene.member).get(f"/api/v1/runs/{shadow.pk}/").status_code == 404
    assert scene.board() == [("ants", 1, 0.75), ("bees", 2, 0.25)]


def test_participants_read_what_was_applied_and_why() -> None:
    scene = Scene()
    scene.apply()
    where = [scene.track.hackathon.slug, scene.track.slug]

    for name in ("hackathons:track", "scoreboards:board"):
        html = Client().get(reverse(name, args=where)).content.decode()
        assert f"the organizers re-scored all submissions against {scene.track.suite_version}" in (
            html
        )
        assert REASON in html
        assert "Bees 2 → 1, Ants 1 → 2" in html
    screen = Client().get(reverse("scoreboards:board", args=where) + "?screen=1")
    assert REASON not in screen.content.decode()
    for path in ("board/", "board/?since=0"):
        body = APIClient().get(f"/api/v1/tracks/{scene.track.pk}/{path}").json()
        [told] = body["reevaluations"]
        assert (told["kind"], told["state"], told["reason"]) == ("rescore", "applied", REASON)
        assert [moved["after"] for moved in told["public_changes"]] == ["1", "2"]
        assert told["private_changes"] is None


def test_participants_read_what_was_discarded() -> None:
    scene = Scene()
    begun = scene.begin()
    api_of(scene.organizer).post(f"/api/v1/reevaluations/{begun.pk}/discard/")

    html = Client().get(scene.track.get_absolute_url()).content.decode()

    assert "the organizers discarded a re-scoring of all submissions" in html
    assert "Ranks that changed" not in html


def test_a_reason_or_a_name_is_text_and_nothing_else() -> None:
    scene = Scene()
    scene.bees.name = "<b>Bees</b>"
    scene.bees.save()
    begun = started(scene.track, next_version(scene.track, NEW), scene.organizer)
    Reevaluation.objects.filter(pk=begun.pk).update(reason="<script>alert(1)</script>")
    work_off()
    apply_reevaluation(reevaluation=begun, person=scene.organizer)

    html = Client().get(scene.track.get_absolute_url()).content.decode()

    assert "<script>alert" not in html
    assert "<b>Bees" not in html
    assert "&lt;script&gt;" in html


def test_a_team_sees_its_new_run_with_the_log_and_the_calls_of_the_old_one() -> None:
    scene = Scene()
    scene.first.attempts.create(
        number=1, worker="w", started_at=timezone.now(), log_head="hello\n", log_bytes=6
    )
    scene.apply()

    html = client_of(scene.member).get(scene.first.submission.get_absolute_url()).content.decode()

    assert "25.0 %" in html
    assert "hello" in html
    assert "Again, from the outputs" in html
    new = Run.objects.get(submission=scene.first.submission, counts=True)
    log = api_of(scene.member).get(f"/api/v1/runs/{new.pk}/log/").json()
    assert [entry["head"] for entry in log] == ["hello\n"]


def test_applied_during_the_freeze_leaves_spectators_what_was_frozen() -> None:
    scene = Scene(frozen=True)
    frozen = scene.board()
    before = list(Board.objects.filter(audience=Audience.SPECTATORS).values("version", "snapshot"))

    begun = scene.apply()

    assert frozen == [("ants", 1, 0.75), ("bees", 2, 0.25)] == scene.board()
    assert scene.board(Audience.JUDGES) == [("bees", 1, 0.75), ("ants", 2, 0.25)]
    after = list(Board.objects.filter(audience=Audience.SPECTATORS).values("version", "snapshot"))
    assert after == before
    body = APIClient().get(f"/api/v1/tracks/{scene.track.pk}/board/").json()
    assert [row["score"] for row in body["board"]["rows"]] == [0.75, 0.25]
    assert [entry["public_changes"] for entry in body["reevaluations"]] == [None]
    html = Client().get(scene.track.get_absolute_url()).content.decode()
    assert "is shown with the results" in html
    assert "→" not in html.partition("re-evaluations-title")[2].partition("</section>")[0]
    for person in (scene.member, scene.bees.people.get()):
        [decision] = decisions_for_person(person=person, track=scene.track, at=timezone.now())
        assert (decision.public, decision.private) == (None, None)
    assert begun.changes["public"]


def test_applied_during_the_freeze_leaves_a_team_the_score_it_had() -> None:
    scene = Scene(frozen=True)
    scene.apply()
    submission = scene.first.submission
    new = Run.objects.get(submission=submission, counts=True)
    api = api_of(scene.member)

    body = api.get(f"/api/v1/submissions/{submission.pk}/").json()["run"]
    [listed] = api.get(f"/api/v1/tracks/{scene.track.pk}/submissions/").json()["results"]
    html = client_of(scene.member).get(submission.get_absolute_url()).content.decode()

    assert (body["id"], body["score"], body["hidden"]) == (str(scene.first.pk), 0.75, None)
    assert listed["run"]["score"] == 0.75
    assert "75.0 %" in html
    assert "25.0 %" not in html
    hidden = api.get(f"/api/v1/runs/{new.pk}/").json()
    assert (hidden["hidden"], hidden["score"]) == ("frozen", None)
    assert api.get(f"/api/v1/runs/{new.pk}/results/").status_code == 403
    assert api_of(judge_of(scene.track)).get(f"/api/v1/runs/{new.pk}/").json()["score"] == 0.25


def test_evaluated_before_the_freeze_and_applied_after_it_is_hidden_too() -> None:
    scene = Scene()
    begun = scene.begin()
    freeze_now(scene)

    apply_reevaluation(reevaluation=begun, person=scene.organizer)
    refresh_board(track_id=scene.track.pk)

    new = Run.objects.get(submission=scene.first.submission, counts=True)
    assert new.ended_at is not None
    assert new.ended_at < scene.track.hackathon.scoreboard_freezes_at
    body = api_of(scene.member).get(f"/api/v1/runs/{new.pk}/").json()
    assert (body["hidden"], body["score"]) == ("frozen", None)
    assert scene.board() == [("ants", 1, 0.75), ("bees", 2, 0.25)]


def freeze_now(scene: Scene) -> None:
    """From this moment on."""
    Hackathon.objects.filter(pk=scene.track.hackathon_id).update(
        scoreboard_freezes_at=timezone.now()
    )
    scene.track = Track.objects.select_related("hackathon").get(pk=scene.track.pk)


def test_the_results_bring_what_the_freeze_hid() -> None:
    scene = Scene(frozen=True)
    scene.apply()
    publish(scene.track)

    assert [row[0] for row in scene.board()] == ["ants", "bees"]  # now by the private tasks
    body = APIClient().get(f"/api/v1/tracks/{scene.track.pk}/board/").json()
    assert [row["public_score"] for row in body["board"]["rows"]] == [0.25, 0.75]
    [told] = body["reevaluations"]
    assert [moved["team"] for moved in told["public_changes"]] == ["bees", "ants"]
    assert told["private_changes"] == []
    new = Run.objects.get(submission=scene.first.submission, counts=True)
    assert api_of(scene.member).get(f"/api/v1/runs/{new.pk}/").json()["score"] == 0.25


def publish(track: Track) -> None:
    now = timezone.now()
    Hackathon.objects.filter(pk=track.hackathon_id).update(
        submissions_close_at=now - timedelta(seconds=1), results_published_at=now
    )
    track.refresh_from_db()


def test_applied_before_the_freeze_is_what_is_frozen() -> None:
    scene = Scene()
    scene.apply()
    freeze_now(scene)
    refresh_board(track_id=scene.track.pk)

    assert scene.board() == [("bees", 1, 0.75), ("ants", 2, 0.25)]
    [told] = decisions_for_person(person=scene.member, track=scene.track, at=timezone.now())
    assert told.public is not None
    assert [moved.team for moved in told.public] == ["bees", "ants"]


def test_socket_of_a_frozen_board_tells_nothing_new() -> None:
    scene = Scene(frozen=True)
    scene.apply()
    connection.close()

    said = heard(f"/ws/board/{scene.track.pk}/?since=0", scene.member)

    rows = said["board"]["rows"]
    assert [(row["team"], row["score"]) for row in rows] == [("ants", 0.75), ("bees", 0.25)]


def heard(path: str, person: User) -> dict[str, Any]:
    async def listen() -> dict[str, Any]:
        socket = Socket(URLRouter(websocket_urlpatterns), path, person)
        await socket.connect()
        first: dict[str, Any] = json.loads(json.dumps(await socket.hear()))
        await socket.leave()
        await sync_to_async(connections.close_all)()
        return first

    return asyncio.run(listen())


def test_api_begins_applies_and_refuses() -> None:
    scene = Scene()
    address = f"/api/v1/tracks/{scene.track.pk}/reevaluations/"
    wanted = {"kind": "rescore", "suite_version": str(next_version(scene.track, NEW).pk)}
    organizer, judge = api_of(scene.organizer), api_of(judge_of(scene.track))

    for other in (api_of(None), api_of(scene.member), judge):
        refused = other.post(address, {**wanted, "reason": REASON})
        assert refused.status_code in {401, 403}
    assert organizer.post(address, {**wanted, "reason": ""}).status_code == 400
    begun = organizer.post(address, {**wanted, "reason": REASON})
    assert (begun.status_code, begun.json()["progress"]["ended"]) == (201, 0)
    again = organizer.post(address, {**wanted, "reason": REASON})
    assert (again.status_code, "is open" in again.json()["detail"]) == (400, True)
    assert again.json()["code"] == "cannot_reevaluate"
    one = f"/api/v1/reevaluations/{begun.json()['id']}/"
    early = organizer.post(f"{one}apply/")
    assert (early.status_code, early.json()["code"]) == (409, "not_ready")
    work_off()
    for verb in ("apply", "discard"):
        assert judge.post(f"{one}{verb}/").status_code == 403
        assert api_of(scene.member).post(f"{one}{verb}/").status_code == 404
    done = organizer.post(f"{one}apply/")
    assert (done.status_code, done.json()["state"]) == (200, "applied")
    late = organizer.post(f"{one}discard/")
    assert (late.status_code, late.json()["code"]) == (409, "was_decided")
    assert used_by(Reevaluation.objects.get()).tokens == 0
