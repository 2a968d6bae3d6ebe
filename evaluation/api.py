"""The REST API of submissions, runs and what they got."""

from typing import Any, cast
from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from evaluation.domain.calls import Calls
from evaluation.domain.queries import (
    SeenRun,
    SeenSubmission,
    attempts_of,
    results_for_page,
    run_for_person,
    submission_for_person,
    submissions_for_person,
    with_runs,
)
from evaluation.models import LedgerPack, TaskResult
from evaluation.serializers import (
    CallSerializer,
    LogSerializer,
    ProblemSerializer,
    ResultSerializer,
    RunDetailSerializer,
    SubmissionSerializer,
)
from hackathons.models import Track
from hackathons.rules import team_of
from submissions.domain.accept import accept_submission
from submissions.domain.final import declare_final
from submissions.errors import NotAMember, UploadTooLarge
from submissions.models import Submission
from submissions.uploads import TOO_LARGE, declares_too_much, measure, received_at

HIDES_RESULTS = {
    "frozen": "The freeze hides the results of this run.",
    "ladder": "The track's Ladder hides results task by task until the results are published.",
}
UPLOAD = {
    "multipart/form-data": {
        "type": "object",
        "properties": {"archive": {"type": "string", "format": "binary"}},
        "required": ["archive"],
    }
}


class Pages(LimitOffsetPagination):
    """Pages of at most 200."""

    max_limit = 200


class TrackSubmissionsView(GenericAPIView[Submission]):
    """The submissions to a track that the person may see, and the door for new ones."""

    permission_classes = (IsAuthenticated,)
    parser_classes = (MultiPartParser,)
    pagination_class = Pages
    serializer_class = SubmissionSerializer  # type: ignore[assignment]
    queryset = Submission.objects.none()

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Measure the upload from its first byte on."""
        self.measured = measure(request)
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body that says by itself how much too large it is."""
        if declares_too_much(request._request):
            raise UploadTooLarge(TOO_LARGE)
        super().initial(request, *args, **kwargs)

    @extend_schema(
        responses={200: SubmissionSerializer(many=True), 401: ProblemSerializer},
        operation_id="track_submissions_list",
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """List the team's submissions to the track, newest first; judges see every team's."""
        track = _track(pk)
        page = self.paginate_queryset(submissions_for_person(person=request.user, track=track))
        seen = with_runs(
            page or [], person=request.user, hackathon=track.hackathon, at=timezone.now()
        )
        listed = [SubmissionSerializer(one).data for one in seen]
        return self.get_paginated_response(listed)

    @extend_schema(
        request=UPLOAD,
        responses={
            200: SubmissionSerializer,
            201: SubmissionSerializer,
            **dict.fromkeys((400, 401, 403, 404, 413, 429, 503), ProblemSerializer),
        },
        operation_id="track_submissions_create",
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Hand in an archive: 201 for a new submission, 200 where the team sent these bytes."""
        track, person = _track(pk), cast(User, request.user)
        team = team_of(person, track.hackathon)
        if team is None:
            raise NotAMember("You are in no team of this hackathon.")
        arrived = received_at(request._request)
        archive = request.FILES.get("archive")
        if self.measured.too_large:
            raise UploadTooLarge(TOO_LARGE)
        if archive is None:
            raise ValidationError({"archive": ["Send the file in the multipart field “archive”."]})
        accepted = accept_submission(
            team=team,
            track=track,
            person=person,
            upload=archive,
            file_name=archive.name or "",
            received_at=arrived,
        )
        seen = _submission(request, accepted.submission.pk)
        return Response(SubmissionSerializer(seen).data, status=201 if accepted.created else 200)


class SubmissionView(APIView):
    """One submission."""

    @extend_schema(responses={200: SubmissionSerializer, 404: ProblemSerializer})
    def get(self, request: Request, pk: UUID) -> Response:
        """The submission with its newest run."""
        return Response(SubmissionSerializer(_submission(request, pk)).data)


class FinalView(APIView):
    """The team's final submission to a track."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        request=None,
        responses={
            200: SubmissionSerializer,
            **dict.fromkeys((401, 403, 404), ProblemSerializer),
        },
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Declare the submission final, in place of any other of the team to its track."""
        seen = _submission(request, pk)
        person = cast(User, request.user)
        declare_final(submission=seen.submission, person=person, at=timezone.now())
        return Response(SubmissionSerializer(seen).data)


class RunView(APIView):
    """One run."""

    @extend_schema(responses={200: RunDetailSerializer, 404: ProblemSerializer})
    def get(self, request: Request, pk: UUID) -> Response:
        """State, reason, progress, and the score as far as the person may see it."""
        return Response(RunDetailSerializer(seen_run(request, pk)).data)


class RunResultsView(GenericAPIView[TaskResult]):
    """What a run got, task by task."""

    pagination_class = Pages
    serializer_class = ResultSerializer
    queryset = TaskResult.objects.none()

    @extend_schema(
        parameters=[OpenApiParameter("verdict", str), OpenApiParameter("tag", str)],
        responses={
            200: ResultSerializer(many=True),
            403: ProblemSerializer,
            404: ProblemSerializer,
        },
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Results that the person may see, failing first; 403 where they are hidden."""
        seen = seen_run(request, pk)
        if seen.hidden:
            raise PermissionDenied(HIDES_RESULTS[seen.hidden], code=seen.hidden)
        verdict, tag = (request.query_params.get(name, "") for name in ("verdict", "tag"))
        page = self.paginate_queryset(results_for_page(seen, verdict=verdict, tag=tag))
        return self.get_paginated_response(ResultSerializer(page, many=True).data)


class CallPages(Pages):
    """Pages of at most 50: calls are long."""

    default_limit = 20
    max_limit = 50


class RunCallsView(GenericAPIView[LedgerPack]):
    """The calls of a run to its model."""

    pagination_class = CallPages
    serializer_class = CallSerializer  # type: ignore[assignment]
    queryset = LedgerPack.objects.none()

    @extend_schema(
        parameters=[OpenApiParameter("task", str)],
        responses={
            200: CallSerializer(many=True),
            403: ProblemSerializer,
            404: ProblemSerializer,
        },
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Calls that the person may read, in the order they ended, by attempt and split."""
        seen = seen_run(request, pk)
        if seen.frozen:
            raise PermissionDenied("The freeze hides the calls of this run.", code="frozen")
        found = Calls(seen, task=request.query_params.get("task", ""))
        page: Any = self.paginate_queryset(found)
        listed = [CallSerializer(call).data for call in page]
        return self.get_paginated_response(listed)


class RunLogView(APIView):
    """What a run's public sandbox wrote to stderr."""

    @extend_schema(responses={200: LogSerializer(many=True), 404: ProblemSerializer})
    def get(self, request: Request, pk: UUID) -> Response:
        """The stored log of every attempt, oldest first."""
        return Response(LogSerializer(attempts_of(seen_run(request, pk).run), many=True).data)


def _track(pk: UUID) -> Track:
    return get_object_or_404(Track.objects.select_related("hackathon"), pk=pk)


def _submission(request: Request, pk: UUID) -> SeenSubmission:
    seen = submission_for_person(person=request.user, pk=pk, at=timezone.now())
    if seen is None:
        raise Http404
    return seen


def seen_run(request: Request, pk: UUID) -> SeenRun:
    """The run as the person sees it; 404 where they may not know of it."""
    seen = run_for_person(person=request.user, pk=pk, at=timezone.now())
    if seen is None:
        raise Http404
    return seen
