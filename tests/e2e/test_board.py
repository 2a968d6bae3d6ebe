"""The scoreboard in a real browser: it moves by itself, and misses nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from evaluation.enums import RunState
from evaluation.models import Run
from evaluation.signals import run_changed, run_progressed
from hackathons.enums import Audience
from hackathons.models import Track
from scoreboards.models import Board
from scoreboards.tasks import refresh_board
from tests.e2e.conftest import Tab, Web, elsewhere
from tests.factories import HackathonFactory, SuiteVersionFactory, TeamFactory, TrackFactory
from tests.scoreboards.conftest import hand_in, solve

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

OpenTab = Callable[..., Tab]
ROWS = "[...document.querySelectorAll('[data-rows] tr:not([hidden])')]"
NAMES = f"{ROWS}.map(row => row.querySelector('[data-f=name]').textContent)"
VERSION = "Number(document.getElementById('board').dataset.version)"


def made_track(public: int = 4, **hackathon: Any) -> Track:
    version = SuiteVersionFactory(public=public, private=2)
    track: Track = TrackFactory(
        hackathon=HackathonFactory(slug="event", **hackathon), slug="sprint", suite_version=version
    )
    return track


def scored(track: Track, name: str, score: float) -> None:
    """A run ends with that score, and the board hears of it as from a worker."""
    team = track.hackathon.teams.filter(name=name).first()
    team = team or TeamFactory(hackathon=track.hackathon, name=name, slug=name.lower())
    hand_in(team, track, score)
    refresh_board(track_id=str(track.pk))


def started(track: Track, name: str) -> Run:
    run = hand_in(track.hackathon.teams.get(name=name), track, state=RunState.RUNNING)
    run_changed.send(Run, run_id=run.pk, track_id=track.pk)
    return run


def went_on(run: Run, done: int) -> None:
    Run.objects.filter(pk=run.pk).update(public_done=done)
    run_progressed.send(Run, run_id=run.pk, track_id=run.submission.track_id)


def address(web: Web, query: str = "") -> str:
    return f"{web.url}/h/event/tracks/sprint/board/{query}"


def wait_names(tab: Tab, *names: str) -> None:
    tab.wait(f"{NAMES}.join() === {','.join(names)!r}")


def wait_live(tab: Tab) -> None:
    tab.wait("document.querySelector('[data-live-text]').textContent === 'LIVE'")


def seeded(*scores: tuple[str, float], **hackathon: Any) -> Track:
    """A track with these scores; nobody is nudged."""
    track = made_track(**hackathon)
    for name, score in scores:
        scored(track, name, score)
    return track


def answers(track: Track, name: str, solved: int) -> None:
    """A run ends that solved so many of the twelve public tasks, and the board hears of it."""
    team = track.hackathon.teams.filter(name=name).first()
    team = team or TeamFactory(hackathon=track.hackathon, name=name, slug=name.lower())
    solve(team, track, solved)
    refresh_board(track_id=str(track.pk))


def answered(*solved: tuple[str, int]) -> Track:
    """A track of twelve tasks with these teams."""
    track = made_track(public=12)
    for name, tasks in solved:
        answers(track, name, tasks)
    return track


def ranges(tab: Tab) -> dict[str, tuple[str, str, str]]:
    """Of each row the rank, its range, and what draws its bracket."""
    parts = "row.querySelector('[data-f=rank]').textContent, row.querySelector('[data-f=range]')"
    listed = f"{ROWS}.map(row => [row.dataset.team, {parts}.textContent, row.className])"
    told = tab.page.evaluate(listed)
    return {team: (*ranks, drawn.replace(" rising", "").strip()) for team, *ranks, drawn in told}


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests call themselves a worker would do; none listens to a nudge here."""
    monkeypatch.setattr("config.pipeline.refresh_board.apply_async", lambda **_: None)


