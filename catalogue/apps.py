"""The app's name and when it is ready."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """What is asked and which models may answer: suites, their versions, the models."""

    name = "catalogue"
    verbose_name = "Catalogue"
