import pytest

from corral.json_types import Json, JsonObject
from corral.scorers.base import Judgement
from corral.scorers.registry import scorer_named
from corral.verdicts import Verdict

SCORER = scorer_named("json_schema")
PERSON: JsonObject = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"$ref": "#/$defs/years"},
        "born": {"type": "string", "format": "date-time"},
        "tag": {"pattern": "^(a|aa)+$"},
    },
    "required": ["name"],
    "$defs": {"years": {"type": "integer", "minimum": 0}},
}


@pytest.mark.parametrize(
    "output",
    [
        '{"name": "Ann", "age": 7}',
        ' {"name": "Ann"}\n',
        '```json\n{"name": "Ann"}\n```',
        'Here:\n```\n{"name": "Ann"}\n```\nDone {}.',
        '```python\nprint(1)\n```\n```json\n{"name": "Ann"}\n```',
        '```json\n{"age": 7}\n```\nor rather\n```json\n{"name": "Ann"}\n```',
        'Sure! {"name": "Ann"} is it.',
        '{"name": "Ann", "born": "2024-02-29T12:00:00Z"}',
    ],
)
def test_json_that_is_valid(output: str) -> None:
    assert SCORER.check(PERSON, {}) == []
    assert SCORER.score(output, PERSON, {}).score == 1
    assert SCORER.score(output, None, {"schema": PERSON}).score == 1


@pytest.mark.parametrize(
    ("output", "explanation"),
    [
        ('{"age": 7}', "The JSON breaks the schema: 'name' is a required property."),
        ('{"name": 7}', "The JSON breaks the schema: $.name: 7 is not of type 'string'."),
        (
            '{"name": "A", "age": -1}',
            "The JSON breaks the schema: $.age: -1 is less than the minimum of 0.",
        ),
        (
            '{"name": "A", "born": "yesterday"}',
            "The JSON breaks the schema: $.born: 'yesterday' is not a 'date-time'.",
        ),
        ("[]", "The JSON breaks the schema: [] is not of type 'object'."),
        ("none", 'Found no JSON in "none".'),
        ('{"name": NaN}', 'Found no JSON in "{"name": NaN}".'),
        ('{"name": "A"', 'Found no JSON in "{"name": "A"".'),
        ("[" * 50_000, "The output can't be judged: it nests too deeply."),
        (" " * 100_000 + "1", "The output is longer than 100000 characters."),
        (
            '{"name": "A", "tag": "' + "a" * 5_000 + '!"}',
            "The output can't be judged: it takes too long.",
        ),
    ],
)
def test_json_that_is_not_there_or_not_valid(output: str, explanation: str) -> None:
    judged = SCORER.score(output, PERSON, {})
    assert (judged.score, judged.verdict, judged.explanation) == (0, Verdict.WRONG, explanation)


def test_answer_is_the_json() -> None:
    assert SCORER.score('So {"name":"Ann"}', PERSON, {}) == Judgement(
        1.0, Verdict.CORRECT, "The JSON is valid by the schema.", '{"name": "Ann"}'
    )


@pytest.mark.parametrize(
    ("target", "options", "problem"),
    [
        (
            None,
            {},
            'the target must be a JSON Schema, an object; or null, with the option "schema".',
        ),
        (
            PERSON,
            {"schema": PERSON},
            'the target must be a JSON Schema, an object; or null, with the option "schema".',
        ),
        ({"$ref": "#/nowhere"}, {}, 'the schema refers to "#/nowhere", which it doesn\'t hold.'),
        (
            {"items": [{"$ref": "https://example.org/a"}]},
            {},
            "the schema breaks its own: $.items: [{'$ref': 'https://example.org/a'}] is not of "
            "type 'object', 'boolean'.",
        ),
        (
            {"items": {"$ref": "https://example.org/a"}},
            {},
            'the schema refers to "https://example.org/a", which it doesn\'t hold.',
        ),
        (
            {"$ref": "file:///etc/passwd"},
            {},
            'the schema refers to "file:///etc/passwd", which it doesn\'t hold.',
        ),
    ],
)
def test_schema_that_is_not_usable(target: Json, options: JsonObject, problem: str) -> None:
    assert SCORER.check(target, options) == [problem]


@pytest.mark.parametrize("target", [None, {"$ref": "#/nowhere"}, {"$ref": "https://example.org/"}])
def test_schema_that_is_not_usable_makes_nothing_right(target: Json) -> None:
    assert SCORER.score("{}", target, {}).score == 0


def test_format_that_is_not_known() -> None:
    (problem,) = SCORER.check({"format": "phone"}, {})
    assert problem.startswith('the format "phone" is not known; known are: color, date, ')
