"""How what a model server says of itself is worded, for pages, the admin and the command line."""

from corral.json_types import Json, JsonObject
from corral.weights.facts import ModelFacts


def served_text(checked: JsonObject) -> str:
    """One line about a stored check: who serves what, and whether it is the catalogue's model."""
    who = " ".join(str(checked[part]) for part in ("server", "build") if checked.get(part))
    parameters = ModelFacts.from_json(_object(checked.get("facts"))).parameters
    if not who and parameters is None:
        return "The model server doesn't say what it serves"
    parts = [f"Served by {who or 'a server that gives no name'}"]
    if parameters is not None:
        parts.append(f"{parameters:,} parameters")
    return ", ".join([*parts, _outcome(checked)])


def _outcome(checked: JsonObject) -> str:
    if checked.get("contradictions"):
        return "which contradicts the catalogue"
    if checked.get("verified"):
        return "matches the catalogue"
    if checked.get("comparable"):
        return "which doesn't say enough to be compared with the catalogue"
    return "of which the catalogue knows no figures"


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}
