"""Workers on two machines share an event through PostgreSQL, Redis and a bucket, and no path."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pytest_django import Settings

from config.storage import storages
from evaluation.domain.enqueue import enqueue_run
from evaluation.enums import RunState
from evaluation.models import Attempt, Run
from submissions.domain.kept import kept_archive
from submissions.models import Submission
from tests.evaluation.projects import another_submission, submitted_program
from tests.fakes.bucket import CREDENTIALS, Bucket, bucket_server
from tests.processes import celery_worker, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

RUNS, TASKS = 6, 3
ECHO = """
import json, sys, time
for line in sys.stdin:
    task = json.loads(line)
    time.sleep(0.3)
    print(json.dumps({"id": task["id"], "output": task["input"]["input"]}), flush=True)
"""


@pytest.fixture
def bucket(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket, which this process uses as the web server does."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with bucket_server(tmp_path / "bucket") as server:
        settings.MEDIA_ROOT = tmp_path / "media-of-the-web"
        settings.STORAGES = storages("STORAGE_URL", server.url)
        yield server


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder through which sandboxes' users may pass."""
    folder = Path(tempfile.mkdtemp(prefix="corral-machines-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def machine(folder: Path, bucket: Bucket) -> dict[str, str]:
    """The variables of a worker that shares no folder with anybody, and knows no secret."""
    (folder / "tmp").mkdir(parents=True)
    return {
        "CORRAL_STATE": str(folder / "state"),
        "RUNS_ROOT": str(folder / "runs"),
        "MEDIA_ROOT": str(folder / "media"),
        "TMPDIR": str(folder / "tmp"),
        "STORAGE_URL": bucket.url,
        "SECRET_KEY": "",
        "LLAMA_UPSTREAM": "",
    }


def an_event() -> list[Submission]:
    """Several teams of one hackathon, each with a program of its own."""
    first = submitted_program(ECHO + "# 0\n", tasks=TASKS)
    others = [another_submission(first, ECHO + f"# {number}\n") for number in range(1, RUNS)]
    return [first, *others]


def test_two_machines_share_an_event_and_no_folder(
    tmp_path: Path, open_folder: Path, bucket: Bucket
) -> None:
    submissions = an_event()
    machines = {name: machine(open_folder / name, bucket) for name in ("first", "second")}
    with ExitStack() as stack:
        for name, variables in machines.items():
            log = tmp_path / f"{name}.log"
            stack.enter_context(celery_worker(name, "runs", log=log, **variables))
        runs = [enqueue_run(submission_id=submission.pk) for submission in submissions]
        beat = ("-B", "-s", str(tmp_path / "beat"))
        stack.enter_context(
            celery_worker("platform", "platform", *beat, log=tmp_path / "platform.log")
        )
        wait_for(lambda: all(run.ended for run in Run.objects.all()), 90)

    assert {(run.state, run.public_score) for run in Run.objects.all()} == {(RunState.SCORED, 1.0)}
    assert Attempt.objects.count() == len(runs) == RUNS
    took_part = {
        worker.partition("@")[0] for worker in Attempt.objects.values_list("worker", flat=True)
    }
    assert took_part == {"first", "second"}
    stored = {f"corral/{kept_archive(each.archive_sha256).name}" for each in submissions}
    assert set(bucket.keys()) == stored
    assert len(stored) == RUNS
    for name in machines:
        assert "Traceback" not in (tmp_path / f"{name}.log").read_text()
        assert not (open_folder / name / "media").exists()
        assert list((open_folder / name / "runs").iterdir()) == []
    assert not (tmp_path / "media-of-the-web").exists()
