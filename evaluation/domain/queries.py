"""What a person gets to see of runs; pages, API and sockets read through here and nowhere else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When

from catalogue.models import Task
from corral.suites.base import Split
from evaluation.domain.ladder import Released, released_to_team
from evaluation.domain.places import Place, places_of
from evaluation.domain.standing import SHADOW, stood_at
from evaluation.enums import RunState
from evaluation.models import Attempt, Run, RunEvent, TaskResult
from evaluation.rules import (
    Sight,
    is_ladder,
    sees_private_aggregate,
    sight_of,
    sight_of_member,
)
from hackathons.enums import RoleKind
from hackathons.models import Hackathon, Membership, Role, Team, Track
from hackathons.rules import Person, is_member, sees_everything, team_of
from submissions.models import Submission


class Part(StrEnum):
    """How far the private tasks are; all that a participant learns before the results."""

    NONE = "none"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class SeenRun:
    """A run as one person sees it: what is hidden from them is None here, never read elsewhere.

    Scores are 0 to 1; where the track's scoreboard is a Ladder, a participant's public one is what
    it has `released` after this run, not the run's own. Tokens and calls are of both splits
    together, and therefore shown to participants only once the run has ended.
    """

    run: Run
    sight: Sight
    score: float | None
    stderr: float | None
    private_score: float | None
    private_stderr: float | None
    sees_private: bool
    private_done: int | None
    tokens: int | None
    reasoning_tokens: int | None
    calls: int | None
    place: Place | None = None
    released: Released | None = None

    @property
    def frozen(self) -> bool:
        """Whether the freeze hides the score and the verdicts."""
        return self.sight is Sight.FROZEN

    @property
    def hidden(self) -> str | None:
        """What hides its own score and the verdicts."""
        return {Sight.FROZEN: "frozen", Sight.LADDER: "ladder"}.get(self.sight)

    @property
    def private(self) -> Part:
        """How far the private tasks are."""
        return private_part(self.run)


@dataclass(frozen=True, slots=True)
class SeenSubmission:
    """A submission and its newest run as one person sees them; no run yet: None."""

    submission: Submission
    sight: Sight
    seen: SeenRun | None


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How many of the tasks that the person sees got a verdict."""

    verdict: str
    count: int


def private_part(run: Run) -> Part:
    """How far the private tasks are, without telling how many of them are done."""
    if not run.private_total:
        return Part.NONE
    if run.ended or run.private_done == run.private_total:
        return Part.DONE
    busy = run.state in {RunState.RUNNING, RunState.SCORING}
    return Part.RUNNING if busy and run.public_done == run.public_total else Part.WAITING


def see_run(
    run: Run,
    sight: Sight,
    at: datetime,
    place: Place | None = None,
    released: Released | None = None,
) -> SeenRun:
    """Hide of a run what the sight does not reach.

    `place` is where it waits, `released` what the team's Ladder shows after it, for whom it does.
    """
    scored = sight in {Sight.OWN, Sight.EVERYTHING}
    everything = sight is Sight.EVERYTHING
    private = sees_private_aggregate(sight, run, at)
    counted = everything or (sight is not Sight.FROZEN and run.ended)
    score, stderr = (run.public_score, run.public_stderr) if scored else (None, None)
    if sight is Sight.LADDER and released is not None:
        score, stderr = released.score, released.stderr
    return SeenRun(
        run=run,
        sight=sight,
        score=score,
        stderr=stderr,
        private_score=run.private_score if private else None,
        private_stderr=run.private_stderr if private else None,
        sees_private=private,
        private_done=run.private_done if everything else None,
        tokens=run.tokens if counted else None,
        reasoning_tokens=run.reasoning_tokens if counted else None,
        calls=run.calls if counted else None,
        place=place,
        released=released if sight is Sight.LADDER else None,
    )


def runs_with_everything() -> QuerySet[Run]:
    """Runs with all that a page or a rule asks of them, in one query."""
    return Run.objects.select_related(
        "submission__team__hackathon",
        "submission__track__hackathon",
        "submission__model",
        "submission__submitted_by",
        "suite_version__suite",
    )


