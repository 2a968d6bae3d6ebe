"""The admin asks rules, never model permissions: staff see what is theirs, superusers everything.

A subclass says in `restrict` which rows a person sees, and in `may_…` what they may do with one.
What they don't see is 404.
"""

from typing import Any, NoReturn, cast

from django.contrib.admin.utils import unquote
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from accounts.models import User


def person_of(request: HttpRequest) -> User:
    """Who asks; the admin site lets nobody in who is not staff."""
    return cast(User, request.user)


def is_staff(request: HttpRequest) -> bool:
    """Whether the person may enter the admin at all."""
    return request.user.is_active and bool(getattr(request.user, "is_staff", False))


def after_dialog(request: HttpRequest, address: str) -> HttpResponse:
    """Leave a dialog: by htmx where it asked, else by an ordinary redirect."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


class RuledAdmin(ModelAdmin):  # type: ignore[misc]
    """A model's pages in the admin, by rules."""

    compressed_fields = True
    warn_unsaved_form = True

    def restrict(self, rows: QuerySet[Any], person: User) -> QuerySet[Any]:
        """The rows that a person who is no superuser sees; none unless a subclass says so."""
        return rows.none()

    def may_add(self, person: User) -> bool:
        """Whether the person may make a new one."""
        return True

    def may_change(self, person: User, obj: Any) -> bool:
        """Whether the person may change one that they see."""
        return True

    def may_delete(self, person: User, obj: Any) -> bool:
        """Whether the person may delete one that they see."""
        return self.may_change(person, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that the person sees."""
        rows: QuerySet[Any] = super().get_queryset(request)
        person = person_of(request)
        return rows if person.is_superuser else self.restrict(rows, person)

    def seen(self, request: HttpRequest, object_id: str) -> Any:
        """The row of that key; 404 where the person sees none."""
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        return found

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Staff see the app's models on the admin's first page."""
        return is_staff(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows that are not theirs never reach this: `get_queryset` hides them."""
        return is_staff(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """By `may_add`."""
        return is_staff(request) and self._allowed(request, self.may_add)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By `may_change`."""
        return is_staff(request) and self._allowed(request, self.may_change, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By `may_delete`."""
        return is_staff(request) and self._allowed(request, self.may_delete, obj)

    def _allowed(self, request: HttpRequest, rule: Any, *objects: Any) -> bool:
        """A rule about one object is asked only where there is one."""
        person = person_of(request)
        if objects and not isinstance(objects[0], Model):
            return True
        return person.is_superuser or bool(rule(person, *objects))

    def _get_obj_does_not_exist_redirect(self, *args: Any) -> NoReturn:
        """404, where Django would send people to the admin's first page."""
        raise Http404


class ReadOnlyAdmin(RuledAdmin):
    """Rows that only the platform writes."""

    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


class _RuledInline:
    """Rows on their parent's page: who may change the parent may change them."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """With the parent, which `get_queryset` of its admin hides where it must."""
        return is_staff(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """With the parent."""
        return self._with_parent(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """With the parent."""
        return self._with_parent(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """With the parent."""
        return self._with_parent(request, obj)

    def _with_parent(self, request: HttpRequest, obj: Any) -> bool:
        model = self.parent_model  # type: ignore[attr-defined]
        parent: Any = self.admin_site.get_model_admin(model)  # type: ignore[attr-defined]
        if obj is None:
            return bool(parent.has_add_permission(request))
        return bool(parent.has_change_permission(request, obj))


class RuledTabularInline(_RuledInline, TabularInline):  # type: ignore[misc]
    """One line each."""


class RuledStackedInline(_RuledInline, StackedInline):  # type: ignore[misc]
    """One block each."""


class ReadOnlyInline(TabularInline):  # type: ignore[misc]
    """Lines that only the platform writes."""

    extra = 0
    max_num = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """With the parent."""
        return is_staff(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False
