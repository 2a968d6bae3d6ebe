"""Boards in the API's schema: what is stored is sent as it is, and these say what it holds."""

from rest_framework import serializers

from common.meanings import Meaning
from scoreboards.api_reevaluations import DecisionSerializer


class SinceSerializer(serializers.Serializer[object]):
    """From which version on."""

    since = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)


class BoardRowSerializer(serializers.Serializer[object]):
    """A team's line. Scores are 0 to 1, null where there is none or the reader may not see it.

    `position` is its place from 0, `rank` what it shares with equal scores. `history` holds pairs
    of epoch seconds and the team's best public score since.
    """

    team = serializers.CharField()
    name = serializers.CharField()
    position = serializers.IntegerField()
    rank = serializers.IntegerField(allow_null=True)
    rank_label = serializers.CharField(allow_blank=True)
    rank_best = serializers.IntegerField(allow_null=True, help_text=Meaning.RANGE)
    rank_worst = serializers.IntegerField(allow_null=True, help_text=Meaning.RANGE)
    band_first = serializers.IntegerField(
        allow_null=True, help_text="The first place, from 1, of the team's tie band."
    )
    band_last = serializers.IntegerField(
        allow_null=True, help_text="The last place of the team's tie band; its own where alone."
    )
    like_above = serializers.BooleanField(help_text=Meaning.BAND)
    score = serializers.FloatField(allow_null=True)
    stderr = serializers.FloatField(allow_null=True, help_text=Meaning.STDERR)
    public_score = serializers.FloatField(allow_null=True)
    public_stderr = serializers.FloatField(allow_null=True)
    private_score = serializers.FloatField(allow_null=True)
    private_stderr = serializers.FloatField(allow_null=True)
    private_rank_best = serializers.IntegerField(
        allow_null=True, help_text="By the private tasks; for judges until these rank."
    )
    private_rank_worst = serializers.IntegerField(allow_null=True)
    best_of = serializers.IntegerField(
        allow_null=True, help_text="How many scored submissions the score is the best of."
    )
    luck = serializers.FloatField(allow_null=True, help_text=Meaning.LUCK)
    status = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    number = serializers.IntegerField(allow_null=True)
    submissions = serializers.IntegerField()
    pending = serializers.IntegerField()
    tokens = serializers.IntegerField()
    calls = serializers.IntegerField()
    seconds = serializers.FloatField()
    history = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    tags = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text=f"Score and standard error by tag, in the header's order. {Meaning.TAG}",
    )


class BoardHeaderSerializer(serializers.Serializer[object]):
    """What holds for the whole board; moments are epoch seconds.

    `ranges` is false where more teams are ranked than are compared, and where a Ladder hides what
    would tell: then no row has a range. `ladder`: spectators' scores are those it released.
    """

    format = serializers.IntegerField()
    track = serializers.CharField()
    hackathon = serializers.CharField()
    time_zone = serializers.CharField()
    audience = serializers.CharField()
    state = serializers.CharField()
    frozen = serializers.BooleanField()
    ladder = serializers.BooleanField(help_text=Meaning.LADDER)
    starts_at = serializers.FloatField(allow_null=True)
    freezes_at = serializers.FloatField(allow_null=True)
    closes_at = serializers.FloatField(allow_null=True)
    publishes_at = serializers.FloatField(allow_null=True)
    ranked_by = serializers.ChoiceField(choices=("public", "private"))
    private = serializers.BooleanField()
    ranges = serializers.BooleanField()
    tags = serializers.ListField(
        child=serializers.ListField(),
        help_text="Tags of the tasks that rank, each with its number of tasks; at most 12.",
    )
    teams = serializers.IntegerField()
    pending = serializers.IntegerField()


class SnapshotSerializer(serializers.Serializer[object]):
    """A whole board."""

    header = BoardHeaderSerializer()
    rows = BoardRowSerializer(many=True)


class ChangeSerializer(serializers.Serializer[object]):
    """What changed: fields of the header, whole rows, and teams that are gone."""

    header = serializers.DictField(required=False)
    rows = BoardRowSerializer(many=True, required=False)
    removed = serializers.ListField(child=serializers.CharField(), required=False)


class DeltaSerializer(serializers.Serializer[object]):
    """What changed with one version."""

    type = serializers.CharField()
    version = serializers.IntegerField()
    board = ChangeSerializer()


class BoardSerializer(serializers.Serializer[object]):
    """A snapshot, or `deltas` after the version asked for where all of them are still kept."""

    type = serializers.ChoiceField(choices=("snapshot", "deltas"))
    version = serializers.IntegerField()
    board = SnapshotSerializer(required=False)
    activity = serializers.ListField(child=serializers.DictField(), required=False)
    deltas = DeltaSerializer(many=True, required=False)
    reevaluations = DecisionSerializer(many=True)
