"""A suite is looked at and imported in the admin, in a real browser, wide and on a phone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse

from catalogue.models import SuiteVersion
from tests.catalogue.test_upload import ABOUT, ROW, archive
from tests.e2e.conftest import Tab, Web, elsewhere
from tests.e2e.test_queue import logged_in
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


def opened(web: Web, open_tab: Callable[..., Tab], width: int) -> Tab:
    person = elsewhere(lambda: UserFactory(is_staff=True))
    tab = open_tab(f"{web.url}/", width=width, height=900)
    logged_in(tab, web, person)
    tab.page.goto(web.url + reverse("admin:catalogue_suite_import_suite"))
    return tab


@pytest.mark.parametrize("width", [1280, 390])
def test_suite_is_looked_at_and_then_imported(
    web: Web, open_tab: Callable[..., Tab], tmp_path: Path, width: int
) -> None:
    file = tmp_path / "capitals.zip"
    long = ROW.replace("france", "long").replace("Capital", "Capital" * 60)
    file.write_bytes(archive(suite_dot_toml=ABOUT, tasks_dot_jsonl=ROW + long).read())
    tab = opened(web, open_tab, width)
    tab.page.locator("input[type=file]").set_input_files(file)

    tab.page.get_by_role("button", name="Look at it").click()
    tab.page.get_by_role("heading", name="Capitals: 2 tasks, 2 public and 0 private").wait_for()
    assert not elsewhere(SuiteVersion.objects.exists)
    assert tab.page.evaluate("document.documentElement.scrollWidth") == width
    tab.page.get_by_role("button", name="Import", exact=True).click()

    tab.page.wait_for_selector("text=Capitals v1 is imported; publish it to use it.")
    assert elsewhere(lambda: SuiteVersion.objects.get().tasks.count()) == 2


def test_every_problem_is_shown_and_the_file_is_kept(
    web: Web, open_tab: Callable[..., Tab], tmp_path: Path
) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"id": "a", "input": 3, "target": "x"}\nnot json\n')
    tab = opened(web, open_tab, 390)
    tab.page.locator("input[type=file]").set_input_files(file)

    tab.page.get_by_role("button", name="Look at it").click()
    tab.page.get_by_text("Nothing was imported.").wait_for()

    assert "bad.jsonl line 2" in tab.page.locator("#preview").inner_text()
    assert tab.page.evaluate("document.querySelector('input[type=file]').files.length") == 1
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 390
