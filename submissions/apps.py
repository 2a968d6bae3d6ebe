"""The app's name and when it is ready."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    """Accepted and stored: what teams hand in."""

    name = "submissions"
    verbose_name = "Submissions"
