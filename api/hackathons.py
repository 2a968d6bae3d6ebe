"""Hackathons and tracks as JSON; everybody may read them."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.suite_serializers import CommitmentSerializer
from catalogue.models import LanguageModel
from corral.gateway.rules import CallRules, Reasoning
from evaluation.serializers import ProblemSerializer, SuiteVersionSerializer
from hackathons.deadlines import Deadline
from hackathons.domain.queries import BudgetLine, team_budgets
from hackathons.models import Hackathon, Track
from hackathons.rules import deadline_for, team_of
from submissions.domain.quota import quota_left


class TrackLinkSerializer(serializers.ModelSerializer[Track]):
    """A track in the list of its hackathon's."""

    class Meta:
        model = Track
        fields = ("id", "slug", "name")


class MoreTimeSerializer(serializers.Serializer[Deadline]):
    """Until when teams may hand in after the close, and why."""

    until = serializers.DateTimeField(source="at")
    reason = serializers.CharField()


class HackathonSerializer(serializers.ModelSerializer[Hackathon]):
    """A hackathon with its timeline; `state` and `frozen` are as of now.

    `grace`: more time that all teams were given after `submissions_close_at`, else null.
    """

    grace = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    frozen = serializers.SerializerMethodField()
    tracks = TrackLinkSerializer(many=True)

    class Meta:
        model = Hackathon
        fields: tuple[str, ...] = (
            "slug",
            "name",
            "description",
            "time_zone",
            "registration_opens_at",
            "hacking_starts_at",
            "submissions_close_at",
            "grace",
            "scoreboard_freezes_at",
            "results_published_at",
            "max_team_size",
            "state",
            "frozen",
            "tracks",
        )

    @extend_schema_field(MoreTimeSerializer(allow_null=True))
    def get_grace(self, hackathon: Hackathon) -> Any:
        """For all teams."""
        return _more_time(deadline_for(hackathon, None))

    def get_state(self, hackathon: Hackathon) -> str:
        """Where it is in its timeline."""
        return hackathon.state(timezone.now()).value

    def get_frozen(self, hackathon: Hackathon) -> bool:
        """Whether its scoreboards stand still."""
        return hackathon.is_frozen(timezone.now())


class BudgetLineSerializer(serializers.Serializer[BudgetLine]):
    """What the person's team used of one of its budgets; runs count when they end."""

    what = serializers.ChoiceField(choices=["tokens", "calls"])
    used = serializers.IntegerField()
    limit = serializers.IntegerField()


class HackathonDetailSerializer(HackathonSerializer):
    """A hackathon with what the person's team may use; null for who is in no team.

    `your_submissions_close_at` is when that team's submissions close. `your_extension`: what of it
    was given to the team alone, else null.
    """

    team_budgets = serializers.SerializerMethodField()
    your_submissions_close_at = serializers.SerializerMethodField()
    your_extension = serializers.SerializerMethodField()

    class Meta(HackathonSerializer.Meta):
        fields = (
            *HackathonSerializer.Meta.fields,
            "your_submissions_close_at",
            "your_extension",
            "team_budgets",
        )

    def to_representation(self, hackathon: Hackathon) -> dict[str, Any]:
        """Ask once whose team it is."""
        self.team = team_of(self.context["request"].user, hackathon)
        return super().to_representation(hackathon)

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_your_submissions_close_at(self, hackathon: Hackathon) -> Any:
        """The team's own deadline."""
        if self.team is None:
            return None
        return serializers.DateTimeField().to_representation(deadline_for(hackathon, self.team).at)

    @extend_schema_field(MoreTimeSerializer(allow_null=True))
    def get_your_extension(self, hackathon: Hackathon) -> Any:
        """For the team alone."""
        deadline = deadline_for(hackathon, self.team)
        return _more_time(deadline) if deadline.of_team else None

    @extend_schema_field(BudgetLineSerializer(many=True, allow_null=True))
    def get_team_budgets(self, hackathon: Hackathon) -> Any:
        """Empty where the hackathon sets none."""
        if self.team is None:
            return None
        return [BudgetLineSerializer(line).data for line in team_budgets(self.team, hackathon)]


