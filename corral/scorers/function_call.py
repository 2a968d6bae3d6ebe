"""The calls of functions that the output writes are those that were wanted."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.calls import Call, NoCalls, Value, parse_calls
from corral.scorers.checks import correct, no_answer, option_problems, wrong
from corral.scorers.text import brief

_TYPES: Mapping[str, type] = {
    "string": str,
    "integer": int,
    "float": float,
    "boolean": bool,
    "array": list,
    "tuple": list,
    "dict": dict,
    "any": str,
}
_LISTS = ("array", "tuple")
_OPTIONAL = ""  # among the values of a parameter: it may be left out
_IGNORED = re.compile(r"[ ,./\-_*^]")


class FunctionCall:
    """BFCL's check of the syntax tree (Patil et al., the Berkeley Function Calling Leaderboard).

    The target is an object of two lists as in BFCL's own files: `function`, the descriptions
    (`name`, `parameters` with `properties` and `required`), and `ground_truth`, one object
    `{name: {parameter: [values that will do]}}` for each call that is wanted. "" among the values
    says that the parameter may be left out.

    A call is right if it is of the function that is wanted, has all parameters that are required,
    no other, and each has the type that is described and one of the values. An integer will do for
    a float, true and false are no integers; texts are compared without their case, spaces and the
    characters ,./-_*^, and with double for single quotes. Where the values are of another type than
    is described, as for a variable's name, a value of that type will do if it is equal. Lists are
    checked one level deep, lists of objects one object after the other. There must be as many calls
    as are wanted, in any order. See `parse_calls` for what is read as a call; in calls that are
    JSON underscores will do for the dots of a name.

    No options. The score is 1 or 0.
    """

    name = "function_call"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        return [*option_problems(options, {}), *_target_problems(target)]

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """1 if the calls are those that are wanted, else 0."""
        if not output.strip():
            return no_answer()
        try:
            calls = parse_calls(output)
        except NoCalls as reason:
            return wrong(None, f"Found no function call in {brief(output)}: {reason}.")
        answer = ", ".join(call.name for call in calls)
        try:
            problem = _problem_of(calls, target)
        except (ValueError, TypeError, LookupError, OverflowError, RecursionError, AttributeError):
            problem = "a value can't be compared"
        if problem is None:
            return correct(answer, "The function call is one of those that are right.")
        return wrong(answer, f"The function call is not right: {problem}.")


def _problem_of(calls: list[Call], target: Json) -> str | None:
    """Why the calls are not those that are wanted; a call stands for one of these only."""
    assert isinstance(target, dict)
    functions: Any = target["function"]
    truths: Any = target["ground_truth"]
    if len(calls) != len(truths):
        return f"{len(calls)} calls instead of {len(truths)}"
    left = list(calls)
    for truth in truths:
        name, answers = next(iter(truth.items()))
        function = next(each for each in functions if each["name"] == name)
        problems = [_call_problem(call, function, answers) for call in left]
        if None not in problems:
            return problems[0]
        del left[problems.index(None)]
    return None


def _call_problem(
    call: Call, function: Mapping[str, Any], answers: Mapping[Any, Any]
) -> str | None:
    name = function["name"]
    if call.name != name and not (call.api and call.name == name.replace(".", "_")):
        return f"it calls {brief(call.name)} instead of {brief(name)}"
    return next(_parameter_problems(call, function["parameters"], answers), None)


def _parameter_problems(
    call: Call, parameters: Mapping[str, Any], answers: Mapping[Any, Any]
) -> Iterator[str]:
    for name in parameters.get("required", []):
        if name not in call.arguments:
            yield f"the parameter {brief(name)} is missing"
    described = parameters["properties"]
    for given, value in call.arguments.items():
        if given not in described or given not in answers:
            yield f"the parameter {brief(str(given))} is not expected"
        elif not _fits(value, described[given], answers[given]):
            yield f"{brief(_shown(value))} will not do for {brief(str(given))}"
    for name, possible in answers.items():
        if name not in call.arguments and _OPTIONAL not in possible:
            yield f"the parameter {brief(name)} is missing"


def _shown(value: Value) -> str:
    try:
        return repr(value)
    except (ValueError, RecursionError):  # an integer beyond Python's limit
        return "a very large value"


def _fits(value: Value, described: Mapping[str, Any], possible: list[Any]) -> bool:
    """Whether a value has the type that is described, or the possible ones', and is one of them."""
    kind = described["type"]
    wanted = _TYPES[kind]
    inner = _TYPES[described["items"]["type"]] if kind in _LISTS else None
    if kind == "tuple" and isinstance(value, tuple):
        value = list(value)
    if wanted is float and type(value) is int:
        value = float(value)
    if not _has_type(value, possible, wanted, inner):
        return False
    if _first_type(possible) not in (None, wanted):
        return value in possible
    return _is_one_of(value, possible, wanted, inner)