def test_board_moves_without_a_reload(web: Web, open_tab: OpenTab) -> None:
    track = elsewhere(lambda: seeded(("Ants", 0.5), ("Bees", 0.75)))
    tab = open_tab(address(web))
    wait_names(tab, "Bees", "Ants")
    wait_live(tab)
    tab.page.evaluate("window.same = true")

    elsewhere(lambda: scored(track, "Cows", 1.0))
    wait_names(tab, "Cows", "Bees", "Ants")
    elsewhere(lambda: scored(track, "Ants", 0.9))
    wait_names(tab, "Cows", "Ants", "Bees")

    row = tab.page.locator("tr[data-team=ants]")
    assert row.locator("[data-f=value]").inner_text() == "≈90.0 ± 10.0"
    assert row.locator("[data-f=rank]").inner_text() == "2"
    assert row.locator("[data-f=delta]").inner_text() == "▲ 1"
    assert tab.page.locator(".board-plot canvas").count() == 1
    assert tab.page.evaluate("window.same")
    assert tab.complaints() == []


def test_ranges_and_tie_bands_move_with_the_scores(web: Web, open_tab: OpenTab) -> None:
    track = elsewhere(lambda: answered(("Ants", 12), ("Bees", 11), ("Cows", 0)))
    tab = open_tab(address(web))
    wait_live(tab)
    tab.page.wait_for_timeout(500)  # subscribed by now
    assert ranges(tab) == {
        "ants": ("1", "(1–2)", "band band-first"),
        "bees": ("2", "(1–2)", "band band-last"),
        "cows": ("3", "", ""),
    }
    assert tab.page.get_by_text("tie band of places 1 to 2").count() == 2

    elsewhere(lambda: answers(track, "Cows", 12))
    wait_names(tab, "Ants", "Cows", "Bees")

    assert ranges(tab) == {
        "ants": ("1=", "(1–3)", "band band-first"),
        "cows": ("1=", "(1–3)", "band"),
        "bees": ("3", "(1–3)", "band band-last"),
    }
    assert tab.page.locator("tr[data-team=cows] [data-f=like]").is_visible()
    assert tab.page.locator("tr[data-team=ants] [data-f=like]").is_hidden()
    assert tab.page.locator("details.board-help dd").first.is_visible()
    assert tab.complaints() == []


def test_what_the_numbers_say_is_reached_by_keyboard(web: Web, open_tab: OpenTab) -> None:
    elsewhere(lambda: answered(("Ants", 12), ("Bees", 11)))
    tab = open_tab(address(web), 390, 844)
    summary = tab.page.locator("details.board-help summary")

    summary.focus()
    tab.page.keyboard.press("Enter")
    assert tab.page.locator("details.board-help dd").first.is_hidden()
    tab.page.keyboard.press("Enter")

    assert tab.page.locator("details.board-help dd").first.is_visible()
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 390
    assert tab.complaints() == []


def test_progress_moves_task_by_task(web: Web, open_tab: OpenTab) -> None:
    track = elsewhere(lambda: seeded(("Ants", 0.5)))
    tab = open_tab(address(web))
    wait_live(tab)
    version = tab.page.evaluate(VERSION)
    tab.page.wait_for_timeout(500)  # subscribed by now

    run = elsewhere(lambda: started(track, "Ants"))
    for done in (1, 3):
        elsewhere(lambda done=done: went_on(run, done))  # type: ignore[misc]
        tab.wait(f"document.querySelector('[data-f=count]').textContent === '{done}/4'")

    bar = tab.page.locator("tr[data-team=ants] progress")
    assert (bar.get_attribute("max"), bar.get_attribute("value")) == ("4", "3")
    assert tab.page.evaluate(VERSION) == version
    assert tab.complaints() == []


def test_board_that_lost_its_server_catches_up(web: Web, open_tab: OpenTab) -> None:
    track = elsewhere(lambda: seeded(("Ants", 0.5), ("Bees", 0.75)))
    tab = open_tab(address(web))
    wait_names(tab, "Bees", "Ants")
    wait_live(tab)
    last = tab.page.evaluate(VERSION)

    web.kill()
    elsewhere(lambda: scored(track, "Cows", 1.0))
    elsewhere(lambda: scored(track, "Ants", 0.9))
    tab.page.wait_for_timeout(1500)
    assert tab.page.evaluate(NAMES) == ["Bees", "Ants"]
    web.start()

    wait_names(tab, "Cows", "Ants", "Bees")
    board = elsewhere(lambda: Board.objects.get(track=track, audience=Audience.SPECTATORS))
    tab.wait(f"{VERSION} === {board.version}")
    assert board.version == last + 2
    assert tab.sockets[-1].endswith(f"since={last}")
    assert tab.complaints() == []


