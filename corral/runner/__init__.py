"""Runs one project over a sequence of tasks."""

from corral.runner.outcome import ProjectFailed, StoredProject, TaskOutcome
from corral.runner.run import run_project

__all__ = ["ProjectFailed", "StoredProject", "TaskOutcome", "run_project"]
