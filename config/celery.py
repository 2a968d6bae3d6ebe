"""The Celery application: its messages are nudges, PostgreSQL is the truth."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("corral")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "sweep": {"task": "evaluation.sweep", "schedule": settings.SWEEP_SECONDS},
    "refresh-boards": {"task": "scoreboards.refresh_all", "schedule": 5.0},
}
