"""Sentences that say what a number means."""

from django import template

from common.meanings import Meaning

register = template.Library()


@register.simple_tag
def meaning(name: str) -> str:
    """The sentence of that name."""
    return Meaning[name].value
