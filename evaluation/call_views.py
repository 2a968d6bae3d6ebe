"""The pages of a run's calls to its model."""

import json
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from corral.gateway.packs import PackRefused
from evaluation.domain.calls import Calls
from evaluation.serializers import CallSerializer
from evaluation.views import page_context, seen_submission

PAGE = 20


@require_safe
def calls(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The calls of a run, or of one of its tasks."""
    return _shown(request, pk, "evaluation/calls.html")


@require_safe
def calls_part(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The same as a part of a page."""
    return _shown(request, pk, "evaluation/partials/calls.html")


@require_safe
def calls_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """All of them as a file, one JSON object a line."""
    seen = seen_submission(request, pk)
    found = Calls(seen.seen, task=request.GET.get("task", ""))[:] if seen.seen else []
    lines = (json.dumps(CallSerializer(call).data, ensure_ascii=False) for call in found)
    response = HttpResponse(
        "".join(f"{line}\n" for line in lines), content_type="application/jsonl; charset=utf-8"
    )
    name = f"submission-{seen.submission.number}-calls.jsonl"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _shown(request: HttpRequest, pk: UUID, template: str) -> HttpResponse:
    seen, task = seen_submission(request, pk), request.GET.get("task", "")
    query = urlencode({"task": task}) if task else ""
    context = {**page_context(request, seen), "task": task, "query": query, "damaged": False}
    if seen.seen is not None:
        try:
            page = Paginator(Calls(seen.seen, task=task), PAGE).get_page(request.GET.get("page"))
            context |= {"page": page, "calls": page.object_list}
        except PackRefused:
            context["damaged"] = True
    return render(request, template, context)
