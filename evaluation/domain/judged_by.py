"""Which models judged the outputs of a run, and by which prompts."""

from dataclasses import dataclass

from django.db.models import Count

from corral.scorers.base import JudgedBy
from evaluation.domain.queries import SeenRun, visible_splits
from evaluation.models import TaskResult


@dataclass(frozen=True, slots=True)
class JudgedTasks:
    """How many of a run's tasks a model judged by a prompt."""

    by: JudgedBy
    tasks: int


def judges_of(seen: SeenRun) -> list[JudgedTasks]:
    """The judges of the results that the person may read, by name; none where no model judged.

    There are several where tasks have options of their own, and where the judging model was
    another one by the time a later attempt went on.
    """
    judged = TaskResult.objects.filter(
        run=seen.run, split__in=visible_splits(seen), judge__isnull=False
    )
    counted = judged.order_by().values_list("judge").annotate(tasks=Count("pk"))
    found = [JudgedTasks(JudgedBy(**judge), tasks) for judge, tasks in counted]
    return sorted(
        found, key=lambda one: (one.by.model, one.by.weights_sha256, one.by.prompt_sha256)
    )
