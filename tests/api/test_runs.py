"""How much of a run the API shows to whom."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from evaluation.models import Run
from hackathons.enums import RoleKind
from tests.factories import (
    AttemptFactory,
    HackathonFactory,
    RoleFactory,
    RunFactory,
    SubmissionFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
Bearer = Callable[[User], APIClient]


def run_in(**hackathon: bool) -> Run:
    track = TrackFactory(hackathon=HackathonFactory(**hackathon))
    return RunFactory(submission=SubmissionFactory(track=track), state="scored", results=True)


def member_of(run: Run) -> User:
    return run.submission.team.people.get()


def judge_of(run: Run) -> User:
    return RoleFactory(hackathon=run.submission.team.hackathon, kind=RoleKind.JUDGE).person


def read(client: APIClient, run: Run, part: str = "") -> Any:
    return client.get(f"/api/v1/runs/{run.pk}/{part}")


@pytest.mark.parametrize("part", ["", "results/", "log/"])
def test_run_does_not_exist_for_others(api: APIClient, api_of: Bearer, part: str) -> None:
    run = run_in(hacking=True)
    assert read(api, run, part).status_code == 404
    assert read(api_of(UserFactory()), run, part).status_code == 404
    assert read(api_of(judge_of(run_in(hacking=True))), run, part).status_code == 404


def test_run_shows_its_team_the_public_part(api_of: Bearer) -> None:
    run = run_in(hacking=True)

    body = read(api_of(member_of(run)), run).json()

    assert (body["score"], body["stderr"], body["hidden"]) == (0.5, 0.1, None)
    assert (body["done"], body["total"], body["private"]) == (2, 2, "done")
    assert (body["private_score"], body["verdicts"]) == (None, {"correct": 2})
    assert body["tokens"] == 1000
    assert "private_done" not in body


def test_run_tells_its_team_the_score_by_tag_of_public_tasks(api_of: Bearer) -> None:
    for published in (False, True):
        run = run_in(published=published)

        body = read(api_of(member_of(run)), run).json()

        assert body["tags"] == [
            {"tag": "arithmetic", "split": "public", "score": 1.0, "stderr": 0.0, "n": 2}
        ]


def test_run_tells_judges_the_score_by_tag_of_private_tasks_too(api_of: Bearer) -> None:
    run = run_in(frozen=True)

    body = read(api_of(judge_of(run)), run).json()

    told = [(tag["tag"], tag["split"], tag["stderr"], tag["n"]) for tag in body["tags"]]
    assert told == [("arithmetic", "public", 0.0, 2), ("arithmetic", "private", None, 1)]


def test_run_that_is_the_best_of_several_tells_what_it_may_owe_to_luck(api_of: Bearer) -> None:
    run = run_in(hacking=True)
    client = api_of(member_of(run))
    assert read(client, run).json()["best_of"] == {"attempts": 1, "luck": 0.0}

    other = SubmissionFactory(team=run.submission.team, track=run.submission.track)
    worse = RunFactory(submission=other, state="scored", public_score=0.25)

    told = read(client, run).json()["best_of"]
    assert (told["attempts"], round(told["luck"], 4)) == (2, 0.0564)
    assert read(client, worse).json()["best_of"] is None


def test_run_that_goes_on_shows_its_team_nothing_of_the_private_part(api_of: Bearer) -> None:
    run = RunFactory(state="running", public_done=2, private_done=0, prompt_tokens=77)

    body = read(api_of(member_of(run)), run).json()

    assert (body["private"], body["tokens"], body["calls"]) == ("running", None, None)
    assert (body["tags"], body["best_of"]) == (None, None)


@pytest.mark.parametrize("part", ["", "results/"])
def test_freeze_hides_score_and_verdicts(api_of: Bearer, part: str) -> None:
    run = run_in(frozen=True)

    answer = read(api_of(member_of(run)), run, part)

    if part:
        assert (answer.status_code, answer.json()["code"]) == (403, "frozen")
        return
    body = answer.json()
    assert (body["hidden"], body["state"], body["done"]) == ("frozen", "scored", 2)
    hidden = ("score", "stderr", "private_score", "verdicts", "tokens", "tags", "best_of")
    assert {body[name] for name in hidden} == {None}


def test_freeze_hides_in_lists_and_submissions_too(api_of: Bearer) -> None:
    run = run_in(frozen=True)
    client = api_of(member_of(run))

    one = client.get(f"/api/v1/submissions/{run.submission_id}/").json()
    many = client.get(f"/api/v1/tracks/{run.submission.track_id}/submissions/").json()

    for seen in (one, many["results"][0]):
        assert (seen["run"]["hidden"], seen["run"]["score"]) == ("frozen", None)


def test_freeze_hides_nothing_from_judges(api_of: Bearer) -> None:
    run = run_in(frozen=True)
    client = api_of(judge_of(run))

    body, results = read(client, run).json(), read(client, run, "results/").json()

    assert (body["score"], body["private_score"], body["hidden"]) == (0.5, 0.5, None)
    assert [one["split"] for one in results["results"]] == ["public", "public", "private"]


def test_results_published_show_the_team_the_private_score_only(api_of: Bearer) -> None:
    run = run_in(published=True)
    client = api_of(member_of(run))

    assert read(client, run).json()["private_score"] == 0.5
    assert {one["split"] for one in read(client, run, "results/").json()["results"]} == {"public"}


def test_results_can_be_filtered_and_paged(api_of: Bearer) -> None:
    run = run_in(hacking=True)
    client = api_of(member_of(run))

    counts = [
        read(client, run, f"results/?{query}").json()["count"]
        for query in ("verdict=correct", "verdict=wrong", "tag=arithmetic", "tag=none", "tag=%00")
    ]
    page = read(client, run, "results/?limit=1&offset=1").json()

    assert counts == [2, 0, 2, 0, 0]
    assert (page["count"], [one["task"] for one in page["results"]]) == (2, ["public-2"])


def test_log_is_of_every_attempt(api_of: Bearer) -> None:
    run = run_in(frozen=True)
    AttemptFactory(run=run, number=1, log_head="first\n", log_bytes=6)

    body = read(api_of(member_of(run)), run, "log/").json()

    assert [(one["attempt"], one["head"], one["bytes"]) for one in body] == [(1, "first\n", 6)]


def test_schema_is_served_and_complete(api: APIClient) -> None:
    answer = api.get("/api/schema/")
    assert answer.status_code == 200
    for path in ("/api/v1/auth/token/", "/api/v1/runs/{id}/results/", "/api/v1/tracks/{id}/"):
        assert f"  {path}:" in answer.content.decode()


def test_run_tells_what_served_it(api_of: Bearer) -> None:
    run = run_in(hacking=True)
    client = api_of(member_of(run))
    assert read(client, run).json()["served"] is None

    AttemptFactory(run=run, number=1, served={"server": "llama.cpp"})
    AttemptFactory(run=run, number=2)

    assert read(client, run).json()["served"] == {"server": "llama.cpp"}


def test_team_cancels_its_run_and_queues_it_again(api_of: Bearer) -> None:
    run = RunFactory(state="queued")
    client = api_of(member_of(run))

    cancelled = client.post(f"/api/v1/runs/{run.pk}/cancel/")
    late = client.post(f"/api/v1/runs/{run.pk}/cancel/")
    again = client.post(f"/api/v1/runs/{run.pk}/again/")
    twice = client.post(f"/api/v1/runs/{run.pk}/again/")

    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert (late.status_code, late.json()["code"]) == (409, "has_ended")
    assert (again.status_code, again.json()["state"]) == (201, "queued")
    assert again.json()["id"] != str(run.pk)
    assert (twice.status_code, twice.json()["code"]) == (409, "not_ended")


@pytest.mark.parametrize("verb", ["cancel", "again"])
def test_run_is_not_for_others_to_cancel(api: APIClient, api_of: Bearer, verb: str) -> None:
    run = RunFactory(state="queued" if verb == "cancel" else "cancelled")
    where = f"/api/v1/runs/{run.pk}/{verb}/"

    assert api.post(where).status_code == 401
    assert api_of(UserFactory()).post(where).status_code == 404
    refused = api_of(judge_of(run)).post(where)

    assert (refused.status_code, refused.json()["code"]) == (403, "may_not")
    assert list(Run.objects.values_list("state", flat=True)) == [run.state]


def test_run_that_waits_says_where(api_of: Bearer) -> None:
    run = RunFactory(state="queued")

    body = read(api_of(member_of(run)), run).json()

    assert body["queue"] == {
        "position": 1,
        "expected_start_at": None,
        "at_most": False,
        "reason": "No worker for cpu is running.",
    }


def test_run_that_goes_waits_nowhere(api_of: Bearer) -> None:
    run = RunFactory(state="running")
    assert read(api_of(member_of(run)), run).json()["queue"] is None
