"""How what a model server says of itself is worded, for pages, the admin and the command line."""

from collections.abc import Sequence

from corral.json_types import Json, JsonObject
from corral.weights.facts import ModelFacts


def served_text(served: JsonObject, agrees: Sequence[Json], *, comparable: bool) -> str:
    """One line: who serves what, and whether it is the catalogue's model.

    `agrees` are the facts that were verified, `comparable` says that the catalogue has any.
    """
    who = " ".join(str(served[part]) for part in ("server", "build") if served.get(part))
    parameters = ModelFacts.from_json(_object(served.get("facts"))).parameters
    if not who and parameters is None:
        return "The model server doesn't say what it serves"
    parts = [f"Served by {who or 'a server that gives no name'}"]
    if parameters is not None:
        parts.append(f"{parameters:,} parameters")
    if agrees:
        parts.append("matches the catalogue")
    elif comparable:
        parts.append("which doesn't say enough to be compared with the catalogue")
    else:
        parts.append("of which the catalogue knows no figures")
    return ", ".join(parts)


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}
