"""What a track says of every call to the model: fields that several limits of a run share."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from corral.gateway.rules import MOST_SEED, CallRules, Reasoning

MOST_CALLS_PER_MINUTE = 100_000
LEAST_CONTEXT = 256  # a chat template alone takes a hundred tokens
MOST_AT_ONCE = 64
REASONING = {
    Reasoning.ALLOWED: "As much as the project likes",
    Reasoning.CAPPED: "Up to a number of tokens a call",
    Reasoning.FORBIDDEN: "Not at all",
}


class CallRuled(models.Model):
    """The fields of a track's `CallRules`; empty ones leave the matter to the project."""

    enforced_temperature = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.0), MaxValueValidator(2.0)]
    )
    enforced_seed = models.BigIntegerField(
        null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(MOST_SEED)]
    )
    context_tokens = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(LEAST_CONTEXT)]
    )
    allows_tools = models.BooleanField(default=True)
    reasoning = models.CharField(
        max_length=9,
        choices=[(kind.value, label) for kind, label in REASONING.items()],
        default=Reasoning.ALLOWED.value,
    )
    reasoning_tokens = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    calls_at_once = models.PositiveSmallIntegerField(
        default=16, validators=[MinValueValidator(1), MaxValueValidator(MOST_AT_ONCE)]
    )
    calls_per_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_CALLS_PER_MINUTE)],
    )

    class Meta:
        abstract = True

    @property
    def call_rules(self) -> CallRules:
        """As the engine takes them."""
        return CallRules(
            temperature=self.enforced_temperature,
            seed=self.enforced_seed,
            context_tokens=self.context_tokens,
            tools=self.allows_tools,
            reasoning=Reasoning(self.reasoning),
            reasoning_tokens=self.reasoning_tokens,
            concurrency=self.calls_at_once,
            calls_per_minute=self.calls_per_minute,
        )


def _empty_or(field: str, condition: Q) -> Q:
    return Q(**{f"{field}__isnull": True}) | condition


CONSTRAINTS: list[models.BaseConstraint] = [
    models.CheckConstraint(
        condition=_empty_or(
            "enforced_temperature",
            Q(enforced_temperature__gte=0.0) & Q(enforced_temperature__lte=2.0),
        ),
        name="track_temperature_from_0_to_2",
    ),
    models.CheckConstraint(
        condition=_empty_or(
            "enforced_seed", Q(enforced_seed__gte=0) & Q(enforced_seed__lte=MOST_SEED)
        ),
        name="track_seed_of_31_bits",
    ),
    models.CheckConstraint(
        condition=_empty_or("context_tokens", Q(context_tokens__gte=LEAST_CONTEXT)),
        name="track_context_holds_a_template",
    ),
    models.CheckConstraint(
        condition=(
            Q(reasoning=Reasoning.CAPPED.value)
            & Q(reasoning_tokens__isnull=False)
            & Q(reasoning_tokens__gte=1)
        )
        | (
            Q(reasoning__in=[Reasoning.ALLOWED.value, Reasoning.FORBIDDEN.value])
            & Q(reasoning_tokens__isnull=True)
        ),
        name="track_reasoning_cap_where_capped",
        violation_error_message="Give a number of tokens for reasoning exactly where it is capped.",
    ),
    models.CheckConstraint(
        condition=Q(calls_at_once__gte=1) & Q(calls_at_once__lte=MOST_AT_ONCE),
        name="track_calls_at_once_from_1_to_64",
    ),
    models.CheckConstraint(
        condition=_empty_or(
            "calls_per_minute",
            Q(calls_per_minute__gte=1) & Q(calls_per_minute__lte=MOST_CALLS_PER_MINUTE),
        ),
        name="track_calls_per_minute_from_1_to_100000",
    ),
]
