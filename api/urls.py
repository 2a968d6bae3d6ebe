"""The addresses of version 1, to be included under api/v1/."""

from django.urls import path

from api import auth, hackathons, suites
from evaluation import api as evaluation
from evaluation import run_api
from scoreboards import api_reevaluations as reevaluations
from scoreboards.api import BoardView

app_name = "v1"
urlpatterns = [
    path("auth/token/", auth.TokenView.as_view(), name="token"),
    path("hackathons/", hackathons.HackathonsView.as_view(), name="hackathons"),
    path("hackathons/<slug:slug>/", hackathons.HackathonView.as_view(), name="hackathon"),
    path("tracks/<uuid:pk>/", hackathons.TrackView.as_view(), name="track"),
    path(
        "tracks/<uuid:pk>/submissions/",
        evaluation.TrackSubmissionsView.as_view(),
        name="track-submissions",
    ),
    path("tracks/<uuid:pk>/board/", BoardView.as_view(), name="board"),
    path(
        "tracks/<uuid:pk>/reevaluations/",
        reevaluations.TrackReevaluationsView.as_view(),
        name="track-reevaluations",
    ),
    path("reevaluations/<uuid:pk>/", reevaluations.ReevaluationView.as_view(), name="reevaluation"),
    path("reevaluations/<uuid:pk>/apply/", reevaluations.ApplyView.as_view(), name="apply"),
    path("reevaluations/<uuid:pk>/discard/", reevaluations.DiscardView.as_view(), name="discard"),
    path("suites/", suites.SuitesView.as_view(), name="suites"),
    path("suites/check/", suites.CheckView.as_view(), name="suite-check"),
    path("suites/<slug:slug>/<int:number>/", suites.VersionView.as_view(), name="suite"),
    path(
        "suites/<slug:slug>/<int:number>/publish/",
        suites.PublishView.as_view(),
        name="suite-publish",
    ),
    path(
        "suites/<slug:slug>/<int:number>/export/", suites.ExportView.as_view(), name="suite-export"
    ),
    path("suites/<slug:slug>/<int:number>/opened/", suites.OpenView.as_view(), name="suite-opened"),
    path("submissions/<uuid:pk>/", evaluation.SubmissionView.as_view(), name="submission"),
    path("submissions/<uuid:pk>/final/", evaluation.FinalView.as_view(), name="final"),
    path("runs/<uuid:pk>/", evaluation.RunView.as_view(), name="run"),
    path("runs/<uuid:pk>/cancel/", run_api.CancelView.as_view(), name="run-cancel"),
    path("runs/<uuid:pk>/again/", run_api.AgainView.as_view(), name="run-again"),
    path("runs/<uuid:pk>/results/", evaluation.RunResultsView.as_view(), name="run-results"),
    path("runs/<uuid:pk>/calls/", evaluation.RunCallsView.as_view(), name="run-calls"),
    path("runs/<uuid:pk>/log/", evaluation.RunLogView.as_view(), name="run-log"),
]
