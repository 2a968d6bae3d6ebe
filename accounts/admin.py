"""People in the admin: superusers manage them, organizers only pick them by name."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.admin_access import is_staff, person_of
from accounts.models import User

admin.site.unregister(Group)
SHORTEST_TERM = 2


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg,misc]
    """Organizers reach only its autocompletion: user names, never addresses."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_staff", "is_active", "date_joined")
    # An address finds its owner only when it is given in full.
    search_fields = ("username__istartswith", "=email")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff may pick people in forms."""
        if is_staff(request) and _is_autocomplete(request):
            return True
        return bool(super().has_view_permission(request, obj))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Who picks people has to know the first letters of their names."""
        if _is_autocomplete(request) and not person_of(request).is_superuser:
            if len(search_term.strip()) < SHORTEST_TERM:
                return queryset.none(), False
            queryset = queryset.filter(is_active=True)
        found, distinct = super().get_search_results(request, queryset, search_term)
        return found, distinct


def _is_autocomplete(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.url_name == "autocomplete"
