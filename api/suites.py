"""Suites as JSON: those that tracks use, for all; bringing and having them, for organizers."""

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from api.errors import BodyTooLarge
from api.suite_serializers import PreviewSerializer, UploadSerializer, VersionSerializer
from catalogue.domain.commitments import opened_content
from catalogue.domain.export import archive_name, version_archive
from catalogue.domain.preview import preview_of
from catalogue.domain.suites import import_suite, publish_suite_version
from catalogue.domain.upload import MAX_PACKED, load_upload
from catalogue.errors import SuiteRefused
from catalogue.models import SuiteVersion
from catalogue.rules import may_export, may_import, may_publish
from corral.errors import UserError
from corral.suites.base import LoadedSuite
from evaluation.serializers import ProblemSerializer
from hackathons.domain.openings import open_private_tasks
from hackathons.domain.suites import versions_for_person
from submissions.uploads import measure

FRAME = 1_000_000  # bytes that a multipart body may have beside its file
REFUSALS = dict.fromkeys((400, 401, 403, 404, 413), ProblemSerializer)
NOT_ORGANIZER = "Only organizers bring suites."
NOT_OWNER = "Only the suite's owner may do this."


class Pages(LimitOffsetPagination):
    """Pages of at most 200."""

    max_limit = 200


class Measured(APIView):
    """Stops an upload that is far too large while it arrives, whatever it declared."""

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Measure it from its first byte on."""
        measure(request)
        return super().initialize_request(request, *args, **kwargs)


class SuitesView(Measured, GenericAPIView[SuiteVersion]):
    """The versions that the person may know of, and the door for new ones."""

    parser_classes = (MultiPartParser,)
    pagination_class = Pages
    serializer_class = VersionSerializer
    queryset = SuiteVersion.objects.none()

    @extend_schema(responses={200: VersionSerializer(many=True)}, operation_id="suites_list")
    def get(self, request: Request) -> Response:
        """Those that tracks use; for organizers their own and the platform's, too."""
        page = self.paginate_queryset(versions_for_person(request.user))
        return self.get_paginated_response(VersionSerializer(page or [], many=True).data)

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={201: VersionSerializer, **REFUSALS},
        operation_id="suites_import",
    )
    def post(self, request: Request) -> Response:
        """Import a suite as its next version; the same tasks give the version that has them."""
        person, loaded = _person(request), _read(request)
        version = import_suite(loaded=loaded, owner=person)
        return Response(_told(request, version), status=201)


class CheckView(Measured):
    """A dry run of an import."""

    permission_classes = (IsAuthenticated,)
    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={200: PreviewSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """What is in it, or all that is wrong with it; nothing is kept."""
        return Response(PreviewSerializer(preview_of(_read(request))).data)


class VersionView(APIView):
    """One version."""

    @extend_schema(responses={200: VersionSerializer, 404: ProblemSerializer})
    def get(self, request: Request, slug: str, number: int) -> Response:
        """What it is and, if it was committed to, by what."""
        return Response(VersionSerializer(_seen(request, slug, number)).data)


class PublishView(APIView):
    """Fixing a version for good."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={200: VersionSerializer, **REFUSALS})
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Publish it and commit to its private tasks; again, it changes nothing."""
        version = _seen(request, slug, number)
        if not may_publish(_person(request), version):
            raise PermissionDenied(NOT_OWNER)
        publish_suite_version(version=version)
        return Response(_told(request, version))


class ExportView(APIView):
    """The whole version, for its owner."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY, **REFUSALS})
    def get(self, request: Request, slug: str, number: int) -> HttpResponse:
        """A .zip of its folder, private tasks and targets too."""
        version = _seen(request, slug, number)
        if not may_export(_person(request), version):
            raise PermissionDenied(NOT_OWNER)
        try:
            packed = version_archive(version)
        except UserError as refused:
            raise SuiteRefused([str(refused)]) from refused
        name = f'attachment; filename="{archive_name(version)}.zip"'
        return HttpResponse(
            packed, content_type="application/zip", headers={"Content-Disposition": name}
        )


class OpenView(APIView):
    """The private tasks that were committed to."""

    @extend_schema(
        responses={(200, "application/json"): OpenApiTypes.OBJECT, 404: ProblemSerializer},
        operation_id="suites_opened",
    )
    def get(self, request: Request, slug: str, number: int) -> HttpResponse:
        """Salt and private tasks; the SHA-256 of these very bytes is the commitment."""
        try:
            content = opened_content(_seen(request, slug, number))
        except SuiteRefused as closed:
            raise Http404 from closed
        return HttpResponse(content, content_type="application/json")

    @extend_schema(
        request=None,
        responses={200: VersionSerializer, 409: ProblemSerializer, **REFUSALS},
        operation_id="suites_open",
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Open them to everybody, once the results are published."""
        version = _seen(request, slug, number)
        open_private_tasks(version=version, person=_person(request), at=timezone.now())
        return Response(_told(request, version))


def _person(request: Request) -> User:
    """Who asks; only people get here."""
    return cast(User, request.user)


def _read(request: Request) -> LoadedSuite:
    """The suite that an organizer sent."""
    if not may_import(_person(request)):
        raise PermissionDenied(NOT_ORGANIZER)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_PACKED + FRAME:
        raise BodyTooLarge
    sent = UploadSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    file = sent.validated_data["file"]
    return load_upload(file, file.name or "", sent.wanted())


def _seen(request: Request, slug: str, number: int) -> SuiteVersion:
    """The version; 404 where the person may not know of it."""
    return get_object_or_404(versions_for_person(request.user), suite__slug=slug, number=number)


def _told(request: Request, version: SuiteVersion) -> object:
    """The version as it is by now."""
    return VersionSerializer(versions_for_person(request.user).get(pk=version.pk)).data
