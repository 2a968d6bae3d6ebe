"""Boards as JSON: the same snapshot and deltas that browsers get over their sockets."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hackathons.models import Track
from hackathons.rules import audience_of
from scoreboards.api_reevaluations import decisions_of
from scoreboards.domain.boards import current_board, deltas_since
from scoreboards.domain.results import track_of
from scoreboards.domain.topic import delta_message, snapshot_message
from scoreboards.serializers import BoardSerializer, SinceSerializer


class BoardView(APIView):
    """A track's scoreboard, as the caller's audience sees it."""

    permission_classes = (AllowAny,)

    @extend_schema(
        parameters=[OpenApiParameter("since", int, description="Only what came after it.")],
        responses=BoardSerializer,
        operation_id="board_retrieve",
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """The board's snapshot, or with ?since=N the deltas after version N."""
        track = track_of(pk)
        if track is None:
            raise Http404
        asked = SinceSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        audience = audience_of(request.user, track.hackathon)
        board = current_board(track=track, audience=audience)
        number = asked.validated_data.get("since")
        deltas = None if number is None else deltas_since(board, number)
        if deltas is None:
            return Response(
                {**snapshot_message(board, track, audience), **_decided(request, track)}
            )
        told = [delta_message(delta) for delta in deltas]
        version = told[-1]["version"] if told else board.version
        answer = {"type": "deltas", "version": version, "deltas": told}
        return Response({**answer, **_decided(request, track)})


def _decided(request: Request, track: Track) -> dict[str, Any]:
    return {"reevaluations": decisions_of(request, track)}
