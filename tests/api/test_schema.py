"""What the schema says of scores and of how sure they are."""

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from common.meanings import Meaning
from scoreboards.serializers import BoardRowSerializer


@pytest.fixture(scope="module")
def parts() -> dict[str, Any]:
    """The schema's components by name."""
    schema = SchemaGenerator(api_version="v1").get_schema(request=None, public=True)
    found: dict[str, Any] = schema["components"]["schemas"]
    return found


def test_row_of_a_board_says_what_its_numbers_mean(parts: dict[str, Any]) -> None:
    row = parts["BoardRow"]["properties"]

    assert set(row) == set(BoardRowSerializer().fields)
    assert row["stderr"]["description"] == Meaning.STDERR
    assert row["rank_best"]["description"] == Meaning.RANGE
    assert row["like_above"]["description"] == Meaning.BAND
    assert row["luck"]["description"] == Meaning.LUCK


def test_run_has_scores_by_tag_and_what_it_is_the_best_of(parts: dict[str, Any]) -> None:
    run = parts["RunDetail"]["properties"]

    assert "#/components/schemas/TagScore" in str(run["tags"])
    assert "#/components/schemas/BestOf" in str(run["best_of"])
    assert parts["TagScore"]["properties"]["score"]["description"] == Meaning.TAG
    assert parts["BestOf"]["properties"]["luck"]["description"] == Meaning.LUCK
