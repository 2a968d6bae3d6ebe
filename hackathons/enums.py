"""The states and roles of a hackathon."""

from django.db.models import TextChoices


class HackathonState(TextChoices):
    """Where a hackathon is in its timeline; always computed from the clock, never stored."""

    ANNOUNCED = "announced", "Announced"
    REGISTRATION = "registration", "Registration open"
    HACKING = "hacking", "Hacking"
    CLOSED = "closed", "Submissions closed"
    PUBLISHED = "published", "Results published"


class RoleKind(TextChoices):
    """What a person is in one hackathon besides being in a team."""

    ORGANIZER = "organizer", "Organizer"
    JUDGE = "judge", "Judge"


class Audience(TextChoices):
    """Who looks at a scoreboard: spectators stop seeing at the freeze, judges do not."""

    SPECTATORS = "spectators", "Spectators"
    JUDGES = "judges", "Judges"
