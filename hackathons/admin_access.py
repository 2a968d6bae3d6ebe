"""The admin of whatever belongs to a hackathon: its organizers see it, nobody else does."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin_access import ReadOnlyAdmin, RuledAdmin, person_of
from accounts.models import User
from hackathons.domain.organize import announce_change, organized_by
from hackathons.rules import is_organizer


class OrganizedRows:
    """Rows that reach their hackathon by `hackathon_path`."""

    hackathon_path = "hackathon"

    def restrict(self, rows: QuerySet[Any], person: User) -> QuerySet[Any]:
        """Those of the hackathons that the person runs."""
        return rows.filter(**{f"{self.hackathon_path}__in": organized_by(person)})


class OrganizedReadOnlyAdmin(OrganizedRows, ReadOnlyAdmin):
    """Read-only rows of own hackathons."""


class OrganizedAdmin(OrganizedRows, RuledAdmin):
    """Rows of own hackathons; which hackathon they belong to is chosen once."""

    def may_change(self, person: User, obj: Any) -> bool:
        """The hackathon's organizers."""
        return is_organizer(person, obj.hackathon)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Nothing moves from one hackathon to another."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        return (*fixed, "hackathon") if obj is not None else fixed

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Of hackathons only the person's own can be chosen."""
        if db_field.name == "hackathon":
            kwargs["queryset"] = organized_by(person_of(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, *rest: Any) -> None:
        """With what follows from the change."""
        super().save_related(request, form, *rest)
        announce_change(form.instance.hackathon_id)
