"""The app that wires all others."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Connects the journey's signals once every app is loaded."""

    name = "config"

    def ready(self) -> None:
        """Wire the journey."""
        from config import pipeline

        pipeline.connect()
