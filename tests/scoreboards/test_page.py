"""The page without JavaScript, and the library that its curves need."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from common.npm import FILES
from evaluation.enums import RunState
from hackathons.enums import RoleKind
from hackathons.models import Track
from tests.factories import HackathonFactory, RoleFactory, TeamFactory, TrackFactory
from tests.scoreboards.conftest import hand_in


def page(client: Client, track: Track, query: str = "") -> str:
    address = reverse("scoreboards:board", args=[track.hackathon.slug, track.slug]) + query
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_page_rounds_as_its_script_does(client: Client, track: Track) -> None:
    hand_in(TeamFactory(hackathon=track.hackathon), track, 0.5625, public_stderr=0.0625)

    html = page(client, track)

    assert "56.3" in html
    assert " ± 6.3" in html


def test_page_shows_scores_ranks_and_reasons(client: Client, track: Track) -> None:
    ants = TeamFactory(hackathon=track.hackathon, name="<b>Ants</b>")
    hand_in(ants, track, 0.615, public_stderr=0.042)
    dogs = TeamFactory(hackathon=track.hackathon)
    hand_in(dogs, track, state=RunState.FAILED, reason="<script>")

    html = page(client, track)

    assert "61.5" in html
    assert " ± 4.2" in html
    assert "&lt;b&gt;Ants&lt;/b&gt;" in html
    assert "&lt;script&gt;" in html
    assert "<b>Ants" not in html
    assert " style=" not in html


def test_page_of_nobody_says_so(client: Client, track: Track) -> None:
    assert "No team has submitted yet." in page(client, track)


def test_page_of_judges_says_what_it_shows(client: Client, track: Track) -> None:
    hand_in(TeamFactory(hackathon=track.hackathon), track, 0.5, private_score=0.125)
    assert "12.5" not in page(client, track)

    client.force_login(RoleFactory(hackathon=track.hackathon, kind=RoleKind.JUDGE).person)
    html = page(client, track)

    assert "Judges’ view: includes private tasks, not frozen" in html
    assert "12.5" in html


def test_page_of_results_says_which_score_decides(client: Client, db: None) -> None:
    track = TrackFactory(hackathon=HackathonFactory(published=True))
    hand_in(TeamFactory(hackathon=track.hackathon), track, 0.5, private_score=0.125)

    html = page(client, track)

    assert "Final score" in html
    assert html.index("12.5") < html.index("50.0")


def test_page_for_a_screen_has_no_navigation(client: Client, track: Track) -> None:
    assert "site-header" in page(client, track)
    assert "site-header" not in page(client, track, "?screen=1")


def test_page_of_no_track_is_not_found(client: Client, track: Track) -> None:
    address = reverse("scoreboards:board", args=[track.hackathon.slug, "other"])

    assert client.get(address).status_code == 404


@pytest.mark.parametrize("path", FILES)
def test_library_is_found_where_npm_put_it(path: str) -> None:
    found = finders.find(path)

    assert found is not None
    assert Path(str(found)).name == path.rsplit("/", 1)[1]


@pytest.mark.parametrize("path", ["uplot/package.json", "vendor/uPlot.esm.js"])
def test_library_finder_serves_nothing_else(path: str) -> None:
    assert finders.find(path) is None


def test_library_is_collected(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path

    call_command("collectstatic", "--noinput", verbosity=0)

    for path in FILES:
        assert (tmp_path / path).stat().st_size > 1000
