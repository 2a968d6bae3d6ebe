"""The admin's page on which a suite is looked at and imported."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.admin_access import person_of
from catalogue.domain.suites import import_suite
from catalogue.errors import SuiteRefused
from catalogue.forms import ImportSuiteForm
from catalogue.models import SuiteVersion

PAGE = "admin/catalogue/suite/import.html"
PREVIEW = "admin/catalogue/suite/preview.html"


def import_page(request: HttpRequest, about: dict[str, Any]) -> HttpResponse:
    """The form; by POST what a suite holds; and with its digest, as that page gave it, the import.

    So nothing is imported that nobody looked at. `about` is what every page of the admin shows.
    """
    if request.method != "POST":
        return render(request, PAGE, {**about, "form": ImportSuiteForm()})
    form = ImportSuiteForm(request.POST, request.FILES)
    preview, seen = form.preview, request.POST.get("digest", "")
    if preview and seen == preview.digest and "look" not in request.POST:
        version = _imported(request, form)
        if version is not None:
            messages.success(request, f"{version} is imported; publish it to use it.")
            return redirect("admin:catalogue_suiteversion_change", version.pk)
    changed = bool(seen) and "look" not in request.POST
    context = {**about, "form": form, "preview": preview, "changed": changed}
    if request.headers.get("HX-Request"):  # which would not show what comes with an error's status
        return render(request, PREVIEW, context)
    return render(request, PAGE, context, status=400 if form.errors else 200)


def _imported(request: HttpRequest, form: ImportSuiteForm) -> SuiteVersion | None:
    """The version; None, and the form says why, where it is refused."""
    try:
        return import_suite(loaded=form.loaded, owner=person_of(request))
    except SuiteRefused as refused:
        form.add_error(None, list(refused.problems))
        return None
