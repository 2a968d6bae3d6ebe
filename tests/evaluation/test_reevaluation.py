"""Evaluated anew in the shadow of what counts, then applied or discarded as a whole."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django import forms
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.db.models import Sum
from django.utils import timezone

from corral.scorers.assisted import Help
from corral.verdicts import Verdict
from evaluation.domain.cancel import cancel_run
from evaluation.domain.claim import claim_run
from evaluation.domain.endings import end_cancelled
from evaluation.domain.enqueue import enqueue_run, run_again
from evaluation.domain.execute import execute
from evaluation.domain.record import Spent, begin_running, record_results
from evaluation.domain.reevaluate import (
    apply_reevaluation,
    discard_reevaluation,
    retry_failed,
    start_reevaluation,
)
from evaluation.domain.rescore import judge_again
from evaluation.domain.shadow import progress_of
from evaluation.domain.sweep import sweep
from evaluation.domain.worker import this_sandbox
from evaluation.enums import ReevaluationKind, ReevaluationState, RunState
from evaluation.errors import (
    CannotReevaluate,
    HasEnded,
    MayNot,
    NotEnded,
    NotReady,
    WasDecided,
)
from evaluation.models import Line, Reevaluation, Run, Share, TaskResult
from hackathons.admin_forms import TrackForm
from hackathons.enums import RoleKind
from hackathons.models import BudgetAccount, Track
from tests.evaluation.projects import PROMPT, submitted, submitted_program
from tests.evaluation.shadows import (
    NO_SANDBOX,
    REASON,
    answered,
    next_version,
    organizer_of,
    started,
    tasks_of,
    track_with,
    work_off,
)
from tests.factories import (
    HackathonFactory,
    RoleFactory,
    RunFactory,
    SubmissionFactory,
    SuiteFactory,
    SuiteVersionFactory,
    TaskResultFactory,
    UserFactory,
)
from tests.processes import celery_worker, kill_group, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
OLD = {"a": "A", "b": "B", "p": "P"}
NEW = {"a": "A", "b": "BB", "p": "P"}


def applied(reevaluation: Reevaluation, **more: Any) -> Reevaluation:
    """Applied by an organizer, with no word of ranks, which are another app's."""
    person = organizer_of(reevaluation.track)
    apply_reevaluation(
        reevaluation=reevaluation, person=person, summarise=lambda _: {"public": []}, **more
    )
    return reevaluation


def counting(run: Run) -> Run:
    """What counts of the run's submission."""
    return Run.objects.get(submission=run.submission_id, counts=True)


def test_rescore_judges_recorded_outputs_without_a_sandbox_or_a_token() -> None:
    track = track_with(OLD)
    old = answered(track, {"a": "A", "b": "BB", "p": "no"}, sandbox_seconds=7.0)
    reevaluation = started(track, next_version(track, NEW))

    assert work_off(NO_SANDBOX) == 1

    new = Run.objects.get(reevaluation=reevaluation)
    assert (new.state, new.public_score, new.private_score) == (RunState.SCORED, 1.0, 0.0)
    assert (new.counts, new.replaces, new.source) == (False, old, old)
    assert (new.tokens, new.calls, new.sandbox_seconds) == (old.tokens, old.calls, 7.0)
    assert (new.policy, new.reached_at) == (old.policy, old.ended_at)
    assert old.results.get(task__key="b").verdict == Verdict.WRONG
    assert new.results.get(task__key="b").verdict == Verdict.CORRECT
    assert [r.latency_ms for r in new.results.all()] == [r.latency_ms for r in old.results.all()]
    assert not BudgetAccount.objects.exists()
    assert Share.objects.aggregate(sum=Sum("recent_seconds"))["sum"] == 0.0
    assert counting(old) == old


def test_rescore_keeps_the_verdicts_of_what_was_not_answered() -> None:
    track = track_with(OLD)
    answered(track, OLD)
    late = RunFactory(submission=SubmissionFactory(track=track), state=RunState.SCORED)
    for task in track.suite_version.tasks.all():
        TaskResultFactory(
            run=late, task=task, output="", verdict=Verdict.TIMEOUT, latency_ms=None, score=0.0
        )
    started(track, next_version(track, {**NEW, "b": "B"}))

    work_off()

    new = Run.objects.get(replaces=late)
    assert {result.verdict for result in new.results.all()} == {Verdict.TIMEOUT}
    assert (new.state, new.public_score) == (RunState.SCORED, 0.0)


