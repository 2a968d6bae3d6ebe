"""What a team, and all teams together, may use of the models over a whole hackathon."""

from django.db import models


class Budgeted(models.Model):
    """A hackathon's budgets; an empty one is no limit."""

    team_token_budget = models.PositiveBigIntegerField(null=True, blank=True)
    team_call_budget = models.PositiveBigIntegerField(null=True, blank=True)
    event_token_budget = models.PositiveBigIntegerField(null=True, blank=True)
    event_call_budget = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        abstract = True


class BudgetAccount(models.Model):
    """What a team used, or (without a team) all of a hackathon's teams together.

    `used` is what stays counted, `held` what is set aside for runs that have not ended; both are
    kept where there is no limit, too, so that one can be set at any time. A team's `used` is what
    runs used that ended by the project's doing; an event's is all that reached a model server.
    """

    hackathon = models.ForeignKey("hackathons.Hackathon", on_delete=models.CASCADE)
    team = models.ForeignKey(
        "hackathons.Team", null=True, blank=True, on_delete=models.CASCADE, related_name="accounts"
    )
    used_tokens = models.PositiveBigIntegerField(default=0)
    used_calls = models.PositiveBigIntegerField(default=0)
    held_tokens = models.PositiveBigIntegerField(default=0)
    held_calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ("hackathon", "team__name")
        verbose_name = "model budget"
        constraints = [
            models.UniqueConstraint(
                fields=["hackathon", "team"], nulls_distinct=False, name="one_budget_account"
            ),
        ]

    def __str__(self) -> str:
        return f"Budget of {self.team or 'all teams together'}"
