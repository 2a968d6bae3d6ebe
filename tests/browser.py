"""Finds a browser for the end-to-end tests, or installs one; `python -m tests.browser`."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = "The browser tests need Chromium: install the package chromium (apt-get install chromium)."


def find_browser() -> str | None:
    """The path of a Chromium: one on the PATH, else one that playwright has installed."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    return _from_playwright()


def _from_playwright() -> str | None:
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright"))
    found = sorted(home.glob("chromium-*/chrome-linux*/chrome"))
    return str(found[-1]) if found else None


def install_browser() -> None:
    """Try playwright's own browser, then, as root on Debian, its package."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(
            [sys.executable, "-m", "playwright", "install", "chromium"],
            timeout=240,
            check=False,
            **quiet,
        )
    if find_browser() or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", *command], env=environment, check=False, **quiet)


def main() -> int:
    """Make sure that there is a browser; 1 with one sentence where there is none."""
    if find_browser():
        return 0
    print("Installing a browser for the tests …", file=sys.stderr)
    install_browser()
    if find_browser():
        return 0
    print(ADVICE, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
