"""A worker's processes."""

import gc

from config.celery import leave_what_is_loaded_alone


def test_garbage_collections_of_a_worker_skip_what_was_loaded() -> None:
    before = len(gc.get_objects())
    try:
        leave_what_is_loaded_alone()

        assert gc.get_freeze_count() > 10_000
        assert len(gc.get_objects()) < before / 10
    finally:
        gc.unfreeze()
