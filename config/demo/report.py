"""How the demo ended: a table for people, a list for programs, and whether it was as expected."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from common.percent import percent_text
from config.demo.samples import Sample
from config.demo.seed import Stage
from evaluation.models import Run
from hackathons.enums import Audience
from scoreboards.domain.boards import refresh_board
from scoreboards.models import Board


@dataclass(frozen=True, slots=True)
class Line:
    """One team's line on one track's board. Score from 0 to 1; tasks and seconds are counts."""

    track: str
    rank: int | None
    rank_label: str
    team: str
    score: float | None
    stderr: float | None
    tasks: int
    verdicts: dict[str, int]
    tokens: int
    calls: int
    run_status: str
    status_reason: str
    seconds: float


def lines_of(stage: Stage) -> list[Line]:
    """Every run of the stage as a line, in the order of its board."""
    lines = []
    for slug, track in stage.tracks.items():
        refresh_board(track_id=track.pk)
        board = Board.objects.get(track=track, audience=Audience.SPECTATORS).snapshot
        rows = {row["team"]: row for row in board["rows"]}
        order = list(rows)
        runs = Run.objects.filter(submission__track=track, counts=True).select_related(
            "submission__team"
        )
        for run in sorted(runs, key=lambda run: order.index(run.submission.team.slug)):
            lines.append(_line(slug, run, rows[run.submission.team.slug]))
    return lines


def _line(track: str, run: Run, row: dict[str, Any]) -> Line:
    return Line(
        track=track,
        rank=row["rank"],
        rank_label=row["rank_label"],
        team=run.submission.team.name,
        score=run.public_score,
        stderr=run.public_stderr,
        tasks=run.public_done + run.private_done,
        verdicts=dict(Counter(run.results.values_list("verdict", flat=True))),
        tokens=run.tokens,
        calls=run.calls,
        run_status=run.state,
        status_reason=run.reason,
        seconds=round(run.sandbox_seconds, 1),
    )


def print_table(lines: Iterable[Line], console: Console) -> None:
    """The final scoreboard."""
    table = Table(title="Final scoreboard (public tasks)")
    for heading in ("track", "rank", "team"):
        table.add_column(heading)
    for heading in ("score ± s.e.", "tasks", "tokens", "time"):
        table.add_column(heading, justify="right")
    table.add_column("verdicts")
    for line in lines:
        verdicts = ", ".join(f"{count} {name}" for name, count in sorted(line.verdicts.items()))
        table.add_row(
            line.track,
            line.rank_label or "–",
            line.team,
            score_text(line),
            str(line.tasks),
            f"{line.tokens:,}",
            f"{line.seconds:.0f} s",
            verdicts,
        )
    console.print(table)


def score_text(line: Line) -> str:
    """In percent with its standard error, or why there is none."""
    if line.score is None:
        return line.run_status
    if line.stderr is None:
        return percent_text(line.score)
    return f"{percent_text(line.score)} ± {percent_text(line.stderr)}"


def write_json(lines: Iterable[Line], path: Path) -> None:
    """The list for programs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(line) for line in lines], indent=2) + "\n")


def surprises(lines: Iterable[Line], samples: Iterable[Sample]) -> list[str]:
    """One sentence for each thing that did not end as the sample's expected.toml says."""
    expected = {sample.team: sample for sample in samples}
    return [said for line in lines for said in _surprises_of(line, expected[line.team])]


def _surprises_of(line: Line, sample: Sample) -> list[str]:
    who, said = f"{line.team} on {line.track}", []
    if line.run_status != sample.status:
        said.append(f"{who} ended {line.run_status}, not {sample.status}: {line.status_reason}")
    if odd := sorted(set(line.verdicts) - sample.verdicts):
        said.append(f"{who} got the verdicts {', '.join(odd)}, which are not expected.")
    if missing := sorted(sample.must_have - set(line.verdicts)):
        said.append(f"{who} did not get the expected verdicts {', '.join(missing)}.")
    if sample.calls_model and not (line.tokens and line.calls):
        said.append(f"{who} called the model, but no token was counted.")
    return said
