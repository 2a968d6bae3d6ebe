"""More time in a real browser: granted in the admin's dialog, read on the team's pages."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from hackathons.models import Extension
from tests.e2e.conftest import Tab, Web
from tests.factories import HackathonFactory, RoleFactory, TeamFactory, TrackFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


def as_person(tab: Tab, web: Web, person: User, where: str) -> None:
    """Go there as somebody who is logged in."""
    client = Client()
    client.force_login(person)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    tab.page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": web.url}]
    )
    tab.page.goto(web.url + where)


def test_organizer_extends_a_team_which_hands_in_on_its_phone(
    web: Web, open_tab: Callable[..., Tab]
) -> None:
    hackathon = HackathonFactory(closed=True)
    TrackFactory(hackathon=hackathon)
    team, role = TeamFactory(hackathon=hackathon), RoleFactory(hackathon=hackathon)
    admin = open_tab(f"{web.url}/")
    as_person(admin, web, role.person, reverse("admin:hackathons_team_change", args=[team.pk]))

    admin.page.get_by_text("Extend…").click()
    admin.page.get_by_label("Minutes after submissions close").fill("120")
    admin.page.get_by_label("Reason, one sentence").fill("Their network was down.")
    admin.page.get_by_role("button", name="Give time").click()
    admin.page.get_by_text(f"{team.name} may hand in until").wait_for()

    granted = Extension.objects.get()
    assert granted.until == hackathon.submissions_close_at + timedelta(hours=2)
    assert granted.until > timezone.now()

    phone = open_tab(f"{web.url}/", width=390, height=844)
    as_person(phone, web, team.people.get(), hackathon.get_absolute_url())
    card = phone.page.get_by_role("region", name="Your team has more time")
    assert "Their network was down." in card.inner_text()
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
    phone.page.get_by_role("link", name="Hand in", exact=True).click()
    phone.page.get_by_role("button", name="Hand in").wait_for()
    assert phone.complaints() == []

    where = reverse("admin:hackathons_extension_change", args=[granted.pk])
    admin.page.goto(web.url + where)
    admin.page.get_by_role("link", name="Revoke").click()
    admin.page.get_by_role("button", name="Revoke").click()
    admin.page.get_by_text("Revoked.").wait_for()
    phone.page.goto(web.url + hackathon.get_absolute_url())
    assert card.count() == 0
