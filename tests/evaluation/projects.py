"""Real submissions for tests: a program's source in, a stored and accepted submission out."""

import atexit
import hashlib
import io
import tarfile
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from catalogue.models import LanguageModel
from corral.project.manifest import parse_manifest
from corral.suites.base import Split, Task
from hackathons.models import Team, Track
from submissions.domain.store import store_archive
from submissions.models import Submission
from tests.factories import (
    LanguageModelFactory,
    SubmissionFactory,
    SuiteVersionFactory,
    TeamFactory,
    TrackFactory,
)
from tests.fakes.background import serving
from tests.fakes.upstream import FakeUpstream

MODEL = "smollm2-135m-instruct"
NOBODY = "http://127.0.0.1:9/v1"  # where nothing listens
MANIFEST = f"""
[project]
name = "Test project"
kind = "program"
model = "{MODEL}"

[program]
command = ["python", "main.py"]
concurrency = 1
"""
PROMPT = f"""
[project]
name = "Test prompt"
kind = "prompt"
model = "{MODEL}"

[prompt]
system = "Answer with a number only."
template = "prompt.txt"
sampling = {{ temperature = 0, max_tokens = 16 }}
"""


@cache
def this_upstream() -> FakeUpstream:
    """A fake upstream in a thread of this process, for as long as it lives."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(serving())


def packed(files: dict[str, str]) -> bytes:
    """The files as a .tar.gz."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return archive.getvalue()


def submitted(
    files: dict[str, str], *, tasks: int, private: int = 0, upstream: str = "", **facts: int
) -> Submission:
    """A stored submission of these files to a new track with that many echo tasks.

    `upstream` is a fake of this process where none is given, `facts` what the catalogue knows.
    """
    rows = [echo_task(index, Split.PUBLIC) for index in range(tasks)]
    rows += [echo_task(index, Split.PRIVATE) for index in range(tasks, tasks + private)]
    return submitted_to(rows, files, upstream=upstream, **facts)


def submitted_to(
    rows: list[Task], files: dict[str, str], *, upstream: str = "", **facts: int
) -> Submission:
    """As `submitted`, to a new track with these tasks."""
    served_at = upstream or this_upstream().base_url
    model = LanguageModelFactory(slug=MODEL, upstream=served_at, **facts)
    track = TrackFactory(
        suite_version=SuiteVersionFactory(tasks=rows), task_seconds=10.0, run_seconds=60.0
    )
    track.allowed_models.add(model)
    return _handed_in(files, TeamFactory(hackathon=track.hackathon), track, model)


def _handed_in(files: dict[str, str], team: Team, track: Track, model: LanguageModel) -> Submission:
    content = packed(files)
    digest = hashlib.sha256(content).hexdigest()
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        store_archive(Path(file.name), sha256=digest)
    manifest = parse_manifest(files["corral.toml"])
    return SubmissionFactory(
        team=team,
        track=track,
        model=model,
        manifest=manifest.as_json(),
        archive_sha256=digest,
        archive_bytes=len(content),
    )


def another_submission(beside: Submission, source: str) -> Submission:
    """A stored submission of another team of the event to the same track."""
    files = {"corral.toml": MANIFEST, "main.py": source}
    team = TeamFactory(hackathon=beside.track.hackathon)
    return _handed_in(files, team, beside.track, beside.model)


def submitted_program(source: str, *, tasks: int, **more: object) -> Submission:
    """A stored submission whose program is this source."""
    return submitted({"corral.toml": MANIFEST, "main.py": source}, tasks=tasks, **more)  # type: ignore[arg-type]


def echo_task(index: int, split: Split) -> Task:
    """A task whose right answer is its input."""
    word = f"word{index}"
    return Task(key=f"t{index}", input={"input": word}, target=word, scorer="exact", split=split)
