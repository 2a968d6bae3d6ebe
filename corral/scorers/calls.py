"""Function calls as models write them, read without running any of it."""

import ast
import json
import operator
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from corral.json_types import Json

MAX_CHARACTERS = 20_000
MAX_DEPTH = 40
_MOST = 1e15  # of a number that arithmetic makes
_MOST_POWER = 64

Value: TypeAlias = (
    "bool | int | float | str | list[Value] | tuple[Value, ...] | dict[Value, Value] | None"
)
Number: TypeAlias = int | float
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Number, Number], Number]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.FloorDiv: operator.floordiv,
        ast.Mod: operator.mod,
        ast.Pow: operator.pow,
    }
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: positional arguments are none, and of a name given twice the last counts.

    `api` says that it came as JSON, where the names of APIs have underscores for dots.
    """

    name: str
    arguments: Mapping[str | None, Value]
    api: bool = False


class NoCalls(ValueError):
    """The text is no list of calls; the message says why, without a full stop."""


def parse_calls(text: str) -> list[Call]:
    """The calls in an output: Python syntax, with or without the brackets of a list, or JSON.

    Python is read as BFCL reads it: back-quotes, line ends and spaces around it are dropped, a
    bracket is put where one is missing, and each element must be a call. Names stand for their own
    text, arithmetic on numbers is worked out, a call inside a call is its text. JSON is
    `{name: {argument: value}}`, `{"name": …, "arguments": …}`, the tool calls of the OpenAI API, or
    a list of these.

    Raises:
        NoCalls: it is nothing of that, or too long, or nested too deeply.
    """
    if len(text) > MAX_CHARACTERS:
        raise NoCalls(f"it has more than {MAX_CHARACTERS} characters")
    if _depth(text) > MAX_DEPTH:
        raise NoCalls(f"it is nested more than {MAX_DEPTH} brackets deep")
    from_json = _json_calls(text)
    if from_json is not None:
        return from_json
    try:
        return _python_calls(text)
    except NoCalls:
        raise
    except (SyntaxError, ValueError, TypeError, ArithmeticError) as error:
        raise NoCalls(f"it is not Python ({type(error).__name__})") from error
    except (RecursionError, MemoryError) as error:
        raise NoCalls("it is nested too deeply") from error


def _depth(text: str) -> int:
    """The most brackets open at a time, those in texts counted in."""
    deepest = depth = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


def _python_calls(text: str) -> list[Call]:
    text = text.strip("`\n ")
    text = text if text.startswith("[") else f"[{text}"
    text = text if text.endswith("]") else f"{text}]"
    with warnings.catch_warnings():  # a "\d" in a text is no matter of ours
        warnings.simplefilter("ignore")
        body = ast.parse(text.strip(), mode="eval").body
    if not isinstance(body, ast.List | ast.Tuple | ast.Set):
        raise NoCalls("it is no list of calls")
    return [_call(each) for each in body.elts]


def _call(node: ast.expr) -> Call:
    if not isinstance(node, ast.Call):
        raise NoCalls("something in the list is no call")
    return Call(_name(node.func), {each.arg: _value(each.value) for each in node.keywords})


def _name(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def _value(node: ast.expr | None) -> Value:
    """What a node of the syntax tree stands for."""
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.Constant(value=value) if value is ...:
            return "..."
        case ast.UnaryOp(operand=ast.Constant(value=int() | float() as value)):
            return -value  # BFCL's reading of every sign
        case ast.List(elts=elements):
            return [_value(each) for each in elements]
        case ast.Tuple(elts=elements):
            return tuple(_value(each) for each in elements)
        case ast.Dict(keys=keys, values=values):
            return {_value(key): _value(each) for key, each in zip(keys, values, strict=True)}
        case ast.Name(id=name):
            return name
        case _:
            return _composed(node)


def _composed(node: ast.expr | None) -> Value:
    match node:
        case ast.BinOp():
            return _worked_out(node)
        case ast.Call(keywords=[]) | ast.Subscript():
            return ast.unparse(node)
        case ast.Call():
            inner = _call(node)
            return {inner.name: _as_value(inner)}
        case _:
            raise NoCalls("an argument is no value")


def _as_value(call: Call) -> dict[Value, Value]:
    return dict(call.arguments.items())


def _worked_out(node: ast.expr) -> Number | str:
    """Arithmetic on numbers, and texts put together; nothing that could grow without end."""
    match node:
        case ast.Constant(value=int() | float() | str() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(_worked_out(operand))
        case ast.BinOp(left=left, op=op, right=right):
            one, other = _worked_out(left), _worked_out(right)
            if isinstance(one, str) and isinstance(other, str) and isinstance(op, ast.Add):
                return one + other
            return _arithmetic(op, _number(one), _number(other))
        case _:
            raise NoCalls("an argument is no value")


def _number(value: Number | str) -> Number:
    if isinstance(value, str):
        raise NoCalls("an argument is no value")
    return value


def _arithmetic(op: ast.operator, one: Number, other: Number) -> Number:
    work = _ARITHMETIC.get(type(op))
    power = isinstance(op, ast.Pow)
    if work is None or max(abs(one), abs(other)) > _MOST or (power and abs(other) > _MOST_POWER):
        raise NoCalls("an argument has arithmetic beyond what is worked out")
    found = work(one, other)
    if not isinstance(found, int | float):  # a root of a negative number
        raise NoCalls("an argument is no real number")
    return found


def _json_calls(text: str) -> list[Call] | None:
    """Calls as JSON; None where the text is none."""
    try:
        content: Json = json.loads(text.strip("`\n "))
    except (ValueError, RecursionError):
        return None
    if isinstance(content, dict) and isinstance(content.get("tool_calls"), list):
        content = content["tool_calls"]
    found = list(_each_json_call(content if isinstance(content, list) else [content]))
    return None if None in found else [call for call in found if call is not None]


def _each_json_call(items: list[Json]) -> Iterator[Call | None]:
    for item in items:
        yield _json_call(item)


def _json_call(item: Json) -> Call | None:
    match item:
        case {"function": {"name": str(name), "arguments": arguments}}:
            return _json_arguments(name, arguments)
        case {"name": str(name), "arguments": arguments} | {
            "name": str(name),
            "parameters": arguments,
        }:
            return _json_arguments(name, arguments)
        case dict() if len(item) == 1:
            name, arguments = next(iter(item.items()))
            return _json_arguments(name, arguments)
        case _:
            return None


def _json_arguments(name: str, arguments: Json) -> Call | None:
    """The API gives arguments as a text that is JSON in turn."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return None
    if not isinstance(arguments, dict):
        return None
    return Call(name, dict(arguments.items()), api=True)  # type: ignore[arg-type]