def test_board_says_when_it_is_not_live(web: Web, open_tab: OpenTab) -> None:
    elsewhere(lambda: seeded(("Ants", 0.5)))
    tab = open_tab(address(web))
    wait_live(tab)

    web.kill()
    tab.page.wait_for_selector(".board-live.is-stale", timeout=16_500)
    assert tab.page.locator("[data-live]").inner_text() == "NOT LIVE"
    web.start()

    wait_live(tab)


def test_board_without_javascript_is_a_table(web: Web, open_tab: OpenTab) -> None:
    elsewhere(lambda: seeded(("Ants", 0.5), ("Bees", 0.75)))

    tab = open_tab(address(web), java_script_enabled=False)

    ranks = tab.page.locator("[data-rows] [data-f=rank]")
    assert ranks.all_inner_texts() == ["1", "2"]
    assert tab.page.get_by_role("rowheader", name="Bees").count() == 1
    assert tab.page.get_by_role("columnheader").count() >= 9


def test_empty_board_fills_with_the_first_score(web: Web, open_tab: OpenTab) -> None:
    track = elsewhere(made_track)
    tab = open_tab(address(web))
    assert tab.page.get_by_text("No team has submitted yet.").is_visible()
    wait_live(tab)

    elsewhere(lambda: scored(track, "Ants", 0.5))

    wait_names(tab, "Ants")
    assert tab.page.get_by_text("No team has submitted yet.").is_hidden()
    assert tab.complaints() == []


def test_board_freezes_in_the_open_browser(web: Web, open_tab: OpenTab) -> None:
    track = elsewhere(lambda: seeded(("Ants", 0.5), ("Bees", 0.75)))
    tab = open_tab(address(web))
    wait_live(tab)

    def freeze() -> None:
        track.hackathon.scoreboard_freezes_at = timezone.now()
        track.hackathon.save()
        scored(track, "Ants", 1.0)

    elsewhere(freeze)

    tab.page.wait_for_selector("[data-freeze]:not([hidden])")
    assert "FROZEN · standings as of" in tab.page.locator("[data-freeze]").inner_text()
    assert "1 pending" in tab.page.locator("[data-freeze]").inner_text()
    assert tab.page.evaluate(NAMES) == ["Bees", "Ants"]
    assert "100.0" not in tab.page.content()
    assert tab.complaints() == []


def test_giant_screen_shows_twelve_rows_and_no_scrollbar(web: Web, open_tab: OpenTab) -> None:
    teams = [(f"Team{n:02}", n / 40) for n in range(15)]
    track = elsewhere(lambda: seeded(*teams))
    tab = open_tab(address(web, "?screen=1"), 1920, 1080)
    wait_live(tab)
    tab.page.wait_for_selector(".board-plot canvas")

    page = "document.documentElement"
    assert tab.page.evaluate(f"[{page}.scrollWidth, {page}.scrollHeight]") == [1920, 1080]
    assert len(tab.page.evaluate(NAMES)) == 12
    assert tab.page.evaluate(f"{ROWS}.map(row => row.offsetHeight)") == [76] * 12
    assert tab.page.locator(".site-header").count() == 0
    assert tab.page.locator("[data-page-number]").inner_text() == "1–12 of 15"

    elsewhere(lambda: scored(track, "Team00", 1.0))
    tab.wait(f"{NAMES}[0] === 'Team00'")
    moving = "document.querySelectorAll('[data-rows]')[0].getAnimations({subtree: true}).length"
    assert tab.page.evaluate(moving) >= 12
    assert tab.complaints() == []


def test_movement_is_spared_whoever_asks_for_it(web: Web, open_tab: OpenTab) -> None:
    track = elsewhere(lambda: seeded(("Ants", 0.5), ("Bees", 0.75)))
    tab = open_tab(address(web), reduced_motion="reduce")
    wait_live(tab)
    tab.page.evaluate(
        "window.longest = 0; const own = Element.prototype.animate;"
        "Element.prototype.animate = function (frames, options) {"
        "  window.longest = Math.max(window.longest, options.duration ?? options);"
        "  return own.call(this, frames, options); }; 0"
    )

    elsewhere(lambda: scored(track, "Ants", 1.0))
    wait_names(tab, "Ants", "Bees")

    assert tab.page.evaluate("window.longest") == 150
