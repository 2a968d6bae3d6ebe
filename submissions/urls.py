"""The addresses of handing in."""

from django.urls import path

from submissions import views

app_name = "submissions"
urlpatterns = [
    path("h/<slug:hackathon>/tracks/<slug:track>/submit/", views.submit, name="submit"),
    path("submissions/<uuid:pk>/final/", views.final, name="final"),
]
