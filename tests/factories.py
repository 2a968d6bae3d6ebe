"""Rows for tests: each consistent with the database's constraints and triggers by itself.

Traits move a hackathon along its timeline (`HackathonFactory(frozen=True)`); `RunFactory(state=…)`
fills in what that state demands.
"""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import User
from catalogue.models import LanguageModel, Suite, SuiteVersion, Task
from corral.project.manifest import Manifest, ProgramSection, ProjectKind
from corral.suites import base
from corral.suites.base import Split
from corral.verdicts import Verdict
from evaluation.domain.enqueue import policy_of
from evaluation.domain.line import line_of
from evaluation.enums import ACTIVE, ENDED, RunState
from evaluation.models import Attempt, Run, TaskResult
from hackathons.enums import RoleKind
from hackathons.models import Extension, Hackathon, Invitation, Membership, Role, Team, Track
from submissions.models import Submission

PASSWORD = "correct horse battery staple"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@cache
def password_hash() -> str:
    """The hash of PASSWORD, made once: hashing is slow on purpose."""
    return make_password(PASSWORD)


def digest_of(*parts: object) -> str:
    """A SHA-256 in hex, different for different parts."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def ago(delta: timedelta) -> Any:
    """So long before the moment at which the row is made."""
    return factory.LazyFunction(lambda: timezone.now() - delta)


class UserFactory(DjangoModelFactory[User]):
    """A person; logs in with PASSWORD."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person-{n}")
    email = factory.LazyAttribute(lambda o: f"{o.username}@example.org")
    password = factory.LazyFunction(password_hash)


class HackathonFactory(DjangoModelFactory[Hackathon]):
    """By default people are hacking, and the freeze is some hours away."""

    class Meta:
        model = Hackathon

    class Params:
        announced = factory.Trait(
            registration_opens_at=ago(-DAY),
            hacking_starts_at=ago(-2 * DAY),
            submissions_close_at=ago(-3 * DAY),
            scoreboard_freezes_at=None,
        )
        registration = factory.Trait(
            registration_opens_at=ago(DAY),
            hacking_starts_at=ago(-DAY),
            submissions_close_at=ago(-2 * DAY),
            scoreboard_freezes_at=None,
        )
        hacking = factory.Trait()
        frozen = factory.Trait(scoreboard_freezes_at=ago(HOUR))
        closed = factory.Trait(submissions_close_at=ago(HOUR), scoreboard_freezes_at=ago(2 * HOUR))
        published = factory.Trait(
            submissions_close_at=ago(2 * HOUR),
            scoreboard_freezes_at=ago(3 * HOUR),
            results_published_at=ago(HOUR),
        )

    name = factory.Sequence(lambda n: f"Hackathon {n}")
    slug = factory.Sequence(lambda n: f"hackathon-{n}")
    registration_opens_at = ago(2 * DAY)
    hacking_starts_at = ago(DAY)
    submissions_close_at = ago(-DAY)
    scoreboard_freezes_at = ago(-20 * HOUR)


class RoleFactory(DjangoModelFactory[Role]):
    """An organizer (who may enter the admin) by default."""

    class Meta:
        model = Role

    hackathon = factory.SubFactory(HackathonFactory)
    kind = RoleKind.ORGANIZER
    person = factory.SubFactory(
        UserFactory,
        is_staff=factory.LazyAttribute(lambda o: o.factory_parent.kind == RoleKind.ORGANIZER),
    )


class LanguageModelFactory(DjangoModelFactory[LanguageModel]):
    """A small model, pinned."""

    class Meta:
        model = LanguageModel

    slug = factory.Sequence(lambda n: f"llama-{n}")
    name = factory.Sequence(lambda n: f"Llama {n}")
    family = "Llama"
    weights_sha256 = factory.LazyAttribute(lambda o: digest_of("weights", o.slug))
    quantisation = "Q8_0"
    licence = "Apache-2.0"


class SuiteFactory(DjangoModelFactory[Suite]):
    """A suite without an owner, which every organizer may use."""

    class Meta:
        model = Suite

    slug = factory.Sequence(lambda n: f"suite-{n}")
    name = factory.Sequence(lambda n: f"Suite {n}")


def sums(*, public: int, private: int) -> Iterable[base.Task]:
    """Tasks `public-1`, `public-2`, … `private-1`, …: "What is n plus n?", scored exactly."""
    for split, count in ((Split.PUBLIC, public), (Split.PRIVATE, private)):
        for n in range(1, count + 1):
            yield base.Task(
                key=f"{split}-{n}",
                input={"input": f"What is {n} plus {n}?"},
                target=str(2 * n),
                scorer="exact",
                split=split,
                tags=("arithmetic",),
            )


