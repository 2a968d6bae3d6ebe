"""A slot belongs to one worker at a time."""

import os
from pathlib import Path

import pytest

from corral.errors import SandboxUnavailable
from corral.sandbox import slots
from corral.sandbox.slots import abandoned, reserve_slot


def test_slot_that_is_taken_is_passed_over(tmp_path: Path) -> None:
    one, other = reserve_slot(tmp_path, 5), reserve_slot(tmp_path, 5)
    assert (one.number, other.number) == (5, 6)


def test_slot_is_free_again_once_nobody_holds_it(tmp_path: Path) -> None:
    token = reserve_slot(tmp_path, 5).token
    again = reserve_slot(tmp_path, 5)
    assert again.number == 5
    assert again.token != token


def test_slots_run_out_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "SLOTS", 2)
    held = [reserve_slot(tmp_path, 0), reserve_slot(tmp_path, 0)]
    with pytest.raises(SandboxUnavailable, match="All 2 uids"):
        reserve_slot(tmp_path, 0)
    assert {slot.number for slot in held} == {0, 1}


def test_slots_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SandboxUnavailable, match="file/slots"):
        reserve_slot(tmp_path / "file" / "slots", 0)


def test_slot_is_abandoned_only_without_a_holder(tmp_path: Path) -> None:
    slot = reserve_slot(tmp_path, 0)
    with abandoned(tmp_path, slot.number) as nobodys, abandoned(tmp_path, 1) as other:
        assert (nobodys, other) == (False, True)


def test_slot_is_not_that_of_a_forked_process(tmp_path: Path) -> None:
    slot = reserve_slot(tmp_path, 0)
    child = os.fork()
    if child == 0:
        os._exit(0 if not slot.mine else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert slot.mine
