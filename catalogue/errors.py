"""What can go wrong with suites and models."""

from corral.errors import ProjectRefused


class CatalogueError(Exception):
    """Base of every error of this app."""


class SuiteRefused(CatalogueError, ProjectRefused):
    """A suite that breaks a rule; `problems` lists every sentence that its maker can act on."""


class ModelRefused(CatalogueError, ProjectRefused):
    """A model that breaks a rule; `problems` lists every sentence."""
