"""Which suites' versions a person may know of."""

from django.db.models import Count, Q, QuerySet

from catalogue.models import SuiteVersion
from catalogue.rules import may_import, own_or_ownerless
from corral.suites.base import Split
from hackathons.rules import Person


def versions_for_person(person: Person) -> QuerySet[SuiteVersion]:
    """The versions that the person sees, with their numbers of tasks as `public` and `private`.

    Everybody knows of those that tracks use; organizers of their own and the platform's, too.
    """
    rows = SuiteVersion.objects.select_related("suite", "commitment").annotate(
        public=Count("tasks", filter=Q(tasks__split=Split.PUBLIC.value)),
        private=Count("tasks", filter=Q(tasks__split=Split.PRIVATE.value)),
    )
    rows = rows.order_by("suite__slug", "-number")
    used = Q(pk__in=SuiteVersion.objects.filter(tracks__isnull=False).values("pk"))
    if not person.is_authenticated or not may_import(person):
        return rows.filter(used)
    return rows if person.is_superuser else rows.filter(used | own_or_ownerless(person, "suite__"))
