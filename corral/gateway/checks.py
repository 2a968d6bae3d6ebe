"""Rules for the values of a call's fields: each says what is wrong, or None."""

from collections.abc import Callable

from corral.json_types import Json

MOST_TEXTS = 256
Check = Callable[[Json], str | None]


def number(low: float, high: float) -> Check:
    """A number in a range."""

    def check(value: Json) -> str | None:
        fine = (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and low <= value <= high  # NaN is not
        )
        return None if fine else f"must be a number from {low:g} to {high:g}"

    return check


def whole(low: int, high: int) -> Check:
    """A whole number in a range."""

    def check(value: Json) -> str | None:
        fine = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return None if fine else f"must be a whole number from {low} to {high}"

    return check


def boolean(value: Json) -> str | None:
    """true or false."""
    return None if isinstance(value, bool) else "must be true or false"


def text(value: Json) -> str | None:
    """A string."""
    return None if isinstance(value, str) else "must be a string"


def one_of(*values: str) -> Check:
    """One of some strings."""

    def check(value: Json) -> str | None:
        return None if value in values else f"must be one of {', '.join(values)}"

    return check


def stop(value: Json) -> str | None:
    """Up to 16 texts that end an answer."""
    texts = value if isinstance(value, list) else [value]
    fine = len(texts) <= 16 and all(isinstance(t, str) and 0 < len(t) <= 256 for t in texts)
    return None if fine else "must be a string, or up to 16 strings, of 1 to 256 characters"


def logit_bias(value: Json) -> str | None:
    """Token ids with a bias each."""
    bias = number(-100, 100)
    fine = (
        isinstance(value, dict)
        and len(value) <= 1024
        and all(
            k.isascii() and k.isdigit() and len(k) < 10 and not bias(v) for k, v in value.items()
        )
    )
    return None if fine else "must map up to 1024 token ids to numbers from -100 to 100"


def stream_options(value: Json) -> str | None:
    """Whether a stream ends with its usage."""
    fine = (
        isinstance(value, dict)
        and value.keys() <= {"include_usage", "include_obfuscation"}
        and all(isinstance(v, bool | None) for v in value.values())
    )
    return None if fine else "may hold include_usage, which must be true or false"


def prompt(value: Json) -> str | None:
    """One text."""
    texts = value if isinstance(value, list) else [value]
    fine = len(texts) == 1 and isinstance(texts[0], str)
    return None if fine else "must be one string (token ids and several prompts are not taken)"


def texts(value: Json) -> str | None:
    """What vectors are made of: up to 256 texts."""
    given = value if isinstance(value, list) else [value]
    fine = 0 < len(given) <= MOST_TEXTS and all(isinstance(text, str) and text for text in given)
    return None if fine else f"must be a string, or 1 to {MOST_TEXTS} strings, none of them empty"


def response_format(value: Json) -> str | None:
    """Text, JSON, or JSON of a schema."""
    match value:
        case {"type": "text" | "json_object", **others} if not others:
            return None
        case {"type": "json_schema", "json_schema": {"schema": dict()}, **others} if not others:
            return None
        case _:
            return (
                "must be of type text, json_object, or json_schema with its schema in "
                "json_schema.schema"
            )


def tools(value: Json) -> str | None:
    """Functions, each with a name."""
    fine = isinstance(value, list) and 0 < len(value) <= 128 and all(map(_is_tool, value))
    return None if fine else "must be 1 to 128 functions, each with a name"


def _is_tool(value: Json) -> bool:
    match value:
        case {"type": "function", "function": {"name": str(name), **others}}:
            parameters = isinstance(others.get("parameters"), dict | None)
            description = isinstance(others.get("description"), str | None)
            return 0 < len(name) <= 64 and parameters and description
        case _:
            return False


def tool_choice(value: Json) -> str | None:
    """Whether, or which, function is to be called."""
    match value:
        case "none" | "auto" | "required":
            return None
        case {"type": "function", "function": {"name": str()}}:
            return None
        case _:
            return "must be none, auto, required, or a function with its name"
