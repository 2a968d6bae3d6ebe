"""The output is JSON of the wanted form."""

import json
from collections.abc import Mapping

from corral.json_types import Json
from corral.scorers.apart import APART, MAX_TEXT, JobFailed, Patience
from corral.scorers.base import Judgement
from corral.scorers.checks import Rule, correct, no_answer, option_problems, wrong
from corral.scorers.text import brief

MAX_SCHEMA = 100_000
_SCHEMA: Rule = ("a JSON Schema, an object", lambda value: isinstance(value, dict))


class JsonSchema:
    """The JSON in the output is valid by a schema, formats included, as `jsonschema` judges.

    The JSON is the whole output, else what the last code fence that is JSON holds, else what
    stands between the first brace or bracket and the last that closes it; NaN and Infinity are no
    JSON. The schema is the target, or the option `schema` where the target is null: JSON Schema
    2020-12, or what its `$schema` names. Known formats alone may be asked for, and references
    into the schema itself: nothing is fetched.

    It is judged in a process of its own, with 2 s of processor time and 1 GiB for each output,
    since patterns in a schema can take for ever: what takes more is `wrong`, and so is an output
    longer than 100,000 characters. Of a run in which 20 outputs took more than 0.25 s, others get
    no more than that.
    """

    name = "json_schema"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target, the schema or the options."""
        problems = option_problems(options, {"schema": _SCHEMA})
        schema = _schema(target, options)
        if schema is None:
            problems.append(
                'the target must be a JSON Schema, an object; or null, with the option "schema".'
            )
        if problems or schema is None:
            return problems
        if len(schema) > MAX_SCHEMA:
            return [f"the schema is longer than {MAX_SCHEMA} characters."]
        try:
            found = APART.ask("check_schema", {"schema": schema})["problems"]
        except JobFailed as failed:
            return [f"the schema can't be used: it {failed}."]
        return [_line(str(problem)) for problem in found] if isinstance(found, list) else []

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """As `score_patiently`, for an output that is no run's."""
        return self.score_patiently(output, target, options, Patience())

    def score_patiently(
        self, output: str, target: Json, options: Mapping[str, Json], patience: Patience
    ) -> Judgement:
        """1 if the output holds JSON that the schema accepts, else 0."""
        if not output.strip():
            return no_answer()
        if len(output) > MAX_TEXT:
            return wrong(None, f"The output is longer than {MAX_TEXT} characters.")
        schema = _schema(target, options)
        if schema is None or len(schema) > MAX_SCHEMA:
            return wrong(None, "The task's schema can't be used.")
        try:
            found = APART.ask("score_schema", {"schema": schema, "output": output}, patience)
        except JobFailed as failed:
            return wrong(None, f"The output can't be judged: it {failed}.")
        answer, problem = found.get("answer"), found.get("problem")
        if not isinstance(answer, str):
            return wrong(None, f"Found no JSON in {brief(output)}.")
        if problem is None:
            return correct(answer, "The JSON is valid by the schema.")
        return wrong(answer, f"The JSON breaks the schema: {_line(str(problem))}")


def _schema(target: Json, options: Mapping[str, Json]) -> str | None:
    """The schema's text: both the target and the option can't give one."""
    option = options.get("schema")
    given = option if target is None else target
    if not isinstance(given, dict) or (target is not None and option is not None):
        return None
    try:
        return json.dumps(given)
    except (ValueError, RecursionError):
        return None


def _line(sentence: str) -> str:
    """On one line, short, with one full stop."""
    line = " ".join(sentence.split())
    return f"{line[:300].rstrip('.')}."
