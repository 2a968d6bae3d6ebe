"""What pages read, in as few queries for many rows as for one."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce

from catalogue.models import SuiteVersion, Task
from corral.json_types import Json
from corral.suites.base import Split
from hackathons.models import BudgetAccount, Hackathon, Membership, Team, Track

SAMPLES = 3


@dataclass(frozen=True, slots=True)
class TaskSummary:
    """What everybody may know of a suite version: how many tasks, and some public inputs."""

    public: int
    private: int
    samples: tuple[Json, ...]
    scorers: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """What a team's ended runs used of one of its budgets."""

    what: str
    used: int
    limit: int


def listed_hackathons() -> QuerySet[Hackathon]:
    """All hackathons, newest first, with `track_count` and `team_count`."""
    return Hackathon.objects.annotate(
        track_count=_count_of(Track.objects.all()), team_count=_count_of(Team.objects.all())
    ).order_by("-hacking_starts_at")


def tracks_of(hackathon: Hackathon) -> QuerySet[Track]:
    """The hackathon's tracks in order, with their models and `task_count`."""
    tasks = Task.objects.filter(suite_version=OuterRef("suite_version")).order_by()
    count = tasks.values("suite_version").annotate(n=Count("pk")).values("n")
    return (
        hackathon.tracks.select_related("suite_version__suite")
        .prefetch_related("allowed_models")
        .annotate(task_count=Coalesce(Subquery(count, output_field=IntegerField()), 0))
        .order_by("position", "name")
    )


def team_budgets(team: Team, hackathon: Hackathon) -> list[BudgetLine]:
    """A team's budgets for the models, as far as the hackathon sets any.

    Runs count when they end: what one uses while it runs would tell of its private tasks.
    """
    if hackathon.team_token_budget is None and hackathon.team_call_budget is None:
        return []
    account = BudgetAccount.objects.filter(team=team).first() or BudgetAccount()
    limits = (
        ("tokens", account.used_tokens, hackathon.team_token_budget),
        ("calls", account.used_calls, hackathon.team_call_budget),
    )
    return [BudgetLine(what, used, limit) for what, used, limit in limits if limit is not None]


def teams_of(hackathon: Hackathon) -> QuerySet[Team]:
    """The hackathon's teams by name, with `member_count`."""
    return hackathon.teams.annotate(member_count=Count("memberships")).order_by("name")


def with_members(teams: QuerySet[Team]) -> QuerySet[Team]:
    """The same teams with their memberships and persons at hand."""
    members = Membership.objects.select_related("person").order_by("-is_captain", "joined_at")
    return teams.prefetch_related(Prefetch("memberships", queryset=members))


def summary_of(version: SuiteVersion) -> TaskSummary:
    """What everybody may know of the version's tasks; no target, and of private tasks no input."""
    rows = list(version.tasks.order_by("position").values_list("split", "scorer", "tags", "pk"))
    public = [(tuple(tags), pk) for split, _, tags, pk in rows if split == Split.PUBLIC]
    return TaskSummary(
        public=len(public),
        private=sum(split == Split.PRIVATE for split, *_ in rows),
        samples=_inputs_of(version, _varied(public)),
        scorers=tuple(sorted({scorer for _, scorer, *_ in rows})),
        tags=tuple(sorted({tag for _, _, tags, _ in rows for tag in tags})),
    )


def _varied(tasks: list[tuple[tuple[str, ...], UUID]]) -> list[UUID]:
    """Some of the tasks, the first of each kind of tags before second ones."""
    first: dict[tuple[str, ...], UUID] = {}
    for tags, pk in tasks:
        first.setdefault(tags, pk)
    chosen = list(first.values())
    return [*chosen, *(pk for _, pk in tasks if pk not in chosen)][:SAMPLES]


def _inputs_of(version: SuiteVersion, chosen: list[UUID]) -> tuple[Json, ...]:
    tasks = version.tasks.filter(pk__in=chosen).order_by("position")
    return tuple(tasks.values_list("input", flat=True))


def _count_of(rows: QuerySet[Track] | QuerySet[Team]) -> Coalesce:
    """How many of the rows belong to the hackathon of the outer query."""
    counted = (
        rows.filter(hackathon=OuterRef("pk"))
        .order_by()
        .values("hackathon")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
