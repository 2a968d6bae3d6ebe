"""What a run's page is told while it waits."""

import pytest

from evaluation.domain import topic
from evaluation.domain.claim import claim_run
from evaluation.models import Run
from tests.factories import RunFactory, SubmissionFactory, TeamFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read in another test is gone."""
    monkeypatch.setattr(topic, "_hall", topic._Remembered())


def version_of(run: Run) -> int:
    version = topic.snapshot(str(run.pk))["version"]
    assert isinstance(version, int)
    return version


def test_waiting_run_is_told_its_place_with_each_check() -> None:
    other = RunFactory()
    team = TeamFactory(hackathon=other.submission.track.hackathon)
    run = RunFactory(submission=SubmissionFactory(track=other.submission.track, team=team))

    told = topic.since(str(run.pk), version_of(run))

    text = "Number 2 in the queue. No worker for cpu is running."
    assert told == [{"type": "queue", "run": str(run.pk), "long": text, "short": "number 2"}]


def test_run_that_has_changed_since_is_told_as_a_whole() -> None:
    run = RunFactory()
    before = version_of(run)
    claim_run(worker="w1")

    assert topic.since(str(run.pk), before) is None
    assert topic.since(str(run.pk), version_of(run)) == []


def test_all_who_watch_share_what_was_read_a_moment_ago(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    runs = RunFactory.create_batch(2)
    first = topic._hall.now()
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert topic._hall.now() is first
    assert len(first.lines) == len(runs)
