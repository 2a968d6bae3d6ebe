"""The app's name and when it is ready."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """Pushed: topics over WebSockets; knows no other app."""

    name = "live"
    verbose_name = "Live"
