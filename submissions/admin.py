"""Submissions in the admin, read-only: an upload never changes."""

from django.contrib import admin

from hackathons.admin_access import OrganizedReadOnlyAdmin
from submissions.models import Submission


@admin.register(Submission)
class SubmissionAdmin(OrganizedReadOnlyAdmin):
    """Those of own hackathons."""

    hackathon_path = "track__hackathon"
    list_display = ("project_name", "number", "team", "track", "model", "submitted_at", "is_final")
    list_select_related = ("team", "track__hackathon", "model")
    list_filter = ("is_final", "model")
    search_fields = ("project_name", "team__name", "archive_sha256")
    date_hierarchy = "submitted_at"
