"""What was decided about re-evaluations of a track, for its page and its board."""

from typing import Any

from django import template
from django.utils import timezone

from evaluation.domain.audit import decisions_for_person
from hackathons.models import Track

register = template.Library()


@register.inclusion_tag("evaluation/partials/decisions.html", takes_context=True)
def decisions(context: dict[str, Any], track: Track) -> dict[str, Any]:
    """As the person who looks at the page may read of them; nothing where there are none."""
    person, now = context["request"].user, timezone.now()
    return {
        "decisions": decisions_for_person(person=person, track=track, at=now),
        "hackathon": track.hackathon,
    }
