"""What can go wrong in an evaluation, told apart by whose doing it is."""

from typing import ClassVar


class EvaluationError(Exception):
    """Base of every error of this app."""


class LeaseLost(EvaluationError):
    """This attempt holds the run no longer: nothing of it may be recorded, nobody is to blame."""


class UserCaused(EvaluationError):
    """What a person asked for can't be done; the sentence says why, `code` for programs."""

    code: ClassVar[str] = "refused"


class MayNot(UserCaused):
    """The person may see it, but not do this to it."""

    code = "may_not"


class NotEnded(UserCaused):
    """A run that has not ended can't be replaced."""

    code = "not_ended"


class HasEnded(UserCaused):
    """A run that has ended can't be stopped any more."""

    code = "has_ended"


class NotReady(UserCaused):
    """A re-evaluation has runs that go on or that the platform failed."""

    code = "not_ready"


class WasDecided(UserCaused):
    """Somebody applied or discarded the re-evaluation before."""

    code = "was_decided"


class CannotReevaluate(UserCaused):
    """A track can't be re-evaluated in this way; the sentence names what is in the way."""

    code = "cannot_reevaluate"


class StoppedEarly(EvaluationError):
    """The run is surely worse than its team's best; the message says so to the team."""
