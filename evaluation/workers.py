"""The workers that take runs, as they last said so themselves."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.models import UuidModel
from hackathons.enums import Flow, Lane


class Worker(UuidModel):
    """One Celery worker; its processes, each of which evaluates one run at a time.

    `started_at` is when its main process began, `seen_at` when it last said that it lives, and
    `processes` are the ids of those that lived then.
    """

    name = models.CharField(max_length=120, unique=True)
    lanes = ArrayField(models.CharField(max_length=8, choices=Lane.choices))
    slots = models.PositiveSmallIntegerField(help_text="Runs at the same time.")
    flow = models.CharField(max_length=8, choices=Flow.choices, default=Flow.OPEN, editable=False)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    processes = ArrayField(models.PositiveIntegerField(), default=list)

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(condition=Q(flow__in=Flow.values), name="worker_flow_known"),
        ]

    def __str__(self) -> str:
        return self.name
