"""The event in which it all happens: its tracks, its teams, and the archives that they hand in."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.models import Run
from hackathons.models import Hackathon, Team, Track
from tests.chaos.kinds import KINDS, Kind
from tests.chaos.schedule import Upload
from tests.chaos.uploading import Entry
from tests.evaluation.projects import MODEL, packed
from tests.factories import (
    HackathonFactory,
    LanguageModelFactory,
    SuiteVersionFactory,
    TeamFactory,
    TrackFactory,
)

TEAMS = 12
PLENTY = 30_000


@dataclass(frozen=True, slots=True)
class Stage:
    """One event, a track for each kind of project, some teams, and one more for the reference."""

    hackathon: Hackathon
    tracks: dict[str, Track]
    teams: list[Team]
    reference: Team


def set_stage(upstream: str) -> Stage:
    """Make the rows."""
    hackathon = HackathonFactory()
    model = LanguageModelFactory(slug=MODEL, upstream=upstream)
    tracks = {kind.name: _track(kind, hackathon, model) for kind in KINDS}
    teams = [TeamFactory(hackathon=hackathon) for _ in range(TEAMS)]
    return Stage(hackathon, tracks, teams, TeamFactory(hackathon=hackathon))


def _track(kind: Kind, hackathon: Hackathon, model: object) -> Track:
    return TrackFactory(
        hackathon=hackathon,
        name=kind.name,
        slug=kind.name,
        suite_version=SuiteVersionFactory(tasks=kind.tasks),
        allowed_models=[model],
        task_seconds=kind.task_seconds,
        run_seconds=120.0,
        daily_quota=PLENTY,
    )


def reference_entries(stage: Stage, folder: Path) -> list[Entry]:
    """One upload of each kind, at once."""
    return [
        _entry(number, 0.0, kind, stage.reference, stage, folder)
        for number, kind in enumerate(KINDS)
    ]


def entries_of(
    uploads: Sequence[Upload], stage: Stage, folder: Path, *, begins: float
) -> list[Entry]:
    """What the teams hand in; `begins` is a moment in seconds since the epoch."""
    kinds = {kind.name: kind for kind in KINDS}
    return [
        _entry(number, begins + each.at, kinds[each.kind], stage.teams[each.team], stage, folder)
        for number, each in enumerate(uploads)
    ]


def _entry(number: int, at: float, kind: Kind, team: Team, stage: Stage, folder: Path) -> Entry:
    folder.mkdir(exist_ok=True)
    archive = folder / f"{number}.tar.gz"
    archive.write_bytes(packed(kind.salted(f"{team.slug} {number} {os.getpid()}")))
    track = stage.tracks[kind.name]
    return Entry(number, at, kind.name, str(team.pk), str(track.pk), str(archive))


def kind_of(run: Run) -> str:
    """The kind of its project."""
    return str(run.submission.track.slug)
