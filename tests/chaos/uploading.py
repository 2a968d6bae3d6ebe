"""`python -m tests.chaos.uploading PLAN`: hands in uploads at their times, as often as it takes.

It may be killed at any moment and started again. What was accepted is written to a journal, a line
each: the upload's number and its submission.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import django

PAUSE_SECONDS = 0.3
UUID = 36  # letters


@dataclass(frozen=True, slots=True)
class Entry:
    """One upload: `at` is a moment in seconds since the epoch, `archive` a file."""

    number: int
    at: float
    kind: str
    team: str
    track: str
    archive: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be handed in, and where it is written down that it was."""

    entries: tuple[Entry, ...]
    journal: Path

    def write(self, file: Path) -> None:
        """Keep it for the process that carries it out."""
        entries = [asdict(entry) for entry in self.entries]
        file.write_text(json.dumps({"entries": entries, "journal": str(self.journal)}))

    @classmethod
    def read(cls, file: Path) -> "Plan":
        """The same again."""
        found = json.loads(file.read_text())
        entries = tuple(Entry(**entry) for entry in found["entries"])
        return cls(entries, Path(found["journal"]))

    def accepted(self) -> dict[int, str]:
        """The submissions of the uploads that were accepted so far; half a line is none."""
        if not self.journal.exists():
            return {}
        lines = [line.split() for line in self.journal.read_text().splitlines()]
        return {int(line[0]): line[1] for line in lines if len(line) == 2 and len(line[1]) == UUID}

    def waiting(self) -> Iterator[Entry]:
        """What was not accepted yet, in order."""
        done = self.accepted()
        return (entry for entry in self.entries if entry.number not in done)


def hand_in_all(plan: Plan) -> None:
    """Each at its time, or as soon as it can be."""
    with plan.journal.open("ab", buffering=0) as journal:
        journal.write(b"\n")  # ends what a killed one had begun
        for entry in plan.waiting():
            time.sleep(max(0.0, entry.at - time.time()))
            journal.write(f"{entry.number} {hand_in_until_accepted(entry)}\n".encode())


def hand_in_until_accepted(entry: Entry) -> str:
    """Try until PostgreSQL is there to accept it; the submission that it made, now or before."""
    from django.db import close_old_connections

    from evaluation.domain.patience import AWAY

    while True:
        try:
            return hand_in(entry)
        except AWAY as error:
            print(f"upload {entry.number}: {error}", flush=True)
        finally:
            close_old_connections()
        time.sleep(PAUSE_SECONDS)


def hand_in(entry: Entry) -> str:
    """Accept it as a request does."""
    from django.core.files.base import File

    from hackathons.models import Team, Track
    from submissions.domain.accept import accept_submission

    team, track = Team.objects.get(pk=entry.team), Track.objects.get(pk=entry.track)
    person = team.people.first()
    assert person is not None
    with Path(entry.archive).open("rb") as file:
        accepted = accept_submission(
            team=team,
            track=track,
            person=person,
            upload=File(file),
            file_name=Path(entry.archive).name,
            received_at=datetime.now(UTC),
        )
    return str(accepted.submission.pk)


if __name__ == "__main__":
    django.setup()
    hand_in_all(Plan.read(Path(sys.argv[1])))
