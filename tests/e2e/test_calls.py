"""A task's calls in a real browser: loaded when their line is opened, under the page's policy."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from evaluation.models import Run
from tests.e2e.conftest import Tab, Web
from tests.evaluation.ledgers import ledger_of
from tests.factories import RunFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
CALLS = "document.querySelector('#task-public-1 details.calls')"


def logged_in(tab: Tab, web: Web, run: Run) -> None:
    """The tab becomes that of the run's team."""
    client = Client()
    client.force_login(run.submission.team.people.get())
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    tab.page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": web.url}]
    )


def test_calls_of_a_task_are_loaded_when_they_are_opened(
    web: Web, open_tab: Callable[..., Tab]
) -> None:
    run = RunFactory(state="scored", results=True)
    ledger_of(run, "public-1", "public-1", "public-2")
    tab = open_tab(f"{web.url}/")
    logged_in(tab, web, run)
    tab.page.goto(web.url + reverse("evaluation:submission", args=[run.submission_id]))
    assert "user: public question" not in tab.page.content()

    tab.page.evaluate("document.getElementById('task-public-1').open = true")
    tab.page.evaluate(f"{CALLS}.open = true")
    tab.wait(f"{CALLS}.querySelectorAll('details.call').length === 2")

    assert tab.page.evaluate(f"{CALLS}.querySelector('dd pre').textContent").startswith(
        "user: public question 1"
    )
    assert tab.complaints() == []
