"""The address of a track's board."""

from django.urls import path

from scoreboards import views

app_name = "scoreboards"
urlpatterns = [
    path("h/<slug:hackathon>/tracks/<slug:track>/board/", views.board, name="board"),
]
