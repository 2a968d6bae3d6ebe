"""The app's name and when it is ready."""

from django.apps import AppConfig


class HackathonsConfig(AppConfig):
    """The rules of the game: hackathons, tracks, timelines, teams, roles."""

    name = "hackathons"
    verbose_name = "Hackathons"