def visible_runs_for_person(person: Person) -> QuerySet[Run]:
    """The runs of which the person may see anything at all."""
    if not person.is_authenticated:
        return Run.objects.none()
    runs = runs_with_everything()
    if person.is_superuser and person.is_active:
        return runs
    team = OuterRef("submission__team")
    member = Membership.objects.filter(team=team, person=person)
    roles = Role.objects.filter(
        hackathon=OuterRef("submission__team__hackathon"),
        person=person,
        person__is_active=True,
        kind__in=[RoleKind.ORGANIZER, RoleKind.JUDGE],
    )
    return runs.filter((Q(Exists(member)) & ~SHADOW) | Q(Exists(roles)))


def run_for_person(*, person: Person, pk: UUID, at: datetime) -> SeenRun | None:
    """The run as the person sees it; None where they may not know that it exists."""
    run = runs_with_everything().filter(pk=pk).first()
    if run is None:
        return None
    sight = sight_of(person, run, at)
    if sight is Sight.NOTHING:
        return None
    released = _released(run.submission.team, [run.submission.track], at)
    return see_run(run, sight, at, places_of([run], at=at).get(run.pk), released.get(run.pk))


def submission_for_person(*, person: Person, pk: UUID, at: datetime) -> SeenSubmission | None:
    """The submission as the person sees it; None where they may not know that it exists."""
    submission = submissions_with_everything().filter(pk=pk).first()
    if submission is None:
        return None
    everything = sees_everything(person, submission.track.hackathon)
    run = _runs_of([submission], everything, at).get(submission.pk)
    team = submission.team if is_member(person, submission.team) else None
    # Without a run there is nothing to hide but the submission itself.
    sight = _sight(run or Run(submission=submission), everything, team, at)
    if sight is Sight.NOTHING:
        return None
    places = places_of([run] if run else [], at=at)
    released = _released(submission.team, [submission.track], at)
    return _seen(submission, run, sight, at, places, released)


def submissions_with_everything() -> QuerySet[Submission]:
    """Submissions with all that a page or a rule asks of them, newest first."""
    return Submission.objects.select_related(
        "team__hackathon", "track__hackathon", "track__suite_version", "model", "submitted_by"
    ).order_by("-submitted_at", "-number")


def submissions_for_person(*, person: Person, track: Track) -> QuerySet[Submission]:
    """The submissions to a track that the person may see: their team's, or all for judges."""
    submissions = submissions_with_everything().filter(track=track)
    if sees_everything(person, track.hackathon):
        return submissions
    team = team_of(person, track.hackathon)
    return submissions.filter(team=team) if team else submissions.none()


def with_runs(
    submissions: Iterable[Submission], *, person: Person, hackathon: Hackathon, at: datetime
) -> list[SeenSubmission]:
    """Submissions of one hackathon as the person sees them, in the order given."""
    listed = list(submissions)
    everything = sees_everything(person, hackathon)
    team = None if everything else team_of(person, hackathon)
    runs = _runs_of(listed, everything, at)
    places = places_of(runs.values(), at=at) if everything or team else {}
    tracks = {submission.track_id: submission.track for submission in listed}
    released = _released(team, tracks.values(), at) if team else {}
    seen = []
    for submission in listed:
        run = runs.get(submission.pk)
        sight = _sight(run or Run(submission=submission), everything, team, at)
        if sight is not Sight.NOTHING:
            seen.append(_seen(submission, run, sight, at, places, released))
    return seen


def _seen(
    submission: Submission,
    run: Run | None,
    sight: Sight,
    at: datetime,
    places: Mapping[UUID, Place],
    released: Mapping[UUID, Released],
) -> SeenSubmission:
    seen = see_run(run, sight, at, places.get(run.pk), released.get(run.pk)) if run else None
    return SeenSubmission(submission, sight, seen)


def _released(team: Team, tracks: Iterable[Track], at: datetime) -> dict[UUID, Released]:
    """By run, what Ladders show the team in those of the tracks that have one now."""
    ladders = [track for track in tracks if is_ladder(track, at)]
    return {
        run: released
        for track in ladders
        for run, released in released_to_team(team, track, at).items()
    }


