"""BFCL's check, in its own format; agreement with its code is told in the scorer's note."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.json_types import Json, JsonObject
from corral.scorers.calls import MAX_CHARACTERS, NoCalls, Value, parse_calls
from corral.scorers.registry import scorer_named
from corral.verdicts import Verdict

FUNCTION: JsonObject = {
    "name": "shop.order",
    "description": "Order goods.",
    "parameters": {
        "type": "dict",
        "properties": {
            "goods": {"type": "string"},
            "count": {"type": "integer"},
            "price": {"type": "float"},
            "gift": {"type": "boolean"},
            "sizes": {"type": "array", "items": {"type": "integer"}},
            "place": {"type": "tuple", "items": {"type": "float"}},
            "colours": {"type": "array", "items": {"type": "string"}},
            "address": {"type": "dict"},
            "people": {"type": "array", "items": {"type": "dict"}},
            "when": {"type": "any"},
        },
        "required": ["goods"],
    },
}
ANSWERS: JsonObject = {
    "goods": ["New York-style bagel", "bagel"],
    "count": [3, 4, ""],
    "price": [5.0, ""],
    "gift": [True, ""],
    "sizes": [[1, 2], ""],
    "place": [[1.5, 2.5], ""],
    "colours": [["Dark red", "blue"], ""],
    "address": [{"city": ["Bonn", "Köln"], "zip": ["53111", ""]}, ""],
    "people": [[{"name": ["Ann"]}, {"name": ["Bo"]}], ""],
    "when": [7, ""],
}
TARGET: Json = {"function": [FUNCTION], "ground_truth": [{"shop.order": ANSWERS}]}


def score_of(output: str, target: Json = TARGET) -> float:
    return scorer_named("function_call").score(output, target, {}).score


def test_target_is_usable() -> None:
    assert scorer_named("function_call").check(TARGET, {}) == []


@pytest.mark.parametrize(
    "output",
    [
        "[shop.order(goods='bagel')]",
        "shop.order(goods='bagel')",
        "```\n[shop.order(goods='bagel')]\n```",
        '[shop.order(goods="NEW YORK style bagel.")]',
        "shop.order(goods='bagel', count=4, price=5, gift=True)",
        "shop.order(goods='bagel', count=2 + 1, price=10 / 2)",
        "shop.order(goods='bagel', sizes=[1, 2], place=(1.5, 2.5))",
        "shop.order(goods='bagel', place=[1.5, 2.5], colours=['dark-red', 'BLUE'])",
        "shop.order(goods='bagel', address={'city': 'bonn'})",
        "shop.order(goods='bagel', address={'city': 'Köln', 'zip': '53111'})",
        "shop.order(goods='bagel', people=[{'name': 'ann'}, {'name': 'bo'}])",
        "shop.order(goods='bagel', when=7)",
        "shop.order(goods=bagel)",
        '[{"shop.order": {"goods": "bagel"}}]',
        '{"name": "shop.order", "arguments": {"goods": "bagel", "count": 3}}',
        '{"name": "shop_order", "parameters": {"goods": "bagel"}}',
        '[{"type": "function", "function": {"name": "shop_order", "arguments": '
        '"{\\"goods\\": \\"bagel\\"}"}}]',
        '{"tool_calls": [{"function": {"name": "shop.order", "arguments": {"goods": "bagel"}}}]}',
    ],
)
def test_call_that_is_right(output: str) -> None:
    assert score_of(output) == 1


@pytest.mark.parametrize(
    ("output", "why"),
    [
        ("shop.order()", 'the parameter "goods" is missing'),
        ("shop.order('bagel')", 'the parameter "goods" is missing'),
        ("shop.order(goods='tea')", '"\'tea\'" will not do for "goods"'),
        ("shop.order(goods='bagel', count=5)", '"5" will not do for "count"'),
        ("shop.order(goods='bagel', count=3.0)", '"3.0" will not do for "count"'),
        ("shop.order(goods='bagel', count='3')", '"\'3\'" will not do for "count"'),
        ("shop.order(goods='bagel', count=True)", '"True" will not do for "count"'),
        ("shop.order(goods='bagel', price=True)", '"True" will not do for "price"'),
        ("shop.order(goods='bagel', gift=1)", '"1" will not do for "gift"'),
        ("shop.order(goods='bagel', gift='True')", '"\'True\'" will not do for "gift"'),
        ("shop.order(goods='bagel', sizes=(1, 2))", '"(1, 2)" will not do for "sizes"'),
        ("shop.order(goods='bagel', sizes=[2, 1])", '"[2, 1]" will not do for "sizes"'),
        ("shop.order(goods='bagel', people=[{'name': 'ann'}])", 'will not do for "people"'),
        ("shop.order(goods='bagel', address={'zip': '53111'})", 'will not do for "address"'),
        ("shop.order(goods='bagel', address={'city': 'Bonn', 'x': 1})", 'not do for "address"'),
        ("shop.order(goods='bagel', when='7')", '"\'7\'" will not do for "when"'),
        ("shop.order(goods='bagel', size=1)", 'the parameter "size" is not expected'),
        ("shop.order(goods='bagel', **{'count': 3})", 'the parameter "None" is not expected'),
        ("shop_order(goods='bagel')", 'it calls "shop_order" instead of "shop.order"'),
        ("order(goods='bagel')", 'it calls "order" instead of "shop.order"'),
        ("[shop.order(goods='bagel'), shop.order(goods='bagel')]", "2 calls instead of 1"),
        ("[]", "0 calls instead of 1"),
        ("I would order a bagel.", "Found no function call in"),
        ("[x for x in shop.order(goods='bagel')]", "it is no list of calls"),
        ("[1]", "something in the list is no call"),
        ("shop.order(goods=lambda: 1)", "an argument is no value"),
        ("shop.order(goods='bagel', count=9 ** 9 ** 9)", "beyond what is worked out"),
        ("shop.order(goods='bagel', count=1 / 0)", "it is not Python (ZeroDivisionError)"),
        ("shop.order(goods='bagel', count=0x" + "f" * 9_000 + ")", "a very large value"),
        ("(" * 100 + ")" * 100, "it is nested more than 40 brackets deep"),
        ("x" * (MAX_CHARACTERS + 1), "it has more than 20000 characters"),
        ("shop.order(goods=" + "-" * 9_000 + "1)", "Found no function call in"),
        ('[{"shop.order": 1}]', "Found no function call in"),
        ('[{"shop.order": "{"}]', "Found no function call in"),
    ],
)
def test_call_that_is_not_right(output: str, why: str) -> None:
    judgement = scorer_named("function_call").score(output, TARGET, {})
    assert judgement.verdict is Verdict.WRONG
    assert why in judgement.explanation


def test_value_that_may_not_be_left_out() -> None:
    one: Json = {
        "function": [FUNCTION],
        "ground_truth": [{"shop.order": {"goods": ["a"], "count": [1]}}],
    }
    assert score_of("shop.order(goods='a')", one) == 0
    assert score_of("shop.order(goods='a', count=1)", one) == 1


def test_integers_will_not_do_in_a_list_of_floats() -> None:
    assert score_of("shop.order(goods='bagel', place=[1, 2])") == 0


def test_several_calls_in_any_order() -> None:
    truth: Json = [{"shop.order": {"goods": ["a"]}}, {"shop.order": {"goods": ["b"]}}]
    two: Json = {"function": [FUNCTION], "ground_truth": truth}
    assert score_of("[shop.order(goods='b'), shop.order(goods='a')]", two) == 1
    assert score_of("[shop.order(goods='a'), shop.order(goods='a')]", two) == 0


def test_arithmetic_is_worked_out_and_nothing_is_run() -> None:
    (call,) = parse_calls("f(a=2 ** 3 - 1, b='x' + 'y', c=g(1), d=x[0], e=h(i=1), j=..., k=-2)")
    assert call.arguments == {
        **{"a": 7, "b": "xy", "c": "g(1)", "d": "x[0]", "e": {"h": {"i": 1}}, "j": "...", "k": -2}
    }


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("f(a=1)", "the target must be an object of two fields, function and ground_truth."),
        (
            {"function": [], "ground_truth": [{"f": {}}]},
            "function must be a list of descriptions: each must have a name, and parameters with "
            "properties.",
        ),
        (
            {
                "function": [{"name": "f", "parameters": {"properties": {"a": {"type": "array"}}}}],
                "ground_truth": [],
            },
            'function must be a list of descriptions: the type of "a" is not known.',
        ),
        (
            {
                "function": [{"name": "f", "parameters": {"properties": {}, "required": ["a"]}}],
                "ground_truth": [],
            },
            "function must be a list of descriptions: required must be a list of its parameters.",
        ),
    ],
)
def test_target_that_is_not_usable(target: Json, problem: str) -> None:
    truths = "ground_truth must be a list of objects {name: {parameter: [values]}}, each name "
    truths += "that of a function that is described."
    found = scorer_named("function_call").check(target, {})
    assert found == [problem, truths] if isinstance(target, dict) else [problem]


plain = st.text(max_size=8) | st.integers(-9, 9) | st.booleans() | st.just(2.5)


@given(st.dictionaries(st.from_regex("[a-z]{1,5}", fullmatch=True), plain, max_size=4))
def test_call_with_the_wanted_values_is_always_right(values: dict[str, str | int | float]) -> None:
    kinds = {str: "string", int: "integer", bool: "boolean", float: "float"}
    values = {f"p_{name}": value for name, value in values.items()}
    described: JsonObject = {name: {"type": kinds[type(value)]} for name, value in values.items()}
    target: Json = {
        "function": [{"name": "f", "parameters": {"properties": described, "required": []}}],
        "ground_truth": [{"f": {name: [value] for name, value in values.items()}}],
    }
    arguments = ", ".join(f"{name}={value!r}" for name, value in values.items())
    assert score_of(f"[f({arguments})]", target) == 1
    assert score_of(json.dumps([{"f": values}]), target) == 1


@given(st.text(alphabet="f()[]{}'\"=,:.-+*/1a \\\n`", max_size=60))
def test_anything_is_calls_or_a_reason(text: str) -> None:
    calls = []
    with suppress(NoCalls):
        calls = parse_calls(text)
    assert all(isinstance(call.name, str) for call in calls)


def test_long_output_of_calls_takes_no_more_than_linear_time() -> None:
    value: Value = "x" * 19_000
    started = time.process_time()
    assert score_of(f"shop.order(goods={value!r})") == 0
    assert time.process_time() - started < 1
