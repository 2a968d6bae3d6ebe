"""The addresses of a person's account; logging in and signing up are allauth's."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/tokens/", views.create, name="create_token"),
    path("account/tokens/revoke/", views.revoke, name="revoke_token"),
]
