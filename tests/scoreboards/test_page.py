"""The page without JavaScript, and the library that its curves need."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django import Settings

from common.meanings import Meaning
from common.npm import FILES
from evaluation.enums import RunState
from hackathons.enums import RoleKind
from hackathons.models import Track
from tests.factories import HackathonFactory, RoleFactory, TeamFactory, TrackFactory
from tests.scoreboards.conftest import broad_track, hand_in, solve

# Sentences for judges, for a track with a Ladder, and for the pages of runs.
FOR_OTHERS = {Meaning.LADDER, Meaning.PRIVATE_RANGE, Meaning.QUICK, Meaning.SAVED_TOKENS}


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


def test_page_shows_ranges_and_bands_and_says_what_they_mean(client: Client, db: None) -> None:
    track = broad_track()
    for name, solved in (("Ants", 12), ("Bees", 11), ("Cows", 0)):
        team = TeamFactory(hackathon=track.hackathon, name=name, slug=name.lower())
        solve(team, track, solved)

    html = page(client, track)

    assert row_of(html, "ants").startswith('class="band band-first')
    assert row_of(html, "bees").startswith('class="band band-last')
    assert row_of(html, "cows").startswith('class=""')
    assert "(1–2)</span>" in row_of(html, "ants")
    assert "tie band of places 1 to 2" in row_of(html, "bees")
    assert "tie band" not in row_of(html, "cows")
    for meaning in Meaning:
        assert (escape(meaning.value) in html) is (meaning not in FOR_OTHERS)
    for meaning in (Meaning.STDERR, Meaning.RANGE, Meaning.LUCK):
        assert f'title="{meaning.value}"' in html


def test_page_shows_what_the_best_of_several_may_owe_to_luck(client: Client, db: None) -> None:
    track = broad_track()
    team = TeamFactory(hackathon=track.hackathon, slug="ants")
    for solved in (6, 9):
        solve(team, track, solved, public_stderr=0.1)

    assert 'data-f="luck">5.6<' in row_of(page(client, track), "ants")


def test_page_of_results_shows_no_luck_but_says_who_stands_by_what(
    client: Client, db: None
) -> None:
    track = broad_track(published=True)
    solve(TeamFactory(hackathon=track.hackathon), track, 6, 6)

    html = page(client, track)

    assert 'data-f="luck"' not in html
    assert Meaning.LUCK not in html
    assert "private tasks solved by the submission that the team declared final" in html


def test_page_says_so_where_teams_are_too_many_to_compare(
    client: Client, track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scoreboards.domain.ranges.MOST_RANGED", 1)
    for score in (0.5, 0.75):
        hand_in(TeamFactory(hackathon=track.hackathon), track, score)

    html = page(client, track)

    assert "More teams are ranked than are compared task by task" in html
    assert 'data-f="range"></span>' in html


def row_of(html: str, team: str) -> str:
    return html.split(f'<tr data-team="{team}" ')[1].split("</tr>")[0]


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