def _sight(run: Run, everything: bool, team: Team | None, at: datetime) -> Sight:
    """`sight_of` for many runs of one hackathon, whose roles and team were asked once."""
    if everything:
        return Sight.EVERYTHING
    if team is None or run.submission.team_id != team.pk:
        return Sight.NOTHING
    return sight_of_member(run, at)


def _runs_of(submissions: Sequence[Submission], everything: bool, at: datetime) -> dict[UUID, Run]:
    """Of each submission the run to show, holding the very submission that was given.

    It is the one that counts. But whom the freeze holds sees what had ended before it, as on the
    boards, and not what has taken its place since.
    """
    by_pk = {submission.pk: submission for submission in submissions}
    until = None if everything else _freeze_of(submissions, at)
    froze = stood_at(until) & Q(ended_at__lt=until) if until else Q(pk=None)
    found: dict[UUID, Run] = {}
    for run in (
        Run.objects.filter(Q(counts=True) | froze, submission__in=by_pk)
        .annotate(froze=Case(When(froze, then=True), default=False))
        .select_related("suite_version__suite")
        .order_by("froze", "queued_at")
    ):
        run.submission = by_pk[run.submission_id]
        found[run.submission_id] = run
    return found


def _freeze_of(submissions: Sequence[Submission], at: datetime) -> datetime | None:
    """Since when the scoreboards of their hackathon stand still; None where they do not."""
    hackathon = submissions[0].track.hackathon if submissions else None
    return hackathon.scoreboard_freezes_at if hackathon and hackathon.is_frozen(at) else None


def visible_splits(seen: SeenRun) -> list[str]:
    """The splits of whose tasks the person may read results, one by one."""
    return [] if seen.sight is Sight.LADDER else called_splits(seen)


def called_splits(seen: SeenRun) -> list[str]:
    """The splits of whose tasks the person may read the calls: a Ladder hides verdicts alone."""
    if seen.sight is Sight.EVERYTHING:
        return [Split.PUBLIC, Split.PRIVATE]
    return [Split.PUBLIC] if seen.sight in {Sight.OWN, Sight.LADDER} else []


def results_for_page(seen: SeenRun, *, verdict: str = "", tag: str = "") -> QuerySet[TaskResult]:
    """The run's results that the person may read, failing first."""
    if "\0" in verdict + tag:  # which PostgreSQL can't even compare with
        return TaskResult.objects.none()
    results = TaskResult.objects.filter(run=seen.run, split__in=visible_splits(seen))
    if verdict:
        results = results.filter(verdict=verdict)
    if tag:
        results = results.filter(task__tags__contains=[tag])
    return results.select_related("task").order_by("score", "task__position")


def verdict_counts(seen: SeenRun) -> list[VerdictCount]:
    """The verdicts that the person may see, the most frequent first."""
    counted = (
        TaskResult.objects.filter(run=seen.run, split__in=visible_splits(seen))
        .order_by()
        .values_list("verdict")
        .annotate(count=Count("pk"))
        .order_by("-count", "verdict")
    )
    return [VerdictCount(verdict, count) for verdict, count in counted]


def tags_of(seen: SeenRun) -> list[str]:
    """The tags of the tasks that the person may see."""
    tasks = Task.objects.filter(
        suite_version=seen.run.suite_version_id, split__in=visible_splits(seen)
    )
    return sorted({tag for tags in tasks.order_by().values_list("tags", flat=True) for tag in tags})


def attempts_of(run: Run) -> QuerySet[Attempt]:
    """Every try at the run, oldest first; their logs are of the public sandbox only.

    Where recorded outputs were judged again, they are the tries that those come from.
    """
    return Attempt.objects.filter(run=run.evidence_id).order_by("number")


def events_of(run: Run) -> QuerySet[RunEvent]:
    """What became of the run, oldest first."""
    return RunEvent.objects.filter(run=run).order_by("pk")
