"""Re-evaluations as JSON: what was decided, for all; what is open, for judges and organizers."""

from typing import Any, cast
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from catalogue.models import SuiteVersion
from evaluation.domain.audit import SeenDecision, decisions_for_person
from evaluation.domain.reevaluate import discard_reevaluation, must_organize, start_reevaluation
from evaluation.domain.shadow import Progress, progress_of
from evaluation.enums import ReevaluationKind
from evaluation.models import Reevaluation
from evaluation.serializers import ProblemSerializer, SuiteVersionSerializer
from hackathons.models import Track
from hackathons.rules import sees_everything
from scoreboards.domain.preview import Change
from scoreboards.domain.reevaluations import apply_reevaluation, preview_of
from scoreboards.domain.results import track_of

REFUSALS = dict.fromkeys((400, 401, 403, 404, 409), ProblemSerializer)


class MovedSerializer(serializers.Serializer[object]):
    """A team whose rank changed; a label is empty where it has none."""

    team = serializers.CharField()
    name = serializers.CharField()
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class DecisionSerializer(serializers.Serializer[SeenDecision]):
    """What was applied or discarded. Changes are null where the person may not know them yet."""

    id = serializers.UUIDField(source="decision.pk")
    kind = serializers.ChoiceField(choices=ReevaluationKind.values, source="decision.kind")
    state = serializers.CharField(source="decision.state")
    at = serializers.DateTimeField(source="decision.decided_at")
    sentence = serializers.CharField()
    reason = serializers.CharField(source="decision.reason")
    suite = SuiteVersionSerializer(source="decision.suite_version")
    previous_suite = SuiteVersionSerializer(source="decision.previous_version")
    public_changes = MovedSerializer(source="public", many=True, allow_null=True)
    private_changes = MovedSerializer(source="private", many=True, allow_null=True)


class PlaceSerializer(serializers.Serializer[object]):
    """A rank as boards write it, a score from 0 to 1, and why there is none."""

    rank = serializers.CharField(source="label", allow_blank=True)
    score = serializers.FloatField(allow_null=True)
    status = serializers.CharField()


class ChangeSerializer(serializers.Serializer[Change]):
    """One team before and after."""

    team = serializers.CharField()
    name = serializers.CharField()
    before = PlaceSerializer()
    after = PlaceSerializer()


class ProgressSerializer(serializers.Serializer[Progress]):
    """How far it is, in submissions; `failed` names those that the platform failed."""

    total = serializers.IntegerField()
    ended = serializers.IntegerField()
    failed = serializers.ListField(child=serializers.CharField())


class ReevaluationSerializer(serializers.ModelSerializer[Reevaluation]):
    """One with its progress and, while it is open, every team's place before and after."""

    suite = SuiteVersionSerializer(source="suite_version")
    progress = serializers.SerializerMethodField()
    public = serializers.SerializerMethodField()
    private = serializers.SerializerMethodField()

    class Meta:
        model = Reevaluation
        fields = (
            "id",
            "track",
            "kind",
            "state",
            "reason",
            "created_at",
            "decided_at",
            "suite",
            "changes",
            "progress",
            "public",
            "private",
        )

    def to_representation(self, instance: Reevaluation) -> dict[str, Any]:
        """The preview is computed once."""
        self._preview = preview_of(instance) if instance.is_open else None
        return super().to_representation(instance)

    def get_progress(self, one: Reevaluation) -> dict[str, Any] | None:
        """Null once it is decided."""
        return ProgressSerializer(progress_of(one)).data if one.is_open else None

    def get_public(self, one: Reevaluation) -> Any:
        """By the public tasks; null once it is decided."""
        return _changes(self._preview and self._preview.public)

    def get_private(self, one: Reevaluation) -> Any:
        """By the private tasks and the final submissions; null once it is decided."""
        return _changes(self._preview and self._preview.private)


class StartSerializer(serializers.Serializer[object]):
    """What to evaluate anew; `suite_version` is an id, by default that of the track's."""

    kind = serializers.ChoiceField(choices=ReevaluationKind.values)
    suite_version = serializers.UUIDField(required=False)
    reason = serializers.CharField(max_length=500)


class ApplySerializer(serializers.Serializer[object]):
    """Whether to go without those that the platform failed: they then have no score."""

    without_failed = serializers.BooleanField(default=False)


class TrackReevaluationsView(APIView):
    """The re-evaluations of a track."""

    permission_classes = (AllowAny,)

    @extend_schema(
        responses={200: DecisionSerializer(many=True), 404: ProblemSerializer},
        operation_id="track_reevaluations_list",
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """What was applied or discarded, newest first."""
        track = track_of(pk)
        if track is None:
            raise Http404
        return Response(decisions_of(request, track))

    @extend_schema(
        request=StartSerializer,
        responses={201: ReevaluationSerializer, **REFUSALS},
        operation_id="track_reevaluations_create",
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Begin one."""
        track = track_of(pk)
        if track is None:
            raise Http404
        person = person_of(request)
        must_organize(person, track)
        asked = StartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data.get("suite_version", track.suite_version_id)
        version = SuiteVersion.objects.filter(pk=wanted).first()
        if version is None:
            raise ValidationError({"suite_version": ["There is no such version."]})
        begun = start_reevaluation(
            track=track,
            version=version,
            kind=ReevaluationKind(asked.validated_data["kind"]),
            reason=asked.validated_data["reason"],
            person=person,
        )
        return Response(ReevaluationSerializer(begun).data, status=201)


class ReevaluationView(APIView):
    """One re-evaluation."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses={200: ReevaluationSerializer, 404: ProblemSerializer})
    def get(self, request: Request, pk: UUID) -> Response:
        """Its progress and, while it is open, what it would change."""
        return Response(ReevaluationSerializer(seen(request, pk)).data)


class ApplyView(APIView):
    """The door to the boards."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=ApplySerializer, responses={200: ReevaluationSerializer, **REFUSALS})
    def post(self, request: Request, pk: UUID) -> Response:
        """Let its results count, all at once."""
        found, asked = seen(request, pk), ApplySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        apply_reevaluation(reevaluation=found, person=person_of(request), **asked.validated_data)
        return Response(ReevaluationSerializer(found).data)


class DiscardView(APIView):
    """The way out."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={200: ReevaluationSerializer, **REFUSALS})
    def post(self, request: Request, pk: UUID) -> Response:
        """Change nothing, and stop what has not ended of it."""
        found = seen(request, pk)
        discard_reevaluation(reevaluation=found, person=person_of(request))
        return Response(ReevaluationSerializer(found).data)


def decisions_of(request: Request, track: Track) -> Any:
    """What was decided about the track, as the person may read of it."""
    found: Any = decisions_for_person(person=request.user, track=track, at=timezone.now())
    return DecisionSerializer(found, many=True).data


def _changes(changes: Any) -> Any:
    return None if changes is None else ChangeSerializer(changes, many=True).data


def seen(request: Request, pk: UUID) -> Reevaluation:
    """The re-evaluation; 404 for all but judges and organizers."""
    rows = Reevaluation.objects.select_related("track__hackathon", "suite_version__suite")
    found = get_object_or_404(rows, pk=pk)
    if not sees_everything(request.user, found.track.hackathon):
        raise Http404
    return found


def person_of(request: Request) -> User:
    """Who asks, where only people may."""
    return cast(User, request.user)