@pytest.mark.parametrize(
    ("target", "verdict"), [("B", Verdict.CORRECT), ("something else", Verdict.WRONG)]
)
def test_rescore_of_a_cut_output_keeps_its_verdict_while_the_task_asks_the_same(
    target: str, verdict: Verdict
) -> None:
    track = track_with(OLD)
    run = RunFactory(submission=SubmissionFactory(track=track), state=RunState.SCORED)
    task = track.suite_version.tasks.get(key="b")
    cut = TaskResultFactory(run=run, task=task, output="x" * 70_000, cut=True)
    other = next_version(track, {**OLD, "b": target, "a": "changed"}).tasks.get(key="b")

    judged = async_to_sync(judge_again)(other, cut, Help())

    assert (judged.verdict, judged.cut) == (verdict, True)
    assert ("32 KiB" in judged.explanation) == (verdict is Verdict.WRONG)


def test_rescore_is_refused_where_outputs_are_lacking_naming_all_tasks() -> None:
    track = track_with(OLD)
    answered(track, OLD)
    asked_otherwise = SuiteVersionFactory(
        suite=track.suite_version.suite, published=False, tasks=[]
    )
    for position, task in enumerate(tasks_of({**NEW, "c": "C", "d": "D"})):
        asked = {"input": "Another question."} if task.key == "a" else dict(task.input)
        asked_otherwise.tasks.create(
            position=position,
            key=task.key,
            input=asked,
            target=task.target,
            scorer="exact",
            split=task.split,
        )
    asked_otherwise.published_at = timezone.now()
    asked_otherwise.save()

    with pytest.raises(CannotReevaluate, match="for a, c, d, which"):
        started(track, asked_otherwise)

    started(track, asked_otherwise, kind=ReevaluationKind.RERUN)
    assert Run.objects.filter(counts=False).count() == 1


def test_start_is_refused_to_others_and_without_a_reason_and_twice() -> None:
    track = track_with(OLD)
    version, organizer = next_version(track, NEW), organizer_of(track)
    judge = RoleFactory(hackathon=track.hackathon, kind=RoleKind.JUDGE).person
    foreign = SuiteVersionFactory(suite=SuiteFactory(owner=UserFactory()))
    draft = SuiteVersionFactory(published=False)

    def start(person: Any, what: Any, reason: str) -> Reevaluation:
        return start_reevaluation(
            track=track, version=what, kind=ReevaluationKind.RERUN, reason=reason, person=person
        )

    with pytest.raises(MayNot):
        start(judge, version, REASON)
    for what, reason in ((version, " \0\n"), (version, "x" * 501), (foreign, "y"), (draft, "y")):
        with pytest.raises(CannotReevaluate):
            start(organizer, what, reason)
    start(organizer, version, REASON)
    with pytest.raises(CannotReevaluate, match="is open"):
        start(organizer, version, REASON)


def test_rerun_evaluates_anew_after_all_that_counts_and_charges_nobody() -> None:
    echo = (
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    task = json.loads(line)\n"
        "    print(json.dumps({'id': task['id'], 'output': task['input']['input']}), flush=True)\n"
    )
    submission = submitted_program(echo, tasks=2)
    old = RunFactory(submission=submission, state=RunState.SCORED)
    track = submission.track
    Track.objects.filter(pk=track.pk).update(token_budget=777)
    track.refresh_from_db()
    reevaluation = started(track, track.suite_version, kind=ReevaluationKind.RERUN)
    live = RunFactory(submission__track=track, submission__model=submission.model)

    first = claim_run(worker="test:1")
    assert first is not None
    assert first.run_id == live.pk
    end_cancelled(run_id=live.pk, attempt=1, reason="Enough.", charged=False)
    shadow = claim_run(worker="test:1")
    assert shadow is not None
    running = dict(Share.objects.values_list("team", "running"))
    assert (running.pop(None), set(running.values())) == (1, {0})
    execute(shadow, sandbox=this_sandbox(), degraded=False)

    new = Run.objects.get(reevaluation=reevaluation)
    assert (new.state, new.public_score) == (RunState.SCORED, 1.0)
    assert (new.policy["token_budget"], new.line.background) == (777, True)
    assert new.sandbox_seconds > 0
    shares = Share.objects.values_list("running", "recent_seconds")
    assert set(shares) == {(0, 0.0)}
    assert not BudgetAccount.objects.exists()
    assert counting(old) == old


