"""A person's tokens for the API: only their hash is kept, so each is shown once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from knox.models import AuthToken

from accounts.models import User

MAX_TOKENS = 20


class TooManyTokens(Exception):
    """The person has as many tokens as a person may."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """The secret itself, never to be seen again, and when it ends."""

    secret: str
    expires_at: datetime | None


def create_token(*, person: User, lasts: timedelta) -> NewToken:
    """Make a token that works from now on.

    Raises:
        TooManyTokens: one has to be revoked first.
    """
    if tokens_of(person).count() >= MAX_TOKENS:
        raise TooManyTokens(f"You have {MAX_TOKENS} tokens; revoke one first.")
    stored, secret = AuthToken.objects.create(user=person, expiry=lasts)
    return NewToken(secret=secret, expires_at=stored.expiry)


def revoke_token(*, person: User, digest: str) -> bool:
    """Make one of the person's tokens useless; False if they have no such token."""
    deleted, _ = AuthToken.objects.filter(user=person, digest=digest).delete()
    return bool(deleted)


def tokens_of(person: User) -> "QuerySet[Any]":
    """The person's tokens that still work, newest first."""
    working = AuthToken.objects.filter(user=person).exclude(expiry__lte=timezone.now())
    return cast("QuerySet[Any]", working.order_by("-created"))
