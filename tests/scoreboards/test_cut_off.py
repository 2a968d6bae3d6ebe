"""A re-evaluation whose request is cut off while it begins: all of it or the rest by the sweep."""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.domain.sweep import sweep
from evaluation.domain.transitions import log_new
from evaluation.models import Reevaluation, Run
from hackathons.models import Track
from tests.evaluation.shadows import REASON, answered, organizer_of, track_with

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def track() -> Track:
    made = track_with({"a": "A"})
    for _ in range(3):
        answered(made, {"a": "A"})
    return made


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Whoever queues the second run is gone before it is told of."""
    told: Counter[str] = Counter()

    def log(*, run: Run) -> None:
        told["runs"] += 1
        if told["runs"] == 2:
            raise SystemError("killed")
        log_new(run=run)

    monkeypatch.setattr("evaluation.domain.shadow.log_new", log)
    return monkeypatch


def begin(of: Track, address: str, **more: Any) -> int:
    client = Client(raise_request_exception=False)
    client.force_login(organizer_of(of))
    wanted = {"kind": "rescore", "reason": REASON, **more}
    return client.post(address, wanted).status_code


def shadows() -> list[UUID | None]:
    """The runs in whose place there is one, once for each."""
    return sorted(Run.objects.filter(counts=False).values_list("replaces", flat=True), key=str)


def test_through_the_api_it_is_begun_and_the_sweep_queues_each_once(
    track: Track, cut: pytest.MonkeyPatch
) -> None:
    assert begin(track, f"/api/v1/tracks/{track.pk}/reevaluations/") == 500
    assert (Reevaluation.objects.count(), shadows()) == (1, [])
    cut.undo()

    sweep()
    sweep()

    covered = Run.objects.filter(counts=True).values_list("pk", flat=True)
    assert shadows() == sorted(covered, key=str)


def test_in_the_admin_nothing_is_begun_and_it_can_be_tried_again(
    track: Track, cut: pytest.MonkeyPatch
) -> None:
    form = {"track": str(track.pk), "suite_version": str(track.suite_version_id)}
    address = reverse("admin:evaluation_reevaluation_add")
    assert begin(track, address, **form) == 500
    assert (Reevaluation.objects.count(), shadows()) == (0, [])
    cut.undo()

    assert begin(track, address, **form) == 302

    assert len(shadows()) == 3
