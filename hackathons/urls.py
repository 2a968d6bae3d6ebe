"""The addresses of hackathons, tracks and teams."""

from django.urls import path

from hackathons import team_views, views

app_name = "hackathons"
urlpatterns = [
    path("", views.home, name="home"),
    path("guide/", views.guide, name="guide"),
    path("h/<slug:hackathon>/", views.hackathon, name="hackathon"),
    path("h/<slug:hackathon>/tracks/<slug:track>/", views.track, name="track"),
    path("h/<slug:hackathon>/team/", team_views.team, name="team"),
    path("h/<slug:hackathon>/team/invite/", team_views.invite_someone, name="invite"),
    path("h/<slug:hackathon>/team/leave/", team_views.leave, name="leave"),
    path(
        "h/<slug:hackathon>/team/invitations/<uuid:pk>/withdraw/",
        team_views.withdraw,
        name="withdraw",
    ),
    path("join/<str:token>/", team_views.join, name="join"),
]
