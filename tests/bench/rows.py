"""Rows for benchmarks: one real one of each kind by the factories, the many as its copies."""

import hashlib
import tempfile
from pathlib import Path

from django.db import connection
from django.db.models import Model
from django.db.models.functions import Now

from catalogue.models import LanguageModel
from corral.project.manifest import parse_manifest
from corral.suites.base import Split
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.flow import set_event_flow
from evaluation.models import Line, Run, Share
from evaluation.signals import run_queued
from hackathons.enums import Flow, Lane
from hackathons.models import Hackathon, Team, Track
from submissions.domain.store import store_archive
from submissions.models import Submission
from tests.evaluation.projects import MODEL, echo_task, packed
from tests.factories import (
    LanguageModelFactory,
    SubmissionFactory,
    SuiteVersionFactory,
    TeamFactory,
    TrackFactory,
)

CONCURRENCY = 4
WORKERS = 2  # at most so many are woken
MANIFEST = f"""
[project]
name = "Benchmark"
kind = "program"
model = "{MODEL}"

[program]
command = ["python", "main.py"]
concurrency = {CONCURRENCY}
"""
ECHO = """
import json, sys
for line in sys.stdin:
    task = json.loads(line)
    print(json.dumps({"id": task["id"], "output": task["input"]["input"]}), flush=True)
"""


def new_track(*, tasks: int, upstream: str) -> Track:
    """A track of a hackathon of its own, whose tasks want their input back."""
    model = LanguageModel.objects.filter(slug=MODEL).first()
    model = model or LanguageModelFactory(slug=MODEL, upstream=upstream)
    version = SuiteVersionFactory(tasks=[echo_task(n, Split.PUBLIC) for n in range(tasks)])
    return TrackFactory(
        suite_version=version, allowed_models=[model], task_seconds=10.0, run_seconds=120.0
    )


def project(source: str) -> bytes:
    """The archive of a program."""
    return packed({"corral.toml": MANIFEST, "main.py": source})


def _stored(content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        store_archive(Path(file.name), sha256=digest)
    return digest


def hand_in(track: Track, source: str) -> Submission:
    """A new team's submission of a program, stored."""
    content = project(source)
    return SubmissionFactory(
        team=TeamFactory(hackathon=track.hackathon),
        track=track,
        manifest=parse_manifest(MANIFEST).as_json(),
        archive_sha256=_stored(content),
        archive_bytes=len(content),
    )


def crowd(like: Submission, teams: int) -> list[Submission]:
    """So many more teams of the event, each with a submission like this one."""
    many = f"generate_series(1, {teams}) AS n"
    name = "'Copy ' || n || ' ' || gen_random_uuid()"
    _copy(like.team, many, name=f"left({name}, 60)", slug=f"md5({name})")
    others = f"hackathons_team AS each WHERE each.hackathon_id = '{like.track.hackathon_id}'"
    without = "NOT EXISTS (SELECT FROM submissions_submission s WHERE s.team_id = each.id)"
    _copy(like, f"{others} AND {without}", team="each.id")
    return list(Submission.objects.filter(track=like.track).exclude(pk=like.pk).order_by("pk"))


def resubmit(like: Submission, source: str, times: int) -> list[Submission]:
    """So many more submissions of the same team: the program, each time with another comment."""
    digests = (_stored(project(f"# {number}\n{source}")) for number in range(times))
    values = ", ".join(f"({number}, '{sha}')" for number, sha in enumerate(digests, 2))
    _copy(like, f"(VALUES {values}) AS each (n, sha)", number="each.n", archive_sha256="each.sha")
    return list(Submission.objects.filter(team=like.team, number__gt=1).order_by("number"))


def fill_queue(like: Run, *, to: int, teams: int) -> None:
    """Let so many runs wait, spread over teams of the run's event; the run is one of them.

    Lines and shares are written as `line_of` writes them; the counting in them is the trigger's.
    """
    submission = Submission.objects.select_related("team", "track__hackathon").get(
        pk=like.submission_id
    )
    have = Line.objects.filter(track=submission.track).count()
    if have < teams:
        crowd(submission, teams - have)
        open_lines(submission.track)
    lines = f"evaluation_line AS l WHERE l.track_id = '{submission.track_id}'"
    each = (to - Run.objects.filter(line__track=submission.track).count()) // teams
    known = Submission.objects.filter(track=submission.track).count()
    some = f"generate_series({known + 1}, {known + each}) AS n, {lines}"
    sha = "encode(sha256((n || l.team_id::text)::bytea), 'hex')"
    _copy(submission, some, team="l.team_id", number="n", archive_sha256=sha)
    later = "statement_timestamp() - random() * interval '1 hour'"
    copy_run_to_all(like, queued_at=later)


def copy_run_to_all(like: Run, **changes: str) -> None:
    """Give every submission to the run's track that has no run a copy of this one."""
    submissions = (
        "submissions_submission AS s JOIN evaluation_line AS l USING (team_id, track_id) "
        f"WHERE l.track_id = '{like.submission.track_id}'"
    )
    fresh = "NOT EXISTS (SELECT FROM evaluation_run r WHERE r.submission_id = s.id)"
    _copy(like, f"{submissions} AND {fresh}", submission="s.id", line="l.id", **changes)


def open_lines(track: Track) -> None:
    """A line for each team of the event, with the shares that it is counted in."""
    teams = Team.objects.filter(hackathon=track.hackathon_id)
    of = {"hackathon_id": track.hackathon_id}
    Share.objects.bulk_create(
        [Share(team=team, measured_at=Now(), **of) for team in teams], ignore_conflicts=True
    )
    Line.objects.bulk_create(
        [Line(team=team, track=track, **of) for team in teams], ignore_conflicts=True
    )


def _copy(row: Model, source: str, **changes: str) -> None:
    """Insert a copy of the row for each row of `source`, with some columns given as SQL."""
    meta = type(row)._meta
    fields = [field for field in meta.concrete_fields if field.name != "id"]
    values = [changes.get(field.name, f'origin."{field.column}"') for field in fields]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{meta.db_table}" (id, {columns}) '
            f"SELECT gen_random_uuid(), {', '.join(values)} "
            f'FROM (SELECT * FROM "{meta.db_table}" WHERE id = %s) AS origin, {source}',
            [row.pk],
        )


def queue_together(submissions: list[Submission]) -> None:
    """Queue a run of each; none can begin before all are there, and then every worker is woken."""
    event = Hackathon.objects.get(tracks__submissions=submissions[0].pk)
    set_event_flow(hackathon=event, flow=Flow.PAUSED)
    for submission in submissions:
        enqueue_run(submission_id=submission.pk)
    set_event_flow(hackathon=event, flow=Flow.OPEN)
    for _ in range(WORKERS):
        run_queued.send_robust(Run, lane=Lane.CPU)
