"""When private tasks that were committed to are opened: after the results, and by whom."""

from datetime import datetime

from django.db import transaction
from django.utils.text import get_text_list

from accounts.models import User
from catalogue.errors import SuiteRefused
from catalogue.models import Commitment, Suite, SuiteVersion
from catalogue.rules import may_open
from hackathons.enums import HackathonState
from hackathons.errors import NotTheirSuite, OutOfTime
from hackathons.models import Hackathon


@transaction.atomic
def open_private_tasks(*, version: SuiteVersion, person: User | None, at: datetime) -> Commitment:
    """Let everybody have the salt and the private tasks; doing it again changes nothing.

    `person` None is the platform's operator. Versions of one suite share tasks: no hackathon with
    any of them may still be without its results.

    Raises:
        NotTheirSuite: the suite is not the person's.
        SuiteRefused: the version was never committed to.
        OutOfTime: some hackathon's results are not published.
    """
    if person is not None and not may_open(person, version):
        raise NotTheirSuite("Only the suite's owner opens its private tasks.")
    Suite.objects.select_for_update(no_key=True).get(pk=version.suite_id)
    found = Commitment.objects.select_for_update().filter(suite_version=version).first()
    if found is None:
        raise SuiteRefused([f"{version} has no commitment that could be opened."])
    if found.opened_at is None:
        _insist_on_results(version.suite, at)
        found.opened_at = at
        found.save(update_fields=["opened_at"])
    return found


def _insist_on_results(suite: Suite, at: datetime) -> None:
    used = Hackathon.objects.filter(tracks__suite_version__suite=suite).distinct().order_by("name")
    open_ones = [one.name for one in used if one.state(at) != HackathonState.PUBLISHED]
    if not used:
        raise OutOfTime(f"{suite} is no hackathon's yet: there are no results to wait for.")
    if open_ones:
        raise OutOfTime(f"The results of {get_text_list(open_ones, 'and')} are not published yet.")