def _first_type(possible: list[Any]) -> type | None:
    """The type of the first value that is there."""
    return next((type(each) for each in possible if each != _OPTIONAL), None)


def _has_type(value: Value, possible: list[Any], wanted: type, inner: type | None) -> bool:
    if type(value) is not wanted:
        return type(value) is _first_type(possible)
    if inner is None or not isinstance(value, list):
        return True
    return any(
        not isinstance(each, list) or all(_has_type(item, each, inner, None) for item in value)
        for each in possible
    )


def _is_one_of(value: Any, possible: list[Any], wanted: type, inner: type | None) -> bool:
    if wanted is dict:
        return any(_is_object(value, each) for each in possible)
    if wanted is list and inner is dict:
        return any(_are_objects(value, each) for each in possible)
    if wanted is str:
        return _plain(value) in [_plain(each) for each in possible if isinstance(each, str)]
    if wanted is list:
        found = [_plain(item) for item in value]
        return any(found == [_plain(item) for item in each] for each in possible)
    return value in possible


def _plain(value: Any) -> Any:
    """A text without what doesn't count; anything else as it is."""
    if not isinstance(value, str):
        return value
    return _IGNORED.sub("", value).lower().replace("'", '"')


def _are_objects(value: list[Any], possible: Any) -> bool:
    return len(value) == len(possible) and all(map(_is_object, value, possible))


def _is_object(value: Any, possible: Any) -> bool:
    """Whether an object has the keys that are possible, and all that may not be left out."""
    if not isinstance(value, dict) or not isinstance(possible, dict):
        return False
    given = all(
        key in possible and _plain(each) in [_plain(one) for one in possible[key]]
        for key, each in value.items()
    )
    return given and all(key in value or _OPTIONAL in each for key, each in possible.items())


def _target_problems(target: Json) -> Iterator[str]:
    if not isinstance(target, dict) or target.keys() != {"function", "ground_truth"}:
        yield "the target must be an object of two fields, function and ground_truth."
        return
    names: list[str] = []
    functions = target["function"]
    for function in functions if isinstance(functions, list) and functions else [None]:
        problem = _function_problem(function)
        if problem:
            yield f"function must be a list of descriptions: {problem}."
        elif isinstance(function, dict):
            names.append(str(function["name"]))
    truths = target["ground_truth"]
    for truth in truths if isinstance(truths, list) and truths else [None]:
        if not _is_truth(truth, names):
            yield (
                "ground_truth must be a list of objects {name: {parameter: [values]}}, each name "
                "that of a function that is described."
            )


def _function_problem(function: Json) -> str | None:
    match function:
        case {"name": str(), "parameters": {"properties": dict(properties), **more}}:
            required = more.get("required", [])
            if not isinstance(required, list) or not all(name in properties for name in required):
                return "required must be a list of its parameters"
            unknown = [name for name, each in properties.items() if not _is_described(each)]
            return f"the type of {brief(unknown[0])} is not known" if unknown else None
        case _:
            return "each must have a name, and parameters with properties"


def _is_described(parameter: Json) -> bool:
    match parameter:
        case {"type": "array" | "tuple", "items": {"type": str(inner)}}:
            return inner in _TYPES
        case {"type": str(kind)}:
            return kind in _TYPES and kind not in _LISTS
        case _:
            return False


def _is_truth(truth: Json, names: list[str]) -> bool:
    if not isinstance(truth, dict) or len(truth) != 1:
        return False
    name, answers = next(iter(truth.items()))
    return (
        name in names
        and isinstance(answers, dict)
        and all(isinstance(possible, list) for possible in answers.values())
    )
