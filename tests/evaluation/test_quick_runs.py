"""Real runs of a track with a quick score: what they ask first, and when the score is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.utils import timezone

from corral.sandbox.base import Sandbox
from corral.suites.base import Split, Task
from evaluation.domain.adaptive import mixed
from evaluation.domain.claim import claim_run
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.execute import execute
from evaluation.domain.queries import run_for_person
from evaluation.domain.quick import QuickScore, first_tasks, quick_score
from evaluation.domain.worker import this_sandbox
from evaluation.enums import RunState
from evaluation.models import Run
from evaluation.signals import run_progressed
from submissions.models import Submission
from tests.evaluation.projects import MANIFEST, _handed_in, another_submission, submitted_to

pytestmark = pytest.mark.django_db(transaction=True)
PUBLIC, FIRST = 16, 6
# Answers the add tasks alone, and says in its log which task it was given.
ADDS = """
import json, sys, time
for line in sys.stdin:
    task = json.loads(line)
    word = task["input"]["input"]
    print(task["id"], file=sys.stderr, flush=True)
    print(json.dumps({"id": task["id"], "output": word if word == "add" else "?"}), flush=True)
    time.sleep(0.1)
"""


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return this_sandbox()


@pytest.fixture
def submission() -> Submission:
    """To a track whose public tasks are "add" and, after all of those, "multiply"."""
    rows = [
        Task(f"t{i}", {"input": kind}, kind, "exact", split=Split.PUBLIC, tags=(kind,))
        for i, kind in enumerate(["add"] * 8 + ["multiply"] * 8)
    ]
    rows += [Task(f"p{i}", {"input": "add"}, "add", "exact", split=Split.PRIVATE) for i in range(2)]
    made = submitted_to(rows, {"corral.toml": MANIFEST, "main.py": ADDS})
    made.track.quick_tasks = FIRST
    made.track.save()
    return made


def evaluated(submission: Submission, sandbox: Sandbox) -> Run:
    enqueue_run(submission_id=submission.pk)
    claim = claim_run(worker="test")
    assert claim is not None
    execute(claim, sandbox=sandbox, degraded=False)
    return Run.objects.get(pk=claim.run_id)


def handed_in_next(submission: Submission, source: str) -> Submission:
    """Another one of the same team."""
    files = {"corral.toml": MANIFEST, "main.py": source}
    return _handed_in(files, submission.team, submission.track, submission.model)


def asked(run: Run) -> list[str]:
    """The keys of its public tasks in the order in which they were judged."""
    public = run.results.filter(split=Split.PUBLIC).order_by("pk")
    return list(public.values_list("task__key", flat=True))


@contextmanager
def watched() -> Iterator[list[tuple[str, int, QuickScore | None]]]:
    """State, public tasks done and quick score as the team sees them with each progress."""
    found: list[tuple[str, int, QuickScore | None]] = []

    def look(run_id: UUID, **_: object) -> None:
        member = Run.objects.get(pk=run_id).submission.team.people.get()
        seen = run_for_person(person=member, pk=run_id, at=timezone.now())
        assert seen is not None
        found.append((seen.run.state, seen.run.public_done, quick_score(seen)))

    run_progressed.connect(look)
    try:
        yield found
    finally:
        run_progressed.disconnect(look)


def test_two_teams_are_asked_the_same_first_tasks_first_in_the_same_mixed_order(
    submission: Submission, sandbox: Sandbox
) -> None:
    one = evaluated(submission, sandbox)
    other = evaluated(another_submission(submission, ADDS + "# another"), sandbox)

    public = sorted(one.suite_version.tasks.filter(split=Split.PUBLIC), key=mixed)
    first = first_tasks(one)
    expected = [task.key for task in public if task.pk in first]
    expected += [task.key for task in public if task.pk not in first]
    assert one.submission.team != other.submission.team
    assert asked(one) == asked(other) == expected
    assert one.attempts.get().log_head.split() == expected  # as the project was given them
    assert len(first) == FIRST


def test_quick_score_is_there_while_the_run_goes_on_and_foretells_its_score(
    submission: Submission, sandbox: Sandbox
) -> None:
    with watched() as found:
        run = evaluated(submission, sandbox)

    early = [score for state, done, score in found if done < FIRST]
    soon = [score for state, done, score in found if FIRST <= done < PUBLIC]
    assert {state for state, _, _ in found} == {RunState.RUNNING}
    assert early
    assert all(score and score.score is None for score in early)
    assert soon
    assert all(score and score.score == 0.5 for score in soon)
    assert (run.state, run.public_score) == (RunState.SCORED, 0.5)


def test_track_without_the_option_asks_in_the_order_of_the_suite(
    submission: Submission, sandbox: Sandbox
) -> None:
    submission.track.quick_tasks = None
    submission.track.save()

    with watched() as found:
        run = evaluated(submission, sandbox)

    assert asked(run) == [f"t{i}" for i in range(PUBLIC)]
    assert {score for _, _, score in found} == {None}


def test_early_stop_counts_from_the_first_tasks_on(
    submission: Submission, sandbox: Sandbox
) -> None:
    submission.track.stops_early = True
    submission.track.save()
    solves_all = ADDS.replace('word if word == "add" else "?"', "word")
    best = evaluated(handed_in_next(submission, solves_all), sandbox)
    worse = evaluated(handed_in_next(submission, ADDS.replace('"add"', '"nothing"')), sandbox)

    assert best.public_score == 1.0
    assert worse.state == RunState.CANCELLED
    assert asked(worse) == asked(best)[:8]  # eight losses in a row settle it
