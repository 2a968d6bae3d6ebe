"""How the pages of hackathons word values."""

import json

from django import template

from corral.json_types import Json

register = template.Library()


@register.filter
def as_json(value: Json) -> str:
    """As a project is given it, readable: the template escapes it."""
    return json.dumps(value, ensure_ascii=False, indent=2)


@register.filter
def seconds(value: float) -> str:
    """A duration in the largest unit that gives a short number: 30 s, 1.5 min, 2 h."""
    for unit, size in (("h", 3600), ("min", 60)):
        if value >= size and value * 10 % size == 0:
            return f"{value / size:g} {unit}"
    return f"{value:g} s"
