"""A storage of its own for each test."""

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    """Where archives are stored during the test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"
