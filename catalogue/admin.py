"""Suites, their versions and tasks in the admin; the models are beside."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
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
from catalogue.admin_models import LanguageModelAdmin as LanguageModelAdmin
from catalogue.domain.export import archive_name, version_archive
from catalogue.domain.suites import publish_suite_version
from catalogue.errors import SuiteRefused
from catalogue.import_page import import_page
from catalogue.models import Suite, SuiteVersion, Task
from catalogue.rules import (
    may_delete_version,
    may_export,
    may_publish,
    own_or_ownerless,
    owns,
)
from corral.errors import UserError


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
        """The form, what a suite holds, and the import itself, both by POST."""
        title = {"title": "Import a suite", "opts": self.opts}
        return import_page(request, {**self.admin_site.each_context(request), **title})


@admin.register(SuiteVersion)
class SuiteVersionAdmin(ReadOnlyAdmin):
    """Read-only but for being published, and deleted before that."""

    list_display = ("__str__", "task_count", "short_digest", "created_at", "published_at")
    list_select_related = ("suite",)
    list_filter = (("published_at", admin.EmptyFieldListFilter),)
    search_fields = ("suite__name", "suite__slug", "digest")
    ordering = ("suite__name", "-number")
    actions_detail = ("publish", "export")
    fields = (
        "suite",
        "number",
        "whole_digest",
        "task_count",
        "committed",
        "licence",
        "source",
        "created_at",
        "published_at",
    )
    readonly_fields = ("whole_digest", "task_count", "committed", "created_at")

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
        shown = list(super().get_actions_detail(request, object_id))
        if self.seen(request, str(object_id)).published_at:
            return [one for one in shown if not one.action_name.endswith("_publish")]
        return shown

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

    @admin.display(description="Private tasks committed to by")
    def committed(self, version: SuiteVersion) -> str:
        """The commitment; its salt is shown nowhere here."""
        found = getattr(version, "commitment", None)
        if found is None:
            return "—"
        return f"{found.digest} ({'opened' if found.opened_at else 'not opened'})"

    def has_export_permission(self, request: HttpRequest, object_id: str) -> bool:
        """The suite's owner: private tasks are in it."""
        return may_export(person_of(request), self.seen(request, object_id))

    @action(  # type: ignore[untyped-decorator]
        description="Export", permissions=["export"], icon="download", url_path="export"
    )
    def export(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The version's folder as a .zip; it changes nothing, so a GET may have it."""
        version = self.seen(request, object_id)
        try:
            packed = version_archive(version)
        except UserError as refused:
            messages.error(request, str(refused))
            return redirect("admin:catalogue_suiteversion_change", version.pk)
        headers = {"Content-Disposition": f'attachment; filename="{archive_name(version)}.zip"'}
        return HttpResponse(packed, content_type="application/zip", headers=headers)

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
