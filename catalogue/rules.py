"""Who may do what with suites and models: pure predicates over a person and an object."""

from django.db.models import Q

from accounts.models import User
from catalogue.models import Suite, SuiteVersion


def owns(person: User, suite: Suite) -> bool:
    """Whether the suite is the person's; one without an owner is the platform's."""
    return person.is_superuser or (suite.owner_id is not None and suite.owner_id == person.pk)


def may_publish(person: User, version: SuiteVersion) -> bool:
    """Whether the person may fix the version for good."""
    return owns(person, version.suite)


def may_open(person: User, version: SuiteVersion) -> bool:
    """Whether the person may let everybody see the version's private tasks, after the results."""
    return owns(person, version.suite)


def may_import(person: User) -> bool:
    """Whether the person may bring suites: those who run a hackathon, as they enter the admin."""
    return person.is_active and person.is_staff


def may_export(person: User, version: SuiteVersion) -> bool:
    """Whether the person may have all tasks with their targets."""
    return owns(person, version.suite)


def may_delete_version(person: User, version: SuiteVersion) -> bool:
    """A published version stays."""
    return version.published_at is None and owns(person, version.suite)


def own_or_ownerless(person: User, path: str) -> Q:
    """Rows whose suite, reached by `path`, is the person's or the platform's."""
    owner = f"{path}owner"
    return Q(**{owner: person}) | Q(**{f"{owner}__isnull": True})
