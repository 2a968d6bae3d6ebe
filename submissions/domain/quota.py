"""How many uploads a team has left today; counted so that no race can pass the quota."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F

from hackathons.models import Hackathon, Team, Track
from hackathons.timeline import local_text
from submissions.errors import QuotaUsedUp
from submissions.models import UploadQuota


@dataclass(frozen=True, slots=True)
class QuotaLeft:
    """What is left of a day's uploads, and when the next day begins."""

    left: int
    quota: int
    resets_at: datetime


def quota_left(*, team: Team, track: Track, at: datetime) -> QuotaLeft:
    """What the team may still upload to the track on that moment's local day."""
    day = track.hackathon.local_day(at)
    row = UploadQuota.objects.filter(team=team, track=track, day=day).first()
    used = row.accepted if row else 0
    return QuotaLeft(
        left=max(0, track.daily_quota - used),
        quota=track.daily_quota,
        resets_at=next_day(track.hackathon, at),
    )


def take_from_quota(*, team: Team, track: Track, at: datetime) -> None:
    """Count one upload; call it in the transaction that also stores the submission.

    Raises:
        QuotaUsedUp: nothing is left of that day.
    """
    day = track.hackathon.local_day(at)
    UploadQuota.objects.bulk_create(
        [UploadQuota(team=team, track=track, day=day)], ignore_conflicts=True
    )
    taken = UploadQuota.objects.filter(
        team=team, track=track, day=day, accepted__lt=track.daily_quota
    ).update(accepted=F("accepted") + 1)
    if not taken:
        raise quota_used_up(track, at)


def quota_used_up(track: Track, at: datetime) -> QuotaUsedUp:
    """The refusal, saying when uploads are possible again."""
    resets_at = next_day(track.hackathon, at)
    return QuotaUsedUp(
        f"Your team has used its {track.daily_quota} uploads of today; the next are possible "
        f"from {local_text(track.hackathon, resets_at)}.",
        resets_at=resets_at,
    )


def next_day(hackathon: Hackathon, at: datetime) -> datetime:
    """When the local day after that moment's begins."""
    tomorrow = hackathon.local_day(at) + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, tzinfo=ZoneInfo(hackathon.time_zone))
