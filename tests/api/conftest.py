"""A client with a token, and a storage of its own for each test."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.cache import cache
from knox.models import get_token_model
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, settings: Settings) -> None:
    """No archive and no count of log-ins is left from another test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()


@pytest.fixture
def api() -> APIClient:
    """Nobody in particular."""
    return APIClient()


@pytest.fixture
def api_of(db: None) -> Callable[[User], APIClient]:
    """A client that bears a token of the person."""

    def client(person: User) -> APIClient:
        _, token = get_token_model().objects.create(user=person)
        bearer = APIClient()
        bearer.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return bearer

    return client
