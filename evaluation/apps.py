"""The app's name and when it is ready."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """Queued, run and scored."""

    name = "evaluation"
    verbose_name = "Evaluation"