class SuiteVersionFactory(DjangoModelFactory[SuiteVersion]):
    """Published, with `public` and `private` tasks, or with the engine's `tasks` given."""

    class Meta:
        model = SuiteVersion

    suite = factory.SubFactory(SuiteFactory)
    number = factory.LazyAttribute(lambda o: o.suite.versions.count() + 1)
    digest = factory.Sequence(lambda n: digest_of("suite version", n))
    published = True
    public = 2
    private = 1
    tasks: Iterable[base.Task] | None = None

    @classmethod
    def _create(cls, model_class: type[SuiteVersion], *args: Any, **kwargs: Any) -> SuiteVersion:
        published, tasks = kwargs.pop("published"), kwargs.pop("tasks")
        some = sums(public=kwargs.pop("public"), private=kwargs.pop("private"))
        version = super()._create(model_class, *args, **kwargs)
        TaskFactory.of(version, some if tasks is None else tasks)
        if published:  # only now: the tasks of a published version never change
            version.published_at = timezone.now()
            version.save()
        return version


class TaskFactory(DjangoModelFactory[Task]):
    """One task of a version that is not published yet."""

    class Meta:
        model = Task

    suite_version = factory.SubFactory(SuiteVersionFactory, published=False, public=0, private=0)
    position = factory.LazyAttribute(lambda o: o.suite_version.tasks.count())
    key = factory.Sequence(lambda n: f"task-{n}")
    input = factory.LazyFunction(lambda: {"input": "What is 1 plus 1?"})
    target = "2"
    scorer = "exact"
    split = Split.PUBLIC.value

    @staticmethod
    def of(version: SuiteVersion, tasks: Iterable[base.Task]) -> list[Task]:
        """Store the engine's tasks in the version, in order."""
        return Task.objects.bulk_create(
            Task(
                suite_version=version,
                position=position,
                key=task.key,
                input=dict(task.input),
                target=task.target,
                scorer=task.scorer,
                scorer_options=dict(task.scorer_options),
                split=task.split.value,
                weight=task.weight,
                tags=list(task.tags),
                cluster=task.cluster or "",
            )
            for position, task in enumerate(tasks)
        )


class TrackFactory(DjangoModelFactory[Track]):
    """Allows one model of its own, or those in `allowed_models`."""

    class Meta:
        model = Track
        skip_postgeneration_save = True

    hackathon = factory.SubFactory(HackathonFactory)
    name = factory.Sequence(lambda n: f"Track {n}")
    slug = factory.Sequence(lambda n: f"track-{n}")
    suite_version = factory.SubFactory(SuiteVersionFactory)

    @factory.post_generation
    def allowed_models(self, create: bool, given: Any, **_: Any) -> None:
        """Allow the models given."""
        self.allowed_models.set([LanguageModelFactory()] if given is None else given)  # type: ignore[attr-defined]


class MembershipFactory(DjangoModelFactory[Membership]):
    """One more person in a team."""

    class Meta:
        model = Membership

    team = factory.SubFactory("tests.factories.TeamFactory", members=[])
    person = factory.SubFactory(UserFactory)


class TeamFactory(DjangoModelFactory[Team]):
    """Led by one new person; with `members=[…]` (the first leads), or `members=3` new people."""

    class Meta:
        model = Team
        skip_postgeneration_save = True

    hackathon = factory.SubFactory(HackathonFactory)
    name = factory.Sequence(lambda n: f"Team {n}")
    slug = factory.Sequence(lambda n: f"team-{n}")

    @factory.post_generation
    def members(self, create: bool, given: Any, **_: Any) -> None:
        """Put people in the team."""
        given = 1 if given is None else given
        people = UserFactory.create_batch(given) if isinstance(given, int) else given
        for position, person in enumerate(people):
            MembershipFactory(team=self, person=person, is_captain=position == 0)


class InvitationFactory(DjangoModelFactory[Invitation]):
    """Open for a week; its team's captain made it."""

    class Meta:
        model = Invitation

    team = factory.SubFactory(TeamFactory)
    created_by = factory.LazyAttribute(lambda o: o.team.memberships.get(is_captain=True).person)
    expires_at = ago(-7 * DAY)


class ExtensionFactory(DjangoModelFactory[Extension]):
    """An hour for one team; with `team=None` and a hackathon, a grace for all."""

    class Meta:
        model = Extension

    team = factory.SubFactory(TeamFactory, hackathon__closed=True)
    hackathon = factory.SelfAttribute("team.hackathon")
    until = ago(-HOUR)
    reason = "The storage was away."
    granted_at = ago(HOUR)


def manifest_of(name: str, model: str) -> dict[str, Any]:
    """A program's manifest as it is stored."""
    program = ProgramSection(command=("python", "main.py"))
    return Manifest(name, ProjectKind.PROGRAM, model, program).as_json()


class SubmissionFactory(DjangoModelFactory[Submission]):
    """A program, by the team's captain; team and track are of one hackathon."""

    class Meta:
        model = Submission

    track = factory.SubFactory(TrackFactory)
    team = factory.SubFactory(TeamFactory, hackathon=factory.SelfAttribute("..track.hackathon"))
    number = factory.LazyAttribute(
        lambda o: Submission.objects.filter(team=o.team, track=o.track).count() + 1
    )
    archive_sha256 = factory.Sequence(lambda n: digest_of("archive", n))
    archive_bytes = 1234
    file_name = "project.zip"
    project_name = factory.Sequence(lambda n: f"Project {n}")
    model = factory.LazyAttribute(lambda o: o.track.allowed_models.first())
    manifest = factory.LazyAttribute(lambda o: manifest_of(o.project_name, o.model.slug))
    submitted_by = factory.LazyAttribute(lambda o: o.team.people.first())
    submitted_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _generate(cls, strategy: Any, params: dict[str, Any]) -> Submission:
        if "team" in params and "track" not in params:
            params.setdefault("track__hackathon", params["team"].hackathon)
        return super()._generate(strategy, params)


