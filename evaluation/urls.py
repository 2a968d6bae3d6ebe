"""The addresses of submissions' pages, which show their runs."""

from django.urls import path

from evaluation import call_views, run_views, views

app_name = "evaluation"
urlpatterns = [
    path(
        "h/<slug:hackathon>/tracks/<slug:track>/submissions/",
        views.submissions,
        name="submissions",
    ),
    path("submissions/<uuid:pk>/", views.submission, name="submission"),
    path("submissions/<uuid:pk>/status/", views.status, name="status"),
    path("submissions/<uuid:pk>/results/", views.results, name="results"),
    path("submissions/<uuid:pk>/row/", views.row, name="row"),
    path("submissions/<uuid:pk>/calls/", call_views.calls, name="calls"),
    path("submissions/<uuid:pk>/calls/part/", call_views.calls_part, name="calls-part"),
    path("submissions/<uuid:pk>/calls/file/", call_views.calls_file, name="calls-file"),
    path("submissions/<uuid:pk>/log/<int:number>/", views.log, name="log"),
    path("runs/<uuid:pk>/cancel/", run_views.cancel, name="cancel"),
    path("runs/<uuid:pk>/again/", run_views.again, name="again"),
]
