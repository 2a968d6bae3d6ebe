"""The Content-Security-Policy of pages, and the wider one that the admin needs."""

from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase

# Unfold's Alpine evaluates expressions and sets inline styles; only /admin/ may.
ADMIN = {
    "script-src": ["'self'", "'unsafe-eval'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """django-csp with the admin's exception."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Add the header."""
        if request.path.startswith("/admin/"):
            response._csp_replace = ADMIN  # type: ignore[attr-defined]
        return super().process_response(request, response)
