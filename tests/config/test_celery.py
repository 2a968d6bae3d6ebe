"""A worker's processes."""

import gc
import os
import signal
from pathlib import Path

from config.celery import leave_what_is_loaded_alone
from launcher.processes import children_of, read_process
from tests.processes import celery_worker, wait_for


def test_garbage_collections_of_a_worker_skip_what_was_loaded() -> None:
    before = len(gc.get_objects())
    try:
        leave_what_is_loaded_alone()

        assert gc.get_freeze_count() > 10_000
        assert len(gc.get_objects()) < before / 10
    finally:
        gc.unfreeze()


def runs(pid: int) -> bool:
    process = read_process(pid)
    return process is not None and process.running


def test_processes_of_a_worker_die_with_it(tmp_path: Path) -> None:
    with celery_worker("killed", "platform", log=tmp_path / "log") as worker:
        forked = [process.pid for process in children_of(worker.pid)]
        os.kill(worker.pid, signal.SIGKILL)

        assert forked
        wait_for(lambda: not any(map(runs, forked)), 5)
