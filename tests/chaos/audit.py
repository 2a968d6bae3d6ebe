"""What became of the runs: nothing lost, nothing doubled, every score as it is without faults."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from corral.suites.base import Split
from evaluation.domain.ledger import Broken, verify_ledger
from evaluation.enums import ENDED, RunState
from evaluation.models import Attempt, Run
from hackathons.models import BudgetAccount
from submissions.models import Submission
from tests.chaos.kinds import KINDS
from tests.chaos.stage import Stage, kind_of


@dataclass(frozen=True, slots=True)
class Result:
    """All of a run that must not depend on what went wrong meanwhile."""

    state: str
    public: float | None
    private: float | None
    tasks: tuple[tuple[str, str, float, str], ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """Sentences: what was lost, what was doubled, and which runs ended otherwise than they must."""

    ended: int
    lost: list[str]
    doubled: list[str]
    wrong: list[str]


def result_of(run: Run) -> Result:
    """Its state, its scores, and what it got for each task."""
    rows = run.results.values_list("task__key", "verdict", "score", "answer")
    return Result(run.state, run.public_score, run.private_score, tuple(sorted(rows)))


def runs_of(*teams: object) -> "list[Run]":
    """All runs of these teams, with what the audit needs of them."""
    found = Run.objects.filter(submission__team__in=teams).order_by("queued_at")
    return list(found.select_related("submission__track"))


def reference(stage: Stage) -> dict[str, Result]:
    """What each kind came to without faults.

    Raises:
        AssertionError: it is not what it was written to come to.
    """
    results = {kind_of(run): result_of(run) for run in runs_of(stage.reference)}
    for kind in KINDS:
        found = results[kind.name]
        state = RunState.SCORED if kind.starts else RunState.FAILED
        verdicts = {key: verdict for key, verdict, _, _ in found.tasks}
        assert (found.state, verdicts) == (state, kind.expected()), f"{kind.name}: {found}"
    return results


def audit(stage: Stage, accepted: Mapping[int, str], expected: Mapping[str, Result]) -> Audit:
    """Look at everything."""
    runs = runs_of(*stage.teams)
    return Audit(
        ended=sum(run.ended for run in runs),
        lost=[*_lost(accepted, runs)],
        doubled=[*_doubled(stage, runs)],
        wrong=[*_wrong(runs, expected)],
    )


def _lost(accepted: Mapping[int, str], runs: Iterable[Run]) -> Iterator[str]:
    found = {str(run.submission_id): run for run in runs}
    for number, submission in accepted.items():
        run = found.get(submission)
        if run is None:
            yield f"upload {number} was accepted as {submission}, which has no run"
        elif not run.ended:
            yield f"{name_of(run)} is still {run.state}: {run.reason}"


def _wrong(runs: Iterable[Run], expected: Mapping[str, Result]) -> Iterator[str]:
    for run in runs:
        found, wanted = result_of(run), expected[kind_of(run)]
        if run.ended and found != wanted:
            why = f" ({run.reason})" if run.reason else ""
            yield f"{name_of(run)} is {found}{why}, not {wanted}"


def _doubled(stage: Stage, runs: Iterable[Run]) -> Iterator[str]:
    yield from _twice_submitted(stage)
    for run in runs:
        for sentence in _doubled_in(run):
            yield f"{name_of(run)}: {sentence}"
    yield from _accounts(stage)


def _twice_submitted(stage: Stage) -> Iterator[str]:
    submissions = Submission.objects.filter(team__in=stage.teams)
    twice = Counter(submissions.values_list("team", "track", "archive_sha256"))
    yield from (f"{key} was accepted {n} times" for key, n in twice.items() if n > 1)
    runs = Counter(submissions.values_list("pk", "runs"))
    per_submission = Counter(submission for submission, _ in runs)
    yield from (f"{key} has {n} runs" for key, n in per_submission.items() if n > 1)


def _doubled_in(run: Run) -> Iterator[str]:
    tasks = Counter(run.results.values_list("task", flat=True))
    yield from (f"{n} results of task {task}" for task, n in tasks.items() if n > 1)
    for split in Split:
        done, rows = getattr(run, f"{split}_done"), run.results.filter(split=split).count()
        if done != rows:
            yield f"{done} {split} tasks counted, but {rows} results"
    ends = [event.state for event in run.events.all() if event.state in ENDED]
    if len(ends) != int(run.ended):
        yield f"it ended {len(ends)} times: {ends}"
    attempts = list(run.attempts.order_by("number"))
    if [attempt.number for attempt in attempts] != [*range(1, run.attempt + 1)]:
        yield f"its attempts are {[attempt.number for attempt in attempts]}, not 1 to {run.attempt}"
    yield from _untidy(run, attempts)


def _untidy(run: Run, attempts: list[Attempt]) -> Iterator[str]:
    if run.ended and (going := [each.number for each in attempts if each.ended_at is None]):
        yield f"it has ended, but not its attempts {going}"
    if sum(attempt.outcome in ("scored", "failed") for attempt in attempts) > 1:
        yield "more than one attempt ended it"
    for field in ("tokens", "calls"):
        used = sum(getattr(attempt, f"used_{field}") for attempt in attempts)
        if used != getattr(run, field):
            yield f"{getattr(run, field)} {field}, but its attempts used {used}"
    if isinstance(found := verify_ledger(run), Broken):
        yield found.text


def _accounts(stage: Stage) -> Iterator[str]:
    """Each account holds nothing, and has used what the attempts that count for it used."""
    for account in BudgetAccount.objects.filter(hackathon=stage.hackathon).select_related("team"):
        attempts = Attempt.objects.filter(run__submission__track__hackathon=stage.hackathon)
        if account.team_id is not None:
            attempts = attempts.filter(run__submission__team=account.team_id)
        for field in ("tokens", "calls"):
            used, held = getattr(account, f"used_{field}"), getattr(account, f"held_{field}")
            wanted = _counted(attempts, field, whole=account.team_id is None)
            if (used, held) != (wanted, 0):
                whose = account.team or "the event"
                yield f"the account of {whose} used {used} {field} (not {wanted}), holds {held}"


def _counted(attempts: Iterable[Attempt], field: str, *, whole: bool) -> int:
    """For a team what ended by its project's doing, for the event all that was ever drawn."""
    total = 0
    for attempt in attempts:
        used, drawn = getattr(attempt, f"used_{field}"), getattr(attempt, f"drawn_{field}")
        if whole:
            total += max(used, drawn)
        elif attempt.outcome in ("scored", "failed"):
            total += used
    return total


def name_of(run: Run) -> str:
    """For people."""
    return f"run {run.pk} ({kind_of(run)}, attempt {run.attempt})"
