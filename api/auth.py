"""Tokens of the API: given for a name and a password, kept only as a digest."""

from typing import Any, ClassVar, cast

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from knox.auth import TokenAuthentication
from knox.models import get_token_model
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle, ScopedRateThrottle
from rest_framework.views import APIView

from evaluation.serializers import ProblemSerializer


class WrongCredentials(APIException):
    """401 although logging in has no scheme of its own to challenge with."""

    status_code = 401
    default_detail = "That user name and password do not belong together."
    default_code = "wrong_credentials"


class CredentialsSerializer(serializers.Serializer[object]):
    """Who asks for a token."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=4096, trim_whitespace=False)


class TokenSerializer(serializers.Serializer[object]):
    """A token, shown this once; send it as `Authorization: Token <token>`."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)
    username = serializers.CharField()


class TokenView(APIView):
    """Log in for a token, and log out of it."""

    throttle_scope: ClassVar[str] = "login"

    def get_authenticators(self) -> list[BaseAuthentication]:
        """A token to log out of; to log in nothing, lest a stale session ask for CSRF."""
        return [] if self._method() == "POST" else [TokenAuthentication()]

    def get_permissions(self) -> list[BasePermission]:
        """Whoever knows the password may log in."""
        return cast("list[BasePermission]", [] if self._method() == "POST" else [IsAuthenticated()])

    def get_throttles(self) -> list[BaseThrottle]:
        """Guessing passwords is slow."""
        return [ScopedRateThrottle()] if self._method() == "POST" else []

    def _method(self) -> str | None:
        """The request's method; the schema is made without a request."""
        return self.request.method if self.request else None

    @extend_schema(
        request=CredentialsSerializer,
        responses={
            201: TokenSerializer,
            **dict.fromkeys((400, 401, 429), ProblemSerializer),
        },
        auth=[],
        operation_id="token_create",
    )
    def post(self, request: Request) -> Response:
        """A new token for a user name and a password."""
        given = CredentialsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        person = authenticate(request._request, **given.validated_data)
        if person is None:
            raise WrongCredentials
        stored, token = get_token_model().objects.create(user=person)
        body: dict[str, Any] = {
            "token": token,
            "expires_at": stored.expiry,
            "username": person.get_username(),
        }
        return Response(TokenSerializer(body).data, status=201)

    @extend_schema(
        request=None, responses={204: None, 401: ProblemSerializer}, operation_id="token_destroy"
    )
    def delete(self, request: Request) -> Response:
        """End the token that this request bears."""
        cast(Any, request.auth).delete()
        return Response(status=204)
