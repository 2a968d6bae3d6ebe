"""The sample projects: complete, accepted by the platform, and the same bytes each time."""

from pathlib import Path

import pytest
from django.conf import settings

from config.demo.samples import Sample, load_samples
from corral.project.archive import inspect_archive
from corral.project.manifest import ProjectKind
from corral.verdicts import Verdict

SAMPLES = list(load_samples(settings.BASE_DIR / "examples"))


def test_samples_are_at_least_seven_of_both_kinds_on_both_tracks() -> None:
    assert len(SAMPLES) >= 7
    assert len({sample.team for sample in SAMPLES}) == len(SAMPLES)
    assert all("sprint" in sample.tracks for sample in SAMPLES)
    assert sum("gsm8k" in sample.tracks for sample in SAMPLES) == 2


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.folder.name)
def test_sample_is_accepted_without_its_expectation(sample: Sample, tmp_path: Path) -> None:
    packed = tmp_path / "sample.tar.gz"
    packed.write_bytes(sample.archive())

    inspection = inspect_archive(packed, packed.name)

    assert "expected.toml" not in inspection.files
    assert inspection.manifest.kind in set(ProjectKind)
    assert sample.verdicts | sample.must_have <= set(Verdict)
    assert sample.archive() == sample.archive()
