"""Tracks whose suite gets another version, and runs with recorded outputs, for tests."""

from collections.abc import Mapping
from typing import Any, cast

from accounts.models import User
from catalogue.models import SuiteVersion
from corral.sandbox.base import Sandbox
from corral.suites.base import Split, Task
from corral.verdicts import Verdict
from evaluation.domain.claim import claim_run
from evaluation.domain.execute import execute
from evaluation.domain.reevaluate import start_reevaluation
from evaluation.enums import ReevaluationKind, RunState
from evaluation.models import Reevaluation, Run
from hackathons.models import Hackathon, Team, Track
from tests.factories import (
    HackathonFactory,
    RoleFactory,
    RunFactory,
    SubmissionFactory,
    SuiteVersionFactory,
    TaskResultFactory,
    TrackFactory,
)

REASON = "The second answer was wrong."
NO_SANDBOX = cast(Sandbox, object())  # whoever touches it fails
Targets = Mapping[str, str]


def tasks_of(targets: Targets) -> list[Task]:
    """Tasks by key, all with the same question but their key; "p…" are private."""
    return [
        Task(
            key=key,
            input={"input": f"Say {key}."},
            target=target,
            scorer="exact",
            split=Split.PRIVATE if key.startswith("p") else Split.PUBLIC,
        )
        for key, target in targets.items()
    ]


def track_with(targets: Targets, hackathon: Hackathon | None = None) -> Track:
    """A track whose suite's first version has these tasks."""
    version = SuiteVersionFactory(tasks=tasks_of(targets))
    made: Track = TrackFactory(suite_version=version, hackathon=hackathon or HackathonFactory())
    return made


def next_version(track: Track, targets: Targets) -> SuiteVersion:
    """Another version of the track's suite."""
    made: SuiteVersion = SuiteVersionFactory(
        suite=track.suite_version.suite, tasks=tasks_of(targets)
    )
    return made


def answered(track: Track, outputs: Targets, team: Team | None = None, **run: Any) -> Run:
    """A scored run with these outputs by task key, scored exactly."""
    of_team = {"team": team} if team else {}
    submission = SubmissionFactory(track=track, **of_team)
    right = {task.key: outputs[task.key] == task.target for task in track.suite_version.tasks.all()}
    for split in Split:
        keys = [task.key for task in track.suite_version.tasks.filter(split=split.value)]
        if keys:
            run.setdefault(f"{split}_score", sum(right[key] for key in keys) / len(keys))
    made: Run = RunFactory(submission=submission, state=RunState.SCORED, **run)
    for task in track.suite_version.tasks.all():
        TaskResultFactory(
            run=made,
            task=task,
            output=outputs[task.key],
            verdict=Verdict.CORRECT if right[task.key] else Verdict.WRONG,
        )
    return made


def organizer_of(track: Track) -> User:
    """Somebody who runs the hackathon."""
    made: User = RoleFactory(hackathon=track.hackathon).person
    return made


def started(
    track: Track,
    version: SuiteVersion,
    person: User | None = None,
    kind: ReevaluationKind = ReevaluationKind.RESCORE,
) -> Reevaluation:
    """A re-evaluation that an organizer began."""
    person = person or organizer_of(track)
    return start_reevaluation(track=track, version=version, kind=kind, reason=REASON, person=person)


def work_off(sandbox: Sandbox = NO_SANDBOX) -> int:
    """Evaluate all that waits, as a worker would; how many runs that were."""
    done = 0
    while claim := claim_run(worker="test:1"):
        execute(claim, sandbox=sandbox, degraded=False)
        done += 1
    return done
