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


class Flow(TextChoices):
    """Whether runs of an event or a track, or on a worker, go on.

    DRAINING starts no new ones and lets those that are going end. PAUSED puts those back in the
    queue, too, with what they have answered.
    """

    OPEN = "open", "Open"
    DRAINING = "draining", "Draining"
    PAUSED = "paused", "Paused"


class Lane(TextChoices):
    """The label of the workers that a track's runs need; a worker serves one or several."""

    CPU = "cpu", "CPU"
    GPU = "gpu", "GPU"
    LARGE = "large", "Large machines"
