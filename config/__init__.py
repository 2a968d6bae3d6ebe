"""Settings, addresses and the wiring of the submission's journey."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
