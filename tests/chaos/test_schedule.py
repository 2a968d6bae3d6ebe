"""What is planned: the same for the same seed, and as much as was promised."""

from collections import Counter

import pytest

from tests.chaos.schedule import (
    AWAY,
    EACH_KIND_WANTED,
    FULL,
    KILLS,
    MANNERS,
    MOST_KILLS_WANTED,
    Fault,
    FaultKind,
    in_proportion,
    lacking,
    planned_faults,
    planned_uploads,
)

WEIGHTS = {"common": 4, "rare": 1}


def faults(seed: int = 1, runs: int = FULL) -> list[Fault]:
    return planned_faults(seed=seed, runs=runs, window=300.0, lease=10.0)


def test_faults_are_the_same_for_the_same_seed_alone() -> None:
    assert faults(seed=3) == faults(seed=3)
    assert faults(seed=3) != faults(seed=4)


@pytest.mark.parametrize("seed", range(5))
def test_faults_of_a_full_run_keep_what_is_promised(seed: int) -> None:
    counts = Counter(fault.kind for fault in faults(seed))

    assert lacking(counts, FULL) == []
    assert all(counts[kind] >= EACH_KIND_WANTED for kind in KILLS)
    assert sum(counts[kind] for kind in KILLS) >= MOST_KILLS_WANTED


def test_faults_come_in_order_within_the_window_and_in_every_manner() -> None:
    planned = faults()
    moments = [fault.at for fault in planned]

    assert moments == sorted(moments)
    assert all(0 <= moment <= 300 for moment in moments)
    assert {(fault.kind, fault.manner) for fault in planned} == {
        (kind, manner) for kind, manners in MANNERS.items() for manner in manners
    }


def test_frozen_workers_sleep_past_their_lease() -> None:
    slept = [fault.away for fault in faults() if fault.kind is FaultKind.FREEZE]

    assert min(slept) > 10.0
    assert max(slept) <= 10.0 * AWAY[FaultKind.FREEZE][1]


def test_fewer_runs_need_fewer_kills() -> None:
    assert lacking(Counter(fault.kind for fault in faults(runs=30)), 30) == []


def test_kills_that_did_not_happen_are_named() -> None:
    kills = dict.fromkeys(KILLS, 9) | {FaultKind.WORKER: 12}

    assert lacking(kills, FULL) == [
        "only 9 of at least 10 kills of beat",
        "only 9 of at least 10 kills of redis",
        "only 9 of at least 10 kills of postgres",
        "only 39 of at least 40 kills",
    ]


def test_uploads_are_the_same_for_the_same_seed_and_in_proportion() -> None:
    def planned(seed: int) -> list[object]:
        return [
            *planned_uploads(seed=seed, runs=50, window=60.0, weights=WEIGHTS, teams=3),
        ]

    uploads = planned_uploads(seed=1, runs=50, window=60.0, weights=WEIGHTS, teams=3)
    assert planned(1) == uploads != planned(2)
    assert Counter(upload.kind for upload in uploads) == {"common": 40, "rare": 10}
    assert {upload.team for upload in uploads} == {0, 1, 2}


def test_every_kind_is_there_even_among_few() -> None:
    assert in_proportion(WEIGHTS, 3) == ["common", "rare", "common"]