def _more_time(deadline: Deadline) -> Any:
    """Null where there is none."""
    return MoreTimeSerializer(deadline).data if deadline.reason else None


class ModelSerializer(serializers.ModelSerializer[LanguageModel]):
    """A model that projects may use."""

    class Meta:
        model = LanguageModel
        fields = ("slug", "name", "family", "weights_sha256", "quantisation", "licence", "source")


class QuotaSerializer(serializers.Serializer[object]):
    """What the person's team may still upload today."""

    left = serializers.IntegerField()
    quota = serializers.IntegerField()
    resets_at = serializers.DateTimeField()


class CallRulesSerializer(serializers.Serializer[CallRules]):
    """What holds for every call to the model; null leaves it to the project."""

    temperature = serializers.FloatField(allow_null=True)
    seed = serializers.IntegerField(allow_null=True)
    context_tokens = serializers.IntegerField(allow_null=True)
    tools = serializers.BooleanField()
    reasoning = serializers.ChoiceField(choices=[kind.value for kind in Reasoning])
    reasoning_tokens = serializers.IntegerField(allow_null=True)
    concurrency = serializers.IntegerField()
    calls_per_minute = serializers.IntegerField(allow_null=True)


class TrackSerializer(serializers.ModelSerializer[Track]):
    """A track with its suite, models and limits; `quota` is null for who is in no team."""

    hackathon = serializers.CharField(source="hackathon.slug")
    suite = SuiteVersionSerializer(source="suite_version")
    commitment = serializers.SerializerMethodField()
    models = ModelSerializer(source="allowed_models", many=True)
    call_rules = CallRulesSerializer()
    quota = serializers.SerializerMethodField()

    class Meta:
        model = Track
        fields = (
            "id",
            "hackathon",
            "slug",
            "name",
            "description",
            "suite",
            "commitment",
            "models",
            "daily_quota",
            "task_seconds",
            "run_seconds",
            "memory_mb",
            "scratch_mb",
            "processes",
            "token_budget",
            "call_budget",
            "call_rules",
            "quick_tasks",
            "stops_early",
            "quota",
        )

    @extend_schema_field(CommitmentSerializer(allow_null=True))
    def get_commitment(self, track: Track) -> Any:
        """What the suite's private tasks were committed to by; null where there are none."""
        found = getattr(track.suite_version, "commitment", None)
        return CommitmentSerializer(found).data if found else None

    @extend_schema_field(QuotaSerializer(allow_null=True))
    def get_quota(self, track: Track) -> Any:
        """What is left for the person's team."""
        team = team_of(self.context["request"].user, track.hackathon)
        if team is None:
            return None
        return QuotaSerializer(quota_left(team=team, track=track, at=timezone.now())).data


def hackathons_with_tracks() -> QuerySet[Hackathon]:
    """Hackathons, newest first, each with its tracks in order and its extensions."""
    tracks = Track.objects.order_by("position", "name")
    return Hackathon.objects.prefetch_related(Prefetch("tracks", queryset=tracks), "extensions")


class HackathonsView(ListAPIView[Hackathon]):
    """Every hackathon, newest first."""

    serializer_class = HackathonSerializer

    def get_queryset(self) -> QuerySet[Hackathon]:
        """Hackathons with their tracks."""
        return hackathons_with_tracks()


class HackathonView(APIView):
    """One hackathon."""

    @extend_schema(responses={200: HackathonDetailSerializer, 404: ProblemSerializer})
    def get(self, request: Request, slug: str) -> Response:
        """The hackathon with its tracks, and the budgets of the person's team."""
        found = get_object_or_404(hackathons_with_tracks(), slug=slug)
        return Response(HackathonDetailSerializer(found, context={"request": request}).data)


class TrackView(APIView):
    """One track."""

    @extend_schema(responses={200: TrackSerializer, 404: ProblemSerializer})
    def get(self, request: Request, pk: UUID) -> Response:
        """The track with its suite, models, limits, and what the person's team may upload."""
        tracks = Track.objects.select_related(
            "hackathon", "suite_version__suite", "suite_version__commitment"
        )
        found = get_object_or_404(tracks.prefetch_related("allowed_models"), pk=pk)
        return Response(TrackSerializer(found, context={"request": request}).data)
