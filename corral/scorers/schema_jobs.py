"""JSON Schema, as it is asked in the process apart."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache

from jsonschema import Draft202012Validator, FormatChecker, SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012, EMPTY_REGISTRY

from corral.json_types import Json, JsonObject

_FENCE = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)
_FORMATS = FormatChecker()
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


def check_schema(request: JsonObject) -> JsonObject:
    """Why a schema can't be used, as sentences."""
    schema = json.loads(str(request["schema"]))
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        return {"problems": [f"the schema breaks its own: {_at(error)}{error.message}."]}
    return {"problems": [*_unusable(schema), *_dangling(schema)]}


def score_schema(request: JsonObject) -> JsonObject:
    """The JSON in the output, null where there is none, and what the schema has against it."""
    given = _json_in(str(request["output"]))
    if not given:
        return {"answer": None, "problem": None}
    found = given[0]
    shown = json.dumps(found, ensure_ascii=False)[:1000]
    try:
        error = next(_validator(str(request["schema"])).iter_errors(found), None)
    except Unresolvable:
        return {"answer": shown, "problem": "the schema refers to what it doesn't hold"}
    return {"answer": shown, "problem": None if error is None else f"{_at(error)}{error.message}"}


@lru_cache(maxsize=100)
def _validator(schema: str) -> Validator:
    """It resolves references inside the schema only, and asks no network."""
    given = json.loads(schema)
    kind = validator_for(given, default=Draft202012Validator)
    return kind(given, registry=EMPTY_REGISTRY, format_checker=_FORMATS)


def _at(error: "object") -> str:
    path = getattr(error, "json_path", "$")
    return "" if path == "$" else f"{path}: "


def _unusable(schema: Json) -> Iterator[str]:
    if isinstance(schema, list):
        for part in schema:
            yield from _unusable(part)
    if not isinstance(schema, dict):
        return
    stated = schema.get("format")
    if isinstance(stated, str) and stated not in _FORMATS.checkers:
        known = ", ".join(sorted(_FORMATS.checkers))
        yield f'the format "{stated}" is not known; known are: {known}.'
    for part in schema.values():
        yield from _unusable(part)


def _dangling(schema: Json) -> Iterator[str]:
    resource = Resource.from_contents(schema, default_specification=DRAFT202012)
    resolver = EMPTY_REGISTRY.with_resource("", resource).resolver()
    for reference in sorted(set(_references(schema))):
        try:
            resolver.lookup(reference)
        except (Unresolvable, ValueError):
            yield f'the schema refers to "{reference}", which it doesn\'t hold.'


def _references(schema: Json) -> Iterator[str]:
    parts = schema if isinstance(schema, list) else []
    if isinstance(schema, dict):
        yield from (str(schema[name]) for name in _REFERENCES if isinstance(schema.get(name), str))
        parts = list(schema.values())
    for part in parts:
        yield from _references(part)


def _json_in(output: str) -> list[Json]:
    """One value, the first of these that is JSON, if any: all, the last fence, what is enclosed."""
    for text in (output, *reversed(_FENCE.findall(output)), *_enclosed(output)):
        try:
            return [json.loads(text, parse_constant=_refused)]
        except ValueError:
            continue
    return []


def _enclosed(output: str) -> Iterator[str]:
    """From the first opening brace or bracket, whichever is first, to the last that closes it."""
    starts = [at for opening in "{[" if (at := output.find(opening)) >= 0]
    for start in sorted(starts):
        end = output.rfind("}" if output[start] == "{" else "]")
        yield output[start : end + 1]


def _refused(name: str) -> object:
    raise ValueError(name)
