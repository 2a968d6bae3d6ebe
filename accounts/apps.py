"""The app's name and when it is ready."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who people are."""

    name = "accounts"
    verbose_name = "Accounts"
