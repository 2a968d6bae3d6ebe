"""Suites and their versions as JSON; no task and no target is in them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalogue.domain.field_map import FieldPairs, field_pairs
from catalogue.domain.loading import ABOUT, FORMAT_NAMES, Selection, Wanted
from catalogue.domain.preview import Preview
from catalogue.models import Commitment, SuiteVersion


class CommitmentSerializer(serializers.ModelSerializer[Commitment]):
    """What private tasks were committed to by; the salt is null until they are opened."""

    salt = serializers.SerializerMethodField()

    class Meta:
        model = Commitment
        fields = ("digest", "made_at", "opened_at", "salt")

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_salt(self, commitment: Commitment) -> str | None:
        """A secret before that."""
        return commitment.salt if commitment.opened_at else None


class VersionSerializer(serializers.ModelSerializer[SuiteVersion]):
    """A version of a suite; `public` and `private` are its numbers of tasks."""

    slug = serializers.CharField(source="suite.slug")
    name = serializers.CharField(source="suite.name")
    description = serializers.CharField(source="suite.description")
    version = serializers.IntegerField(source="number")
    public = serializers.IntegerField()
    private = serializers.IntegerField()
    commitment = serializers.SerializerMethodField()

    class Meta:
        model = SuiteVersion
        fields = (
            "slug",
            "name",
            "description",
            "version",
            "digest",
            "licence",
            "source",
            "source_digest",
            "created_at",
            "published_at",
            "public",
            "private",
            "commitment",
        )

    @extend_schema_field(CommitmentSerializer(allow_null=True))
    def get_commitment(self, version: SuiteVersion) -> Any:
        """Null where there is no private task, or nothing is published."""
        found = getattr(version, "commitment", None)
        return CommitmentSerializer(found).data if found else None


class PreviewTaskSerializer(serializers.Serializer[object]):
    """A task as who brings it wrote it."""

    key = serializers.CharField()
    input = serializers.JSONField()
    target = serializers.JSONField(allow_null=True)
    scorer = serializers.CharField()
    scorer_options = serializers.JSONField()
    split = serializers.CharField()
    weight = serializers.FloatField()
    tags = serializers.ListField(child=serializers.CharField())


class PreviewSerializer(serializers.Serializer[Preview]):
    """What a suite holds; `tags` and `scorers` say how many tasks have each."""

    slug = serializers.CharField()
    name = serializers.CharField()
    licence = serializers.CharField()
    digest = serializers.CharField()
    tasks = serializers.IntegerField()
    public = serializers.IntegerField()
    private = serializers.IntegerField()
    tags = serializers.DictField(child=serializers.IntegerField())
    scorers = serializers.DictField(child=serializers.IntegerField())
    first = PreviewTaskSerializer(many=True)
    remarks = serializers.ListField(child=serializers.CharField())


class UploadSerializer(serializers.Serializer[object]):
    """A suite's file, and how to read it; what is left out is guessed or taken from the file.

    `map` is one pair a line, as `input=question`; it comes with `scorer`.
    """

    file = serializers.FileField(allow_empty_file=True)
    format = serializers.ChoiceField(choices=FORMAT_NAMES, required=False)
    map = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    scorer = serializers.CharField(required=False, allow_blank=True, max_length=40)
    slug = serializers.CharField(required=False, allow_blank=True, max_length=80)
    name = serializers.CharField(required=False, allow_blank=True, max_length=120)
    licence = serializers.CharField(required=False, allow_blank=True, max_length=80)
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, allow_blank=True, max_length=300
    )
    sample = serializers.IntegerField(required=False, min_value=1)
    private_share = serializers.FloatField(required=False, min_value=0.0, max_value=1.0)
    seed = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)

    def wanted(self) -> Wanted:
        """How to read it.

        Raises:
            SuiteRefused: the map is none.
        """
        told = self.validated_data
        pairs: FieldPairs = field_pairs(told.get("map", "").splitlines())
        return Wanted(
            format=told.get("format", ""),
            pairs=pairs,
            scorer=told.get("scorer", ""),
            about={name: told.get(name, "") for name in ABOUT},
            selection=Selection(
                told.get("sample"), told.get("private_share", 0.0), told.get("seed", 0)
            ),
        )
