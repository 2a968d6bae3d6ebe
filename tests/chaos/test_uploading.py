"""The journal of uploads, which a kill can cut off anywhere."""

from pathlib import Path

from tests.chaos.uploading import Entry, Plan

ENTRIES = tuple(Entry(number, 0.0, "one", "team", "track", "archive") for number in range(3))
SUBMISSION = "6b0b6e1e-3d6c-4a8a-9a53-0c9d6f0a1b2c"


def test_plan_is_the_same_when_it_is_read_again(tmp_path: Path) -> None:
    plan = Plan(ENTRIES, tmp_path / "journal")
    plan.write(tmp_path / "plan")

    assert Plan.read(tmp_path / "plan") == plan


def test_half_a_line_of_the_journal_is_no_acceptance(tmp_path: Path) -> None:
    plan = Plan(ENTRIES, tmp_path / "journal")
    plan.journal.write_text(f"\n0 {SUBMISSION}\n1 6b0b6e1e-3d6c\n2 {SUBMISSION}\n")

    assert plan.accepted() == {0: SUBMISSION, 2: SUBMISSION}
    assert [entry.number for entry in plan.waiting()] == [1]
