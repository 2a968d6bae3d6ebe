"""Models in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action

from accounts.admin_access import RuledAdmin, after_dialog, person_of
from accounts.models import User
from catalogue.domain.upstreams import check_upstream
from catalogue.models import LanguageModel
from corral.errors import PlatformError


@admin.register(LanguageModel)
class LanguageModelAdmin(RuledAdmin):
    """Everybody's: organizers add to the catalogue, and only superusers change what is in it.

    Where a model is served is the platform's business: its key goes there.
    """

    list_display = ("name", "slug", "family", "quantisation", "licence")
    search_fields = ("name", "slug", "family")
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = (
        "weights_sha256",
        "tensors_sha256",
        "metadata_sha256",
        "architecture",
        "quantisation",
        "parameters",
        "tensor_bytes",
        "vocabulary_size",
        "embedding_length",
        "context_length",
    )
    fieldsets = (
        (None, {"fields": ("name", "slug", "family", "licence", "source")}),
        (
            "Served by",
            {"fields": ("upstream", "upstream_name", "upstream_key", "build", "embeddings")},
        ),
        (
            "Weights",
            {
                "fields": readonly_fields,
                "description": "Read from the GGUF file by manage.py models add, never typed. "
                "Each run compares them with what its model server says that it serves.",
            },
        ),
    )
    actions_detail = ("ask_server",)
    SERVING = frozenset({"upstream", "upstream_key", "build"})

    def restrict(self, rows: QuerySet[Any], person: User) -> QuerySet[Any]:
        """All of them."""
        return rows

    def may_change(self, person: User, obj: LanguageModel) -> bool:
        """Other hackathons may rely on it."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Organizers don't say where a model is served."""
        sets = super().get_fieldsets(request, obj)
        if person_of(request).is_superuser:
            return sets
        return [(title, {**shown, "fields": self._told(shown["fields"])}) for title, shown in sets]

    def _told(self, fields: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(field for field in fields if field not in self.SERVING)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What is on nobody's page is not taken from a form either."""
        return () if person_of(request).is_superuser else tuple(sorted(self.SERVING))

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only where there is a form to fill in."""
        return self.prepopulated_fields if self.has_change_permission(request, obj) else {}

    @action(  # type: ignore[untyped-decorator]
        description="Check the upstream",
        icon="verified",
        dialog={
            "title": "Ask its server what it serves?",
            "description": "What it says is compared with the catalogue; nothing is changed.",
            "form_class": None,
            "form_submit_text": "Ask",
        },
    )
    def ask_server(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Only a POST gets here."""
        model = self.seen(request, object_id)
        try:
            found = check_upstream(model=model)
        except PlatformError as error:
            messages.error(request, str(error))
        else:
            for sentence in found.contradictions:
                messages.error(request, sentence)
            if not found.contradictions:
                messages.success(request, f"{found.text}.")
        return after_dialog(
            request, reverse("admin:catalogue_languagemodel_change", args=[model.pk])
        )