def test_rerun_is_held_to_no_budget_but_its_own() -> None:
    files = {"corral.toml": PROMPT, "prompt.txt": "{input}"}
    submission = submitted(files, tasks=3)
    event = submission.track.hackathon
    event.team_call_budget = event.event_call_budget = 1
    event.save()
    RunFactory(submission=submission, state=RunState.SCORED)
    version = submission.track.suite_version
    reevaluation = started(submission.track, version, kind=ReevaluationKind.RERUN)

    work_off(this_sandbox())

    new = reevaluation.runs.get()
    assert (new.state, new.calls) == (RunState.SCORED, 3)
    assert new.attempts.get().drawn_calls == 3
    assert not BudgetAccount.objects.exists()


def test_only_what_has_a_result_is_evaluated_anew() -> None:
    track = track_with(OLD)
    runs = {
        state: RunFactory(submission__track=track, state=state)
        for state in (RunState.FAILED, RunState.ERRORED, RunState.CANCELLED, RunState.QUEUED)
    }
    runs[RunState.SCORED] = answered(track, OLD)

    rescored = started(track, track.suite_version)
    assert [run.replaces for run in rescored.runs.all()] == [runs[RunState.SCORED]]
    discard_reevaluation(reevaluation=rescored, person=organizer_of(track))

    rerun = started(track, track.suite_version, kind=ReevaluationKind.RERUN)
    states = {run.replaces.state for run in rerun.runs.all() if run.replaces}
    assert states == {RunState.SCORED, RunState.FAILED, RunState.ERRORED}


def test_apply_changes_everything_at_once() -> None:
    track = track_with(OLD)
    runs = [answered(track, {"a": "A", "b": "BB", "p": "P"}) for _ in range(3)]
    version = next_version(track, NEW)
    reevaluation = started(track, version)
    work_off()

    applied(reevaluation)

    track.refresh_from_db()
    assert track.suite_version == version
    assert reevaluation.state == ReevaluationState.APPLIED
    assert (reevaluation.previous_version, reevaluation.changes) == (
        runs[0].suite_version,
        {"public": []},
    )
    for old in runs:
        new = counting(old)
        old.refresh_from_db()
        assert (new.reevaluation, new.replaces, new.public_score) == (reevaluation, old, 1.0)
        assert (old.counts, old.counts_until) == (False, reevaluation.decided_at)
        assert new.counts_since == reevaluation.decided_at
        assert not new.is_shadow


def test_apply_waits_for_every_submission() -> None:
    track = track_with(OLD)
    answered(track, OLD)
    reevaluation = started(track, next_version(track, NEW))

    with pytest.raises(NotReady, match="0 of 1 submissions"):
        applied(reevaluation)

    work_off()
    late = answered(track, OLD)  # it arrived and was scored in the meantime
    with pytest.raises(NotReady, match="1 of 2 submissions"):
        applied(reevaluation)
    sweep()
    work_off()
    applied(reevaluation)

    assert counting(late).reevaluation == reevaluation


def test_apply_begins_anew_what_is_evaluated_against_the_version_of_before() -> None:
    track = track_with(OLD)
    answered(track, OLD)
    version = next_version(track, NEW)
    reevaluation = started(track, version)
    work_off()
    waiting, going = (enqueue_run(submission_id=SubmissionFactory(track=track).pk) for _ in "ab")
    claim = claim_run(worker="test:1")
    assert claim is not None

    applied(reevaluation)

    for run in (waiting, going):
        run.refresh_from_db()
        new = counting(run)
        assert (run.state, run.counts) == (RunState.CANCELLED, False)
        assert (new.state, new.suite_version, new.reevaluation) == (RunState.QUEUED, version, None)
        assert "new version" in new.reason


def test_sweep_begins_anew_what_was_queued_in_the_moment_of_applying() -> None:
    track = track_with(OLD)
    version = next_version(track, NEW)
    missed = RunFactory(submission__track=track, suite_version=track.suite_version)
    scored = answered(track, OLD)
    reevaluation = started(track, version)
    work_off()
    missed.refresh_from_db()
    # As if both had come between the last look and the commit.
    Reevaluation.objects.filter(pk=reevaluation.pk).update(
        state=ReevaluationState.APPLIED, decided_at=timezone.now()
    )
    Track.objects.filter(pk=track.pk).update(suite_version=version)

    sweep()

    assert counting(scored).suite_version == version
    assert counting(missed).suite_version == version
    before = Run.objects.count()
    sweep()
    assert Run.objects.count() == before