def _count(run: Any, split: Split) -> int:
    return int(run.suite_version.tasks.filter(split=split.value).count())


class RunFactory(DjangoModelFactory[Run]):
    """Queued; `state=…` fills in the lease, the times, the score and the reason it demands.

    A scored run has a public score of 0.5 with a standard error of 0.1, and the same in private
    where there are private tasks. `results=True` adds a task result for every task.
    """

    class Meta:
        model = Run
        skip_postgeneration_save = True

    class Params:
        scored = factory.LazyAttribute(lambda o: o.state == RunState.SCORED)
        claimed = factory.LazyAttribute(lambda o: o.state != RunState.QUEUED)

    submission = factory.SubFactory(SubmissionFactory)
    suite_version = factory.LazyAttribute(lambda o: o.submission.track.suite_version)
    line = factory.LazyAttribute(lambda o: line_of(o.submission))
    policy = factory.LazyAttribute(lambda o: policy_of(o.submission).as_json())
    policy_digest = factory.LazyAttribute(lambda o: policy_of(o.submission).digest())
    state = RunState.QUEUED
    reason = factory.LazyAttribute(
        lambda o: "It ended early." if o.state in {RunState.FAILED, RunState.ERRORED} else ""
    )
    attempt = factory.LazyAttribute(lambda o: int(o.claimed))
    worker = factory.LazyAttribute(lambda o: "worker-1" if o.state in ACTIVE else "")
    lease_expires_at = factory.LazyAttribute(
        lambda o: timezone.now() + timedelta(minutes=1) if o.state in ACTIVE else None
    )
    queued_at = factory.LazyAttribute(lambda o: o.submission.submitted_at)
    available_at = factory.LazyAttribute(lambda o: o.queued_at)
    started_at = factory.LazyAttribute(lambda o: o.queued_at if o.claimed else None)
    ended_at = factory.LazyAttribute(lambda o: timezone.now() if o.state in ENDED else None)
    public_total = factory.LazyAttribute(lambda o: _count(o, Split.PUBLIC))
    private_total = factory.LazyAttribute(lambda o: _count(o, Split.PRIVATE))
    public_done = factory.LazyAttribute(lambda o: o.public_total if o.scored else 0)
    private_done = factory.LazyAttribute(lambda o: o.private_total if o.scored else 0)
    public_score = factory.LazyAttribute(lambda o: 0.5 if o.scored else None)
    public_stderr = factory.LazyAttribute(lambda o: 0.1 if o.scored else None)
    private_score = factory.LazyAttribute(lambda o: 0.5 if o.scored and o.private_total else None)
    private_stderr = factory.LazyAttribute(lambda o: 0.1 if o.scored and o.private_total else None)
    prompt_tokens = factory.LazyAttribute(lambda o: 800 if o.scored else 0)
    completion_tokens = factory.LazyAttribute(lambda o: 200 if o.scored else 0)
    calls = factory.LazyAttribute(lambda o: 10 if o.scored else 0)

    @factory.post_generation
    def results(self, create: bool, given: Any, **_: Any) -> None:
        """Add a result for every task."""
        if given:
            for task in self.suite_version.tasks.all():  # type: ignore[attr-defined]
                TaskResultFactory(run=self, task=task)


class AttemptFactory(DjangoModelFactory[Attempt]):
    """The newest try at a run."""

    class Meta:
        model = Attempt

    run = factory.SubFactory(RunFactory, state=RunState.RUNNING)
    number = factory.LazyAttribute(lambda o: o.run.attempt)
    worker = "worker-1"
    started_at = factory.LazyFunction(timezone.now)


class TaskResultFactory(DjangoModelFactory[TaskResult]):
    """A correct answer to the run's first task without a result."""

    class Meta:
        model = TaskResult

    run = factory.SubFactory(RunFactory, state=RunState.RUNNING)
    task = factory.LazyAttribute(
        lambda o: o.run.suite_version.tasks.exclude(pk__in=o.run.results.values("task")).first()
    )
    attempt = factory.LazyAttribute(lambda o: o.run.attempt)
    split = factory.LazyAttribute(lambda o: o.task.split)
    verdict = Verdict.CORRECT.value
    score = factory.LazyAttribute(lambda o: 1.0 if o.verdict == Verdict.CORRECT else 0.0)
    output = factory.LazyAttribute(lambda o: str(o.task.target))
    answer = factory.LazyAttribute(lambda o: o.output)
    explanation = "The answer equals the target."
    latency_ms = 120.0
    prompt_tokens = 40
    completion_tokens = 5
    recorded_at = factory.LazyFunction(timezone.now)
