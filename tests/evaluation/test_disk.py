"""A worker's disk: dead attempts leave nothing, and a full one takes no runs."""

import logging
import os
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from evaluation.domain.disk import Disk, sweep_leftovers
from evaluation.enums import RunState
from evaluation.tasks import evaluate_next
from tests.factories import RunFactory
from tests.processes import celery_worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, settings: Any) -> Path:
    settings.RUNS_ROOT = tmp_path / "runs"
    settings.RUNS_ROOT.mkdir()
    return tmp_path / "runs"


def left(runs: Path, run_id: UUID, attempt: int) -> Path:
    folder = runs / f"{run_id.hex[:12]}-{attempt}"
    (folder / "project").mkdir(parents=True)
    (folder / "project" / "main.py").write_text("print()")
    return folder


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.SCORED, RunState.ERRORED])
def test_leftovers_of_an_attempt_that_is_over_go(runs: Path, state: RunState) -> None:
    folder = left(runs, RunFactory(state=state).pk, 1)
    assert sweep_leftovers() == 1
    assert not folder.exists()


def test_leftovers_of_an_earlier_attempt_go_and_the_newest_stays(runs: Path) -> None:
    run = RunFactory(state=RunState.RUNNING, attempt=2)
    earlier, newest = left(runs, run.pk, 1), left(runs, run.pk, 2)

    sweep_leftovers()

    assert (earlier.exists(), newest.exists()) == (False, True)


def test_folder_of_a_run_that_is_not_known_has_a_day(runs: Path) -> None:
    old, young = left(runs, uuid4(), 1), left(runs, uuid4(), 1)
    os.utime(old, (time.time() - 90_000,) * 2)

    sweep_leftovers()

    assert (old.exists(), young.exists()) == (False, True)


def test_what_has_another_name_is_left_alone(runs: Path) -> None:
    other = runs / "notes"
    other.mkdir()
    assert sweep_leftovers() == 0
    assert other.exists()


def test_full_disk_takes_no_run_and_says_why_once(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WORKER_FREE_MB = 999_999_999
    disk = Disk()
    with caplog.at_level(logging.ERROR):
        assert [disk.has_room(), disk.has_room()] == [False, False]
    assert len(caplog.records) == 1
    assert "takes no runs" in caplog.text
    assert "WORKER_FREE_MB is 999999999" in caplog.text


def test_full_disk_is_swept_before_a_run_is_refused(runs: Path, settings: Any) -> None:
    disk = Disk()
    assert disk.has_room()
    folder = left(runs, RunFactory(state=RunState.SCORED).pk, 1)
    assert disk.has_room()  # swept a moment ago
    assert folder.exists()
    settings.WORKER_FREE_MB = 999_999_999

    assert not disk.has_room()
    assert not folder.exists()


def test_worker_with_a_full_disk_leaves_the_run_in_the_queue(settings: Any) -> None:
    settings.WORKER_FREE_MB = 999_999_999
    run = RunFactory()

    evaluate_next.apply().get()

    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.QUEUED, 0)


@pytest.mark.django_db(transaction=True)
def test_worker_that_starts_removes_what_killed_ones_left(runs: Path, tmp_path: Path) -> None:
    dead = left(runs, RunFactory(state=RunState.SCORED).pk, 1)
    going = left(runs, RunFactory(state=RunState.RUNNING).pk, 1)

    with celery_worker("new", "runs", log=tmp_path / "log", RUNS_ROOT=str(runs)):
        assert (dead.exists(), going.exists()) == (False, True)
    assert "Traceback" not in (tmp_path / "log").read_text()