def test_discard_stops_what_goes_on_and_changes_nothing_else() -> None:
    track = track_with(OLD)
    runs = [answered(track, OLD) for _ in range(2)]
    reevaluation = started(track, next_version(track, NEW))
    claim = claim_run(worker="test:1")
    assert claim is not None

    discard_reevaluation(reevaluation=reevaluation, person=organizer_of(track))

    assert {run.state for run in reevaluation.runs.all()} == {RunState.CANCELLED}
    assert [counting(run) for run in runs] == runs
    assert track.suite_version_id == Track.objects.get(pk=track.pk).suite_version_id
    assert [line.waiting + line.running for line in Line.objects.filter(background=True)] == [0, 0]
    assert sweep().waiting == 0
    with pytest.raises(WasDecided, match="discarded"):
        applied(reevaluation)


def test_sweep_stops_what_a_discard_that_was_cut_off_left() -> None:
    track = track_with(OLD)
    answered(track, OLD)
    reevaluation = started(track, next_version(track, NEW))
    Reevaluation.objects.filter(pk=reevaluation.pk).update(
        state=ReevaluationState.DISCARDED, decided_at=timezone.now() - timedelta(days=9)
    )

    sweep()

    assert reevaluation.runs.get().state == RunState.CANCELLED


def test_sweep_adds_what_a_request_had_no_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    track = track_with(OLD)
    for _ in range(3):
        answered(track, OLD)
    begun = Reevaluation.objects.create(
        track=track,
        suite_version=track.suite_version,
        previous_version=track.suite_version,
        kind=ReevaluationKind.RESCORE,
        reason=REASON,
    )
    assert progress_of(begun).missing == 3

    for _ in range(2):
        sweep()

    assert begun.runs.count() == 3
    assert (progress_of(begun).missing, progress_of(begun).ended) == (0, 0)


def test_sweep_goes_on_where_one_can_not_be_added_to(monkeypatch: pytest.MonkeyPatch) -> None:
    track = track_with(OLD)
    answered(track, OLD)
    started(track, track.suite_version)
    answered(track, OLD)

    def broken(submission: Any, *, background: bool) -> None:
        raise RuntimeError("no line")

    with monkeypatch.context() as patched:
        patched.setattr("evaluation.domain.shadow.line_of", broken)
        assert sweep().waiting == 1
    assert Run.objects.filter(counts=False).count() == 1
    sweep()
    assert Run.objects.filter(counts=False).count() == 2


def test_a_form_that_is_being_saved_does_not_undo_what_is_applied() -> None:
    track = track_with(OLD)
    answered(track, OLD)
    version = next_version(track, NEW)
    reevaluation = started(track, version)
    work_off()
    form = forms.modelform_factory(Track, form=TrackForm, fields=("name", "slug", "suite_version"))
    stale = {"name": "Renamed", "slug": track.slug, "suite_version": str(track.suite_version_id)}

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():  # as the admin does
            bound = form(stale, instance=Track.objects.get(pk=track.pk))
            assert bound.is_valid(), bound.errors
            applying = threads.submit(apply_and_leave, reevaluation)
            wait_for(lambda: waits_for_a_lock() or applying.done(), 20)
            assert not applying.done()
            bound.save()
        applying.result(20)

    track.refresh_from_db()
    assert (track.name, track.suite_version) == ("Renamed", version)
    late = form({**stale, "name": "Late"}, instance=track)
    assert "Re-evaluate…" in str(late.errors["suite_version"])


