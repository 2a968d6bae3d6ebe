"""The app's name and when it is ready."""

from django.apps import AppConfig


class ScoreboardsConfig(AppConfig):
    """Ranked: stored versions of every track's board."""

    name = "scoreboards"
    verbose_name = "Scoreboards"
