"""The REST API of what people do to runs."""

from typing import cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from evaluation.api import seen_run
from evaluation.domain.cancel import cancel_run, repeat_run
from evaluation.serializers import ProblemSerializer, RunDetailSerializer

REFUSED = dict.fromkeys((401, 403, 404, 409), ProblemSerializer)


class CancelView(APIView):
    """The end of a run, by those whose it is."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        request=None, responses={200: RunDetailSerializer, **REFUSED}, operation_id="runs_cancel"
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Cancel a run that waits or goes on: its team, or an organizer; 409 if it has ended."""
        run = seen_run(request, pk).run
        cancel_run(run=run, person=cast(User, request.user))
        return Response(RunDetailSerializer(seen_run(request, pk)).data)


class AgainView(APIView):
    """A new run in the place of one."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        request=None, responses={201: RunDetailSerializer, **REFUSED}, operation_id="runs_again"
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Queue the submission again, after a run without a score; 409 if another has its place."""
        run = seen_run(request, pk).run
        new = repeat_run(run=run, person=cast(User, request.user))
        return Response(RunDetailSerializer(seen_run(request, new.pk)).data, status=201)
