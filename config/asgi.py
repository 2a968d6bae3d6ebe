"""Web pages over HTTP and live topics over WebSockets."""

import os
from typing import cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Threads of an ASGI server come and go; a pool keeps their connections few.
os.environ.setdefault("DATABASE_POOL", "1")

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

from config.values import required

required("SECRET_KEY", "any long random string that only this platform knows.")
http = get_asgi_application()

from live.routing import websocket_urlpatterns  # noqa: E402
from submissions.uploads import AsgiApp, BodyLimit  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": BodyLimit(cast(AsgiApp, http)),
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
    }
)
