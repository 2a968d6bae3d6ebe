"""Suites, their versions and the models in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from unfold.decorators import action

from accounts.admin_access import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    RuledAdmin,
    after_dialog,
    person_of,
)
from accounts.models import User
from catalogue.domain.suites import import_suite, publish_suite_version
from catalogue.domain.upstreams import check_upstream
from catalogue.errors import SuiteRefused
from catalogue.forms import ImportSuiteForm
from catalogue.models import LanguageModel, Suite, SuiteVersion, Task
from catalogue.rules import may_delete_version, may_publish, own_or_ownerless, owns
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


class VersionInline(ReadOnlyInline):
    """The versions of a suite."""

    model = SuiteVersion
    fields = ("number", "digest", "created_at", "published_at")
    readonly_fields = fields
    show_change_link = True


@admin.register(Suite)
class SuiteAdmin(RuledAdmin):
    """Made by importing; organizers see their own and the platform's."""

    list_display = ("name", "slug", "owner", "version_count")
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    ordering = ("name",)
    fields = ("name", "slug", "description", "owner")
    readonly_fields = ("slug", "owner")
    inlines = (VersionInline,)
    actions_list = ("import_suite",)

    def restrict(self, rows: QuerySet[Any], person: User) -> QuerySet[Any]:
        """Own ones and those without an owner."""
        return rows.filter(own_or_ownerless(person, ""))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of versions."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.annotate(version_total=Count("versions"))  # type: ignore[no-any-return]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A suite comes with its tasks: it is imported."""
        return False

    def may_change(self, person: User, obj: Suite) -> bool:
        """Its owner."""
        return owns(person, obj)

    @admin.display(description="Versions", ordering="version_total")
    def version_count(self, suite: Any) -> int:
        """How many."""
        return int(suite.version_total)

    @action(  # type: ignore[untyped-decorator]
        description="Import a suite", url_path="import", icon="upload"
    )
    def import_suite(self, request: HttpRequest) -> HttpResponse:
        """The form, and the import itself by POST."""
        sent = request.method == "POST"
        form = ImportSuiteForm(request.POST, request.FILES) if sent else ImportSuiteForm()
        if sent and form.is_valid():
            try:
                version = import_suite(loaded=form.cleaned_data["loaded"], owner=person_of(request))
            except SuiteRefused as refused:
                form.add_error(None, list(refused.problems))
            else:
                messages.success(request, f"{version} is imported; publish it to use it.")
                return redirect("admin:catalogue_suiteversion_change", version.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "Import a suite",
            "form": form,
            "opts": self.opts,
        }
        status = 400 if form.errors else 200
        return render(request, "admin/catalogue/suite/import.html", context, status=status)


@admin.register(SuiteVersion)
class SuiteVersionAdmin(ReadOnlyAdmin):
    """Read-only but for being published, and deleted before that."""

    list_display = ("__str__", "task_count", "short_digest", "created_at", "published_at")
    list_select_related = ("suite",)
    list_filter = (("published_at", admin.EmptyFieldListFilter),)
    search_fields = ("suite__name", "suite__slug", "digest")
    ordering = ("suite__name", "-number")
    actions_detail = ("publish",)
    fields = (
        "suite",
        "number",
        "whole_digest",
        "task_count",
        "licence",
        "source",
        "created_at",
        "published_at",
    )
    readonly_fields = ("whole_digest", "task_count", "created_at")

    def restrict(self, rows: QuerySet[Any], person: User) -> QuerySet[Any]:
        """Of own suites and of those without an owner."""
        return rows.filter(own_or_ownerless(person, "suite__"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of tasks."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.annotate(task_total=Count("tasks"))  # type: ignore[no-any-return]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Before it is published; one by one, on its page."""
        return obj is not None and may_delete_version(person_of(request), obj)

    def has_publish_permission(self, request: HttpRequest, object_id: str) -> bool:
        """The suite's owner."""
        return may_publish(person_of(request), self.seen(request, object_id))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """What is published needs no button; doing it again would change nothing."""
        if self.seen(request, str(object_id)).published_at:
            return []
        return list(super().get_actions_detail(request, object_id))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The tasks go with their version, though nobody deletes them one by one."""
        rows, counts, missing, protected = super().get_deleted_objects(objs, request)
        return rows, counts, set(missing) - {Task._meta.verbose_name}, protected

    @admin.display(description="Tasks", ordering="task_total")
    def task_count(self, version: Any) -> int:
        """How many."""
        return int(version.task_total)

    @admin.display(description="Digest (SHA-256)")
    def whole_digest(self, version: SuiteVersion) -> str:
        """All of it, in parts that a narrow page may break between."""
        parts = (version.digest[i : i + 16] for i in range(0, 64, 16))
        return format_html_join(mark_safe("<wbr>"), "{}", ((part,) for part in parts))

    @admin.display(description="Digest", ordering="digest")
    def short_digest(self, version: SuiteVersion) -> str:
        """Enough of it to tell versions apart."""
        return f"{version.digest[:12]}…"

    @action(  # type: ignore[untyped-decorator]
        description="Publish",
        permissions=["publish"],
        icon="lock",
        dialog={
            "title": "Publish this version?",
            "description": "From then on it and its tasks never change, and tracks may use it.",
            "form_class": None,
            "form_submit_text": "Publish",
        },
    )
    def publish(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Fix the version for good; only a POST gets here."""
        version = self.seen(request, object_id)
        try:
            publish_suite_version(version=version)
        except SuiteRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"{version} is published.")
        return after_dialog(
            request, reverse("admin:catalogue_suiteversion_change", args=[version.pk])
        )


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    """The tasks with their targets: for the owner of the suite alone."""

    list_display = ("key", "suite_version", "position", "split", "scorer", "weight")
    list_select_related = ("suite_version__suite",)
    list_filter = ("split", "scorer")
    search_fields = ("key", "suite_version__suite__name")

    def restrict(self, rows: QuerySet[Any], person: User) -> QuerySet[Any]:
        """Of own suites."""
        return rows.filter(suite_version__suite__owner=person)
