"""How many public tasks a track's runs answer first, so that a team soon knows how it does."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

LEAST = 5  # fewer say next to nothing


class QuickScored(models.Model):
    """What scores some tasks first, and shows how a run does on them before it has ended."""

    quick_tasks = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(LEAST)],
        help_text="A run begins with so many public tasks, the same ones for every team and with "
        "the same mix of tags as the whole. Once they are judged its page shows a score on them, "
        "which ranks nothing. Empty, or as many as there are: no such score. A Ladder hides it "
        "from teams.",
    )

    class Meta:
        abstract = True


CONSTRAINTS = [
    models.CheckConstraint(
        condition=Q(quick_tasks__isnull=True) | Q(quick_tasks__gte=LEAST),
        name="track_quick_tasks_enough",
        violation_error_message=f"Fewer than {LEAST} tasks say next to nothing.",
    )
]
