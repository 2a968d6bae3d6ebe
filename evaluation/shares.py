"""What the fair order of waiting runs is computed from, kept incrementally.

A trigger of the table of runs counts every transition here, in the same transaction: no code path
can forget it. It takes its rows in one order: the event's share, the team's share, the line.
Runs in background lines are the organizers' doing: of them the event's share counts only that they
run, and the team's nothing.
"""

from django.db import models

from hackathons.models import Hackathon, Team, Track


class Share(models.Model):
    """What a team, or (without a team) a whole hackathon, has of the workers.

    `recent_seconds` are sandbox seconds as of `measured_at`, of which half are forgotten every ten
    minutes; the database function `evaluation_recent` says what is left of them now.
    """

    hackathon = models.ForeignKey(Hackathon, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    running = models.PositiveIntegerField(default=0)
    recent_seconds = models.FloatField(default=0.0)
    measured_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hackathon", "team"], nulls_distinct=False, name="one_share"
            ),
        ]

    def __str__(self) -> str:
        return f"Share of {self.team or self.hackathon}"


class Line(models.Model):
    """The runs of one team in one track that wait, first come first served.

    What is in a background line waits for all that is not.
    """

    hackathon = models.ForeignKey(Hackathon, on_delete=models.CASCADE, related_name="+")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    background = models.BooleanField(default=False)
    waiting = models.PositiveIntegerField(default=0)
    running = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["track", "team", "background"], name="one_line"),
        ]
        indexes = [
            models.Index(
                fields=["hackathon"], condition=models.Q(waiting__gt=0), name="line_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} in {self.track}"
