"""In time is when the last byte arrived, through the real web server, however slow the rest was."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from knox.models import get_token_model

from accounts.models import User
from hackathons.models import Hackathon, Track
from launcher.ports import free_port
from submissions.models import Submission
from tests.factories import HackathonFactory, LanguageModelFactory, TeamFactory, TrackFactory
from tests.processes import running, wait_for
from tests.submissions.archives import project_zip

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
SOON = timedelta(seconds=1.5)
FRAME = b"corral-frame"
Sent = tuple[str, list[str], dict[str, str]]
Way = Callable[[Track, User], Sent]


@pytest.fixture
def port(transactional_db: None, media: Path, tmp_path: Path) -> Iterator[int]:
    """Where the web server listens, on the test's own database and storage."""
    port, log = free_port(), tmp_path / "uvicorn.log"
    command = ("uvicorn", "config.asgi:application", "--port", str(port))
    with running(*command, log=log, DEBUG="1") as process:
        wait_for(lambda: process.poll() is not None or answers(port), 60)
        assert process.poll() is None, log.read_text()
        yield port


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def track(transactional_db: None) -> Track:
    return TrackFactory(
        hackathon=HackathonFactory(scoreboard_freezes_at=None),
        allowed_models=[LanguageModelFactory(slug="small")],
    )


def by_page(track: Track, person: User) -> Sent:
    """The form's address, what a browser sends with it, and its other fields."""
    where = reverse("submissions:submit", args=[track.hackathon.slug, track.slug])
    client = Client()
    client.force_login(person)
    token = client.get(where).cookies["csrftoken"].value
    cookies = f"csrftoken={token}; sessionid={client.cookies['sessionid'].value}"
    return where, [f"Cookie: {cookies}"], {"csrfmiddlewaretoken": token}


def by_api(track: Track, person: User) -> Sent:
    """The same for the API."""
    _, token = get_token_model().objects.create(user=person)
    return f"/api/v1/tracks/{track.pk}/submissions/", [f"Authorization: Token {token}"], {}


def request_of(where: str, headers: list[str], fields: dict[str, str]) -> bytes:
    """An upload as it goes over the wire."""
    parts = [
        b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (name.encode(), text.encode())
        for name, text in fields.items()
    ]
    parts.append(
        b'Content-Disposition: form-data; name="archive"; filename="project.zip"\r\n'
        b"Content-Type: application/zip\r\n\r\n" + project_zip(model="small")
    )
    body = b"".join(b"--%s\r\n%s\r\n" % (FRAME, part) for part in parts) + b"--%s--" % FRAME
    lines = [
        f"POST {where} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Type: multipart/form-data; boundary={FRAME.decode()}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def all_but_the_last_byte(port: int, request: bytes) -> Iterator[socket.socket]:
    """A connection over which everything but the last byte was sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(request[:-1])
        yield connection


def finish(connection: socket.socket, request: bytes) -> tuple[datetime, int]:
    """Send the last byte; just before when, and the status of the answer."""
    at = timezone.now()
    connection.sendall(request[-1:])
    status = connection.makefile("rb").readline().split()[1]
    return at, int(status)


def close_at(track: Track, at: datetime) -> None:
    Hackathon.objects.filter(pk=track.hackathon_id).update(submissions_close_at=at)


@pytest.mark.parametrize("way", [by_page, by_api])
def test_last_byte_after_the_close_is_too_late_although_the_first_came_before(
    port: int, track: Track, way: Way
) -> None:
    person = TeamFactory(hackathon=track.hackathon).people.get()
    request = request_of(*way(track, person))
    with all_but_the_last_byte(port, request) as connection:
        close = timezone.now() + SOON
        close_at(track, close)
        wait_for(lambda: timezone.now() > close, 10)
        _, status = finish(connection, request)

    assert (status, Submission.objects.exists()) == (403, False)


@pytest.mark.parametrize("way", [by_page, by_api])
def test_moment_is_that_of_the_last_byte_and_not_of_the_first(
    port: int, track: Track, way: Way
) -> None:
    person = TeamFactory(hackathon=track.hackathon).people.get()
    request = request_of(*way(track, person))
    with all_but_the_last_byte(port, request) as connection:
        began = timezone.now()
        wait_for(lambda: timezone.now() > began + SOON, 10)
        at, status = finish(connection, request)

    submission = Submission.objects.get()
    assert status in {201, 302}
    assert at <= submission.submitted_at <= timezone.now()
