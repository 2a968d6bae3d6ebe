"""How events, tracks and teams share the workers: weights, limits, and whether runs go on."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from hackathons.enums import Flow, Lane

MOST_WEIGHT = 100.0
_AT_LEAST_ONE = [MinValueValidator(1)]


def _weight() -> "models.FloatField[float, float]":
    return models.FloatField(
        default=1.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(MOST_WEIGHT)],
        help_text="2 gets twice the runs of 1 where the workers are not enough for all.",
    )


def _limit(of: str) -> "models.PositiveIntegerField[int | None, int | None]":
    return models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=_AT_LEAST_ONE,
        help_text=f"Runs {of} at the same time. Empty: as many as there are workers.",
    )


class Steered(models.Model):
    """What organizers pause, drain and resume.

    Those verbs alone write `flow`, straight to the row: a `save` of what was read before, by a
    form that is being sent just then, never takes a pause back.
    """

    flow = models.CharField(max_length=8, choices=Flow.choices, default=Flow.OPEN, editable=False)

    class Meta:
        abstract = True

    def save(self, **kwargs: Any) -> None:
        """All but `flow`, unless the row is new or the caller says what to write."""
        if not self._state.adding and not kwargs.keys() & {"update_fields", "force_insert"}:
            fields = {field.attname for field in self._meta.concrete_fields}
            kwargs["update_fields"] = fields - {"id", "flow"} - self.get_deferred_fields()
        super().save(**kwargs)


class EventShared(Steered):
    """A hackathon's share among all that use the same workers."""

    share_weight = _weight()
    max_runs = _limit("of all teams together")
    team_max_runs = _limit("of each team")

    class Meta:
        abstract = True


class TrackShared(Steered):
    """Which workers a track's runs need, and how many of them at once."""

    lane = models.CharField(
        max_length=8,
        choices=Lane.choices,
        default=Lane.CPU,
        help_text="The workers that take its runs: those that were started with this label.",
    )
    max_runs = _limit("of the track")

    class Meta:
        abstract = True


class TeamShared(models.Model):
    """A team's share among the teams of its hackathon."""

    share_weight = _weight()

    class Meta:
        abstract = True


def share_constraints(of: str, *, weight: bool, flow: bool) -> list[models.BaseConstraint]:
    """Those of the fields above, named after the model."""
    found: list[models.BaseConstraint] = []
    if weight:
        within = Q(share_weight__gte=0.1) & Q(share_weight__lte=MOST_WEIGHT)
        found.append(models.CheckConstraint(condition=within, name=f"{of}_weight_from_0_1_to_100"))
    if flow:
        known = Q(flow__in=Flow.values)
        found.append(models.CheckConstraint(condition=known, name=f"{of}_flow_known"))
    return found