def waits_for_a_lock() -> bool:
    """Whether somebody else waits for what is ours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        found = cursor.fetchone()
    return bool(found and found[0])


def test_what_the_platform_failed_is_tried_again_or_left_out() -> None:
    track = track_with(OLD)
    unlucky, fine = answered(track, OLD), answered(track, OLD)
    reevaluation = started(track, next_version(track, NEW))
    organizer = organizer_of(track)
    cancel_run(run=Run.objects.get(replaces=unlucky), person=organizer)
    work_off()
    name = f"{unlucky.submission.team.name} #{unlucky.submission.number}"

    with pytest.raises(NotReady, match=name):
        applied(reevaluation)
    assert retry_failed(reevaluation=reevaluation, person=organizer) == 1
    assert retry_failed(reevaluation=reevaluation, person=organizer) == 0
    with pytest.raises(NotReady, match="1 of 2"):
        applied(reevaluation)
    last = Run.objects.get(replaces=unlucky, state=RunState.QUEUED)
    cancel_run(run=last, person=organizer)
    applied(reevaluation, without_failed=True)

    assert (counting(unlucky), counting(unlucky).public_score) == (last, None)
    assert counting(fine).public_score == 0.5


def test_a_team_can_not_cancel_what_it_can_not_see() -> None:
    track = track_with(OLD)
    old = answered(track, OLD)
    started(track, next_version(track, NEW))
    shadow = Run.objects.get(replaces=old)

    with pytest.raises(MayNot):
        cancel_run(run=shadow, person=old.submission.team.people.get())

    work_off()
    shadow.refresh_from_db()
    with pytest.raises(HasEnded):
        cancel_run(run=shadow, person=organizer_of(track))


def test_undoing_is_another_re_evaluation_back() -> None:
    track = track_with(OLD)
    old = answered(track, OLD)
    first = track.suite_version
    forth = started(track, next_version(track, NEW))
    work_off()
    applied(forth)
    track.refresh_from_db()
    assert counting(old).public_score == 0.5

    back = started(track, first)
    work_off()
    applied(back)

    again = counting(old)
    assert (again.public_score, again.source, again.reached_at) == (1.0, old, old.ended_at)
    assert again.replaces != old
    assert Track.objects.get(pk=track.pk).suite_version == first


def test_decided_ones_never_change_and_one_is_open_at_a_time() -> None:
    track = track_with(OLD)
    done = started(track, track.suite_version)
    discard_reevaluation(reevaluation=done, person=organizer_of(track))

    with pytest.raises(DatabaseError), transaction.atomic():
        Reevaluation.objects.filter(pk=done.pk).update(reason="Another.")
    with pytest.raises(DatabaseError), transaction.atomic():
        done.delete()

    started(track, track.suite_version)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reevaluation.objects.create(
            track=track,
            suite_version=track.suite_version,
            previous_version=track.suite_version,
            kind="rerun",
            reason="x",
        )


def at_once(reevaluation: Reevaluation, *verbs: Any) -> list[str]:
    """What comes of it when so many people decide at the same moment."""
    barrier = Barrier(len(verbs))

    def decide(verb: Any) -> str:
        try:
            barrier.wait(10)
            verb(Reevaluation.objects.get(pk=reevaluation.pk))
        except WasDecided:
            return "late"
        finally:
            connections.close_all()
        return "decided"

    with ThreadPoolExecutor(len(verbs)) as threads:
        return list(threads.map(decide, verbs))


def test_two_who_apply_or_discard_at_once_decide_once() -> None:
    for first, second in ((applied, applied), (applied, discarded)):
        track = track_with(OLD)
        olds = [answered(track, OLD) for _ in range(3)]
        reevaluation = started(track, next_version(track, NEW))
        work_off()

        outcomes = at_once(reevaluation, first, second)

        reevaluation.refresh_from_db()
        assert sorted(outcomes) == ["decided", "late"]
        new = reevaluation.state == ReevaluationState.APPLIED
        for old in olds:
            assert (counting(old) != old) == new


def discarded(reevaluation: Reevaluation) -> None:
    discard_reevaluation(reevaluation=reevaluation, person=organizer_of(reevaluation.track))


def test_submissions_that_arrive_while_it_is_applied_end_on_the_new_version() -> None:
    track = track_with(OLD)
    for _ in range(5):
        answered(track, OLD)
    version = next_version(track, NEW)
    reevaluation = started(track, version)
    work_off()
    arriving = [SubmissionFactory(track=track) for _ in range(12)]
    barrier = Barrier(2)

    def arrive() -> None:
        barrier.wait(10)
        for submission in arriving:
            enqueue_run(submission_id=submission.pk)
        connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        hurried = threads.submit(arrive)
        barrier.wait(10)
        applied(reevaluation)
        hurried.result(30)
    sweep()

    for submission in arriving:
        run = Run.objects.get(submission=submission, counts=True)
        assert (run.state, run.suite_version) == (RunState.QUEUED, version)


def test_run_again_in_the_moment_of_applying_leaves_one_that_counts() -> None:
    track = track_with(OLD)
    errored = RunFactory(submission__track=track, state=RunState.ERRORED)
    reevaluation = started(track, track.suite_version, kind=ReevaluationKind.RERUN)
    shadow = reevaluation.runs.get()
    Run.objects.filter(pk=shadow.pk).update(
        state=RunState.SCORED, ended_at=timezone.now(), public_score=1.0
    )
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            new = run_again(run=errored, reason="An organizer.")
            applying = threads.submit(apply_and_leave, reevaluation)
            wait_for(lambda: waits_for_a_lock() or applying.done(), 20)
            assert not applying.done()
        applying.result(20)

    assert counting(errored) == new
    with pytest.raises(NotEnded):
        run_again(run=errored, reason="Late.")


def apply_and_leave(reevaluation: Reevaluation) -> None:
    """In a thread of its own."""
    try:
        applied(reevaluation)
    finally:
        connections.close_all()


def test_an_attempt_that_lost_a_rescore_run_records_nothing_and_the_next_goes_on() -> None:
    track = track_with({f"t{n}": "x" for n in range(5)})
    answered(track, {f"t{n}": "x" for n in range(5)})
    started(track, next_version(track, {f"t{n}": "y" if n % 2 else "x" for n in range(5)}))
    lost = claim_run(worker="lost:1")
    assert lost is not None
    begin_running(lost, degraded=False)
    task = Run.objects.get(pk=lost.run_id).suite_version.tasks.get(key="t0")
    recorded = TaskResult.objects.select_related("task").get(task__key="t0")
    record_results(lost, [async_to_sync(judge_again)(task, recorded, Help())], Spent())
    Run.objects.filter(pk=lost.run_id).update(
        lease_expires_at=timezone.now() - timedelta(seconds=1)
    )

    assert sweep().expired == 1
    assert work_off() == 1
    execute(lost, sandbox=NO_SANDBOX, degraded=False)

    run = Run.objects.get(pk=lost.run_id)
    assert (run.state, run.public_done, run.public_score) == (RunState.SCORED, 5, 0.6)
    assert list(run.results.values_list("attempt", flat=True)) == [1, 2, 2, 2, 2]


@pytest.mark.timeout(180)
def test_worker_killed_in_the_middle_of_a_rescore_run_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    many = {f"t{n}": "x" for n in range(4000)}
    track = track_with(many)
    run = RunFactory(submission=SubmissionFactory(track=track), state=RunState.SCORED)
    TaskResult.objects.bulk_create(
        TaskResult(
            run=run,
            task=task,
            attempt=1,
            split=task.split,
            output="x",
            verdict=Verdict.CORRECT,
            score=1.0,
            latency_ms=1.0,
            recorded_at=timezone.now(),
        )
        for task in track.suite_version.tasks.all()
    )
    version = next_version(track, {key: "x" if n < 1000 else "y" for n, key in enumerate(many)})
    beat = ("-B", "-s", f"{tmp_path}/beat")
    with (
        celery_worker("platform", "platform", *beat, log=tmp_path / "platform"),
        celery_worker("first", "runs", log=tmp_path / "first") as first,
    ):
        shadow = started(track, version).runs.get()

        def fresh() -> Run:
            return Run.objects.get(pk=shadow.pk)

        wait_for(lambda: 0 < fresh().public_done < 4000, 60)
        kill_group(first)
        done = fresh().public_done
        with celery_worker("second", "runs", log=tmp_path / "second"):
            wait_for(lambda: fresh().ended, 90)

    ended = fresh()
    assert (ended.state, ended.public_done, ended.results.count()) == (RunState.SCORED, 4000, 4000)
    assert ended.public_score == pytest.approx(0.25)
    assert 0 < done < 4000
    assert ended.results.filter(attempt=1).count() == done
    assert ended.attempts.count() == 2


def test_a_hackathon_of_other_organizers_can_not_be_re_evaluated() -> None:
    track = track_with(OLD)
    other = RoleFactory(hackathon=HackathonFactory()).person
    reevaluation = started(track, track.suite_version)

    for verb in (discard_reevaluation, retry_failed):
        with pytest.raises(MayNot):
            verb(reevaluation=reevaluation, person=other)
    with pytest.raises(MayNot):
        apply_reevaluation(reevaluation=reevaluation, person=other, summarise=lambda _: {})
