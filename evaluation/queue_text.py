"""A place in the queue in words, for pages and sockets."""

import zoneinfo
from dataclasses import dataclass
from datetime import datetime, timedelta

from evaluation.domain.places import Place

SOON = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class PlaceText:
    """One sentence or two for a run's own page, and a few words for a list."""

    long: str
    short: str


def place_text(place: Place, *, at: datetime, time_zone: str) -> PlaceText:
    """What a person is told; times are those of the hackathon."""
    starts = _starts(place, at, zoneinfo.ZoneInfo(time_zone))
    if place.position is None:
        long = " ".join(part for part in (place.reason, starts and f"{starts}.") if part)
        return PlaceText(long or "Waiting for a worker.", starts or "waits")
    number = f"Number {place.position} in the queue"
    if place.reason:
        return PlaceText(f"{number}. {place.reason}", f"number {place.position}")
    return PlaceText(f"{number}. {starts}.", f"number {place.position}")


def _starts(place: Place, at: datetime, zone: zoneinfo.ZoneInfo) -> str:
    when = place.expected_start_at
    if when is None:
        return ""
    if place.reason:  # a time that was fixed, not one that is expected
        return f"Not before {when.astimezone(zone):%H:%M:%S}"
    if when - at <= SOON:
        return "Starts at any moment"
    rounded = when.astimezone(zone) + timedelta(seconds=30)
    clock = f"{rounded:%H:%M}" if when - at < timedelta(hours=12) else f"{rounded:%d %b, %H:%M}"
    return f"Expected to start {'before' if place.at_most else 'about'} {clock}"
