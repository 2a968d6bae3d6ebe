"""What every test shares."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test.utils import override_settings

QUICK = "django.contrib.auth.hashers.MD5PasswordHasher"


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Hashing a password is slow on purpose; only what is tested of it is worth the wait."""
    with override_settings(PASSWORD_HASHERS=[QUICK, *settings.PASSWORD_HASHERS]):
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say all three counts, the zeros too: nothing is skipped in silence."""
    passed, failed, errors, skipped = (
        len(terminalreporter.stats.get(kind, []))
        for kind in ("passed", "failed", "error", "skipped")
    )
    terminalreporter.write_line(f"{passed} passed, {failed + errors} failed, {skipped} skipped")
