"""The pages of submissions and runs: allowed, forbidden, invisible, frozen."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.meanings import Meaning
from corral.verdicts import Verdict
from evaluation.models import Attempt, Run, RunEvent
from hackathons.enums import RoleKind
from tests.factories import (
    AttemptFactory,
    HackathonFactory,
    RoleFactory,
    RunFactory,
    SubmissionFactory,
    SuiteVersionFactory,
    TaskResultFactory,
    TeamFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
PARTS = ["submission", "status", "results", "row"]


def scored(**hackathon: bool) -> Run:
    track = TrackFactory(hackathon=HackathonFactory(**hackathon))
    return RunFactory(submission=SubmissionFactory(track=track), state="scored", results=True)


def member_of(run: Run) -> User:
    return run.submission.team.people.get()


def judge_of(run: Run) -> User:
    return RoleFactory(hackathon=run.submission.team.hackathon, kind=RoleKind.JUDGE).person


def page_of(run: Run, part: str = "submission") -> str:
    return reverse(f"evaluation:{part}", args=[run.submission_id])


def list_of(run: Run) -> str:
    track = run.submission.track
    return reverse("evaluation:submissions", args=[track.hackathon.slug, track.slug])


def seen_by(person: User, address: str) -> str:
    client = Client()
    client.force_login(person)
    page = client.get(address)
    assert page.status_code == 200
    return page.text


@pytest.mark.parametrize("part", PARTS)
def test_page_does_not_exist_for_others(client: Client, part: str) -> None:
    run = scored(hacking=True)
    assert client.get(page_of(run, part)).status_code == 404
    for stranger in (UserFactory(), member_of(scored(hacking=True)), judge_of(scored())):
        client.force_login(stranger)
        assert client.get(page_of(run, part)).status_code == 404


def test_page_shows_a_team_its_public_tasks_only() -> None:
    run = scored(hacking=True)

    page = seen_by(member_of(run), page_of(run))

    assert "50.0 %" in page
    assert "± 10.0 %" in page
    assert "public-1" in page
    assert "What is 1 plus 1?" in page
    assert "The answer equals the target." in page
    assert "private-1" not in page
    assert run.policy_digest in page
    assert run.submission.model.weights_sha256 in page


def test_page_shows_judges_the_private_tasks_and_their_score() -> None:
    run = scored(frozen=True)
    page = seen_by(judge_of(run), page_of(run))
    assert "private-1" in page
    assert page.count("50.0 %") == 2


def test_page_shows_the_score_by_tag_of_the_tasks_that_one_may_read() -> None:
    run = scored(published=True)

    own, judges = (seen_by(person(run), page_of(run)) for person in (member_of, judge_of))

    assert own.count('<th scope="row">arithmetic</th>') == 1
    assert judges.count('<th scope="row">arithmetic</th>') == 2
    assert f'title="{Meaning.TAG}"' in own
    assert own.count(Meaning.TAG) == 2


def test_page_of_the_best_of_several_says_what_it_may_owe_to_luck() -> None:
    run = scored(hacking=True)
    assert "scored submissions" not in seen_by(member_of(run), page_of(run))
    other = SubmissionFactory(team=run.submission.team, track=run.submission.track)
    worse = RunFactory(submission=other, state="scored", public_score=0.25)

    for page in (page_of(run), page_of(run, "status"), list_of(run)):
        html = seen_by(member_of(run), page)
        assert "The best of 2 scored submissions" in html
        assert "5.6 points too much by luck alone" in html
        assert Meaning.FINAL in html
    assert "scored submissions" not in seen_by(member_of(run), page_of(worse))
    assert "scored submissions" not in seen_by(judge_of(run), list_of(run))


def test_page_by_tag_and_best_of_ask_as_often_for_many_as_for_one() -> None:
    run = scored(hacking=True)
    client, counts = Client(), []
    client.force_login(member_of(run))
    for _ in range(2):
        for page in (page_of(run), list_of(run)):
            client.get(page)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            counts.append(len(queries))
        for score in (0.1, 0.2):
            other = SubmissionFactory(team=run.submission.team, track=run.submission.track)
            RunFactory(submission=other, state="scored", public_score=score, results=True)

    assert counts[:2] == counts[2:]


@pytest.mark.parametrize("part", PARTS)
def test_freeze_hides_score_and_verdicts(part: str) -> None:
    run = scored(frozen=True)

    page = seen_by(member_of(run), page_of(run, part))

    assert "50.0" not in page
    assert "Correct" not in page
    assert "public-1" not in page
    assert "arithmetic" not in page
    assert "scored submissions" not in page


def test_freeze_says_why_it_hides() -> None:
    run = scored(frozen=True)
    page = seen_by(member_of(run), page_of(run))
    assert "The scoreboard froze" in page
    assert "2</span> of 2" in page


def test_freeze_hides_the_score_in_the_list() -> None:
    run = scored(frozen=True)
    assert "50.0" not in seen_by(member_of(run), list_of(run))
    assert "50.0" in seen_by(judge_of(run), list_of(run))


def test_page_of_a_run_that_goes_on_can_be_kept_live() -> None:
    run = RunFactory(state="running", public_done=1, private_done=1)

    page = seen_by(member_of(run), page_of(run))

    assert f'data-run="{run.pk}"' in page
    assert 'value="1" max="2"' in page
    assert "(1 of 1)" not in page
    assert "(1 of 1)" in seen_by(judge_of(run), page_of(run))


def test_page_of_a_submission_without_a_run() -> None:
    submission = SubmissionFactory()
    address = reverse("evaluation:submission", args=[submission.pk])
    assert "about to be queued" in seen_by(submission.team.people.get(), address)


def test_page_of_a_failed_run_says_why() -> None:
    run = RunFactory(state="failed", reason="main.py was not found.")
    assert "main.py was not found." in seen_by(member_of(run), page_of(run))


@pytest.mark.parametrize(("state", "shown"), [("scored", True), ("running", False)])
def test_page_tells_of_thinking_once_the_run_has_ended(state: str, shown: bool) -> None:
    run = RunFactory(state=state, reasoning_tokens=123)
    assert ("123 thinking" in seen_by(member_of(run), page_of(run))) == shown


def test_page_says_which_rules_held_for_calls() -> None:
    track = TrackFactory(enforced_temperature=0.0, allows_tools=False)
    ruled = RunFactory(submission=SubmissionFactory(track=track))
    assert "temperature: always 0; tools: not allowed" in seen_by(member_of(ruled), page_of(ruled))

    free = RunFactory()
    assert "<dt>Calls</dt>" not in seen_by(member_of(free), page_of(free))


def test_page_says_which_packages_were_installed() -> None:
    run = RunFactory(state="running", attempt=1)
    assert "<dt>Packages</dt>" not in seen_by(member_of(run), page_of(run))

    installed = {"digest": "0", "packages": ["dep==2.0", "happy==1.0"]}
    Attempt.objects.create(run=run, number=1, started_at=timezone.now(), environment=installed)
    page = seen_by(member_of(run), page_of(run))
    assert "<dt>Packages</dt><dd>dep==2.0, happy==1.0</dd>" in page


def test_page_says_that_rlimits_stood_in() -> None:
    run = RunFactory(state="running", degraded=True)
    assert "This machine has no cgroups: rlimits stood in." in seen_by(member_of(run), page_of(run))


def test_page_shows_hostile_answers_harmlessly() -> None:
    run = RunFactory(state="running")
    output = "<script>alert(1)</script>\x1b[31m\u202eevil"
    TaskResultFactory(run=run, verdict=Verdict.WRONG.value, output=output, explanation=output)

    page = seen_by(member_of(run), page_of(run))

    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
    assert not {"\x1b", "\u202e"} & set(page)
    assert 'title="RIGHT-TO-LEFT OVERRIDE"' in page


def test_page_says_where_tokens_are_unattributed() -> None:
    run = RunFactory(state="running")
    TaskResultFactory(run=run, prompt_tokens=None, completion_tokens=None, latency_ms=None)
    assert "tokens unattributed" in seen_by(member_of(run), page_of(run))


def test_page_shows_the_log_without_escapes_and_offers_it_whole(client: Client) -> None:
    run = RunFactory(state="running")
    AttemptFactory(
        run=run, log_head="\x1b[1mstart\x1b[0m <b>\n", log_tail="end\n", log_bytes=999_999
    )
    client.force_login(member_of(run))

    page = client.get(page_of(run)).text
    log = client.get(reverse("evaluation:log", args=[run.submission_id, 1]))

    assert "start &lt;b&gt;" in page
    assert "bytes were not kept" in page
    assert log.content.startswith(b"\x1b[1mstart")
    assert log["Content-Type"] == "text/plain; charset=utf-8"
    assert log["Content-Disposition"] == 'attachment; filename="submission-1-attempt-1.log"'


def test_log_of_another_team_or_of_no_attempt_is_404(client: Client) -> None:
    run = RunFactory(state="running")
    AttemptFactory(run=run)
    client.force_login(member_of(run))
    assert client.get(reverse("evaluation:log", args=[run.submission_id, 2])).status_code == 404
    client.force_login(UserFactory())
    assert client.get(reverse("evaluation:log", args=[run.submission_id, 1])).status_code == 404


def test_page_tells_what_happened_and_names_workers_to_judges_only() -> None:
    run = RunFactory(state="running")
    RunEvent.objects.create(
        run=run, at=timezone.now(), attempt=1, state="queued", reason="To be tried again: lost."
    )
    AttemptFactory(run=run, worker="host-7")

    page = seen_by(member_of(run), page_of(run))

    assert "To be tried again: lost." in page
    assert "host-7" not in page
    assert "host-7" in seen_by(judge_of(run), page_of(run))


def test_results_are_filtered_by_verdict_and_tag() -> None:
    run = RunFactory(state="running", public_done=2)
    TaskResultFactory(run=run, verdict=Verdict.TIMEOUT.value)
    TaskResultFactory(run=run)
    member, address = member_of(run), page_of(run)

    late = seen_by(member, f"{address}?verdict=timeout&tag=arithmetic")
    nonsense = seen_by(member, f"{address}?verdict=x&tag=<b>&page=x")

    assert ('id="task-public-1"' in late, 'id="task-public-2"' in late) == (True, False)
    assert 'id="task-public-2"' in nonsense


def test_results_come_100_a_page_failing_first() -> None:
    version = SuiteVersionFactory(public=101, private=0)
    submission = SubmissionFactory(track=TrackFactory(suite_version=version))
    run = RunFactory(submission=submission, state="running", public_done=101)
    for task in version.tasks.all():
        last = task.key == "public-101"
        verdict = Verdict.CRASH if last else Verdict.CORRECT
        TaskResultFactory(run=run, task=task, verdict=verdict.value)
    member = member_of(run)

    first, second = (seen_by(member, f"{page_of(run)}?page={n}") for n in (1, 2))

    assert first.count('id="task-') == 100
    assert first.index('id="task-public-101"') < first.index('id="task-public-1"')
    assert (second.count('id="task-'), 'id="task-public-100"' in second) == (1, True)


def queries_of(person: User, address: str) -> int:
    """How many queries a page takes; the frame's own are among them."""
    client = Client()
    client.force_login(person)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_page_takes_as_many_queries_at_3_tasks_as_at_1() -> None:
    counts = []
    for tasks in (1, 3):
        version = SuiteVersionFactory(public=tasks, private=0)
        submission = SubmissionFactory(track=TrackFactory(suite_version=version))
        run = RunFactory(submission=submission, state="scored", results=True)
        for number in range(1, tasks + 1):
            AttemptFactory(run=run, number=number)
        counts.append(queries_of(member_of(run), page_of(run)))
    assert counts[0] == counts[1] < 21


def test_list_takes_as_many_queries_at_3_submissions_as_at_1() -> None:
    counts = []
    for submissions in (1, 3):
        track = TrackFactory()
        team = TeamFactory(hackathon=track.hackathon)
        for _ in range(submissions):
            run = RunFactory(submission=SubmissionFactory(track=track, team=team), state="scored")
        counts.append(queries_of(team.people.get(), list_of(run)))
    assert counts[0] == counts[1] < 21


def test_list_shows_a_team_its_own_with_a_button_for_the_final_one(client: Client) -> None:
    run = RunFactory()
    SubmissionFactory(track=run.submission.track, project_name="Not ours")

    page = seen_by(member_of(run), list_of(run))

    assert run.submission.project_name in page
    assert "Not ours" not in page
    assert reverse("submissions:final", args=[run.submission_id]) in page


def test_list_asks_strangers_to_log_in_and_shows_the_teamless_nothing(client: Client) -> None:
    run = scored(hacking=True)
    assert client.get(list_of(run)).status_code == 302
    page = seen_by(UserFactory(), list_of(run))
    assert "You are in no team" in page
    assert run.submission.project_name not in page
