"""The addresses of live topics."""

from django.urls import re_path

from live.consumers import LiveConsumer

# A key that names nothing is answered by the consumer, with a code that a browser can read.
websocket_urlpatterns = [
    re_path(r"^ws/(?P<topic>[^/]+)/(?P<key>[^/]+)/$", LiveConsumer.as_asgi()),
]
