"""A real browser, and real processes of the platform."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.request import urlopen

import pytest
from django.db import connections
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from launcher.ports import free_port
from tests.browser import ADVICE, find_browser
from tests.processes import running, wait_for

Result = TypeVar("Result")
VIOLATIONS = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; it ends with the module, since its loop forbids others in the thread."""
    path = find_browser()
    if path is None:
        pytest.exit(ADVICE, returncode=1)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Django sees playwright's loop and would refuse the flush between tests.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@dataclass
class Tab:
    """A page, and everything that it complained of."""

    page: Page
    console: list[str] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Keep what the page says in its console."""
        if message.type in {"error", "warning"}:
            self.console.append(message.text)

    def wait(self, expression: str, seconds: float = 10) -> None:
        """Wait until it is true. The page's policy forbids playwright's own wait_for_function."""
        deadline = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, f"not within {seconds} s: {expression}"
            self.page.wait_for_timeout(50)

    def complaints(self) -> list[str]:
        """Errors and violations of the policy; that a server is down is no fault of the page."""
        ours = [said for said in self.console if "ERR_CONNECTION_REFUSED" not in said]
        violations: list[str] = self.page.evaluate("window.violations")
        return ours + violations


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Opens an address in a browser profile of its own."""
    with ExitStack() as stack:

        def open_address(url: str, width: int = 1280, height: int = 900, **options: str) -> Tab:
            viewport = {"width": width, "height": height}
            context = browser.new_context(viewport=viewport, **options)  # type: ignore[arg-type]
            stack.callback(context.close)
            context.add_init_script(VIOLATIONS)
            tab = Tab(context.new_page())
            tab.page.on("console", tab.hear)
            tab.page.on("pageerror", lambda error: tab.console.append(str(error)))
            tab.page.on("websocket", lambda socket: tab.sockets.append(socket.url))
            tab.page.goto(url)
            return tab

        yield open_address


class Web:
    """The web server: uvicorn on a port that stays the same when it is started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "uvicorn.log"
        self.stack = ExitStack()
        self.running = False

    def start(self) -> None:
        """Start it unless it runs, and wait until it answers."""
        if self.running:
            return
        options = ("--ws", "websockets-sansio", "--port", str(self.port))
        process = self.stack.enter_context(
            running("uvicorn", "config.asgi:application", *options, log=self.log, DEBUG="0")
        )
        wait_for(lambda: process.poll() is not None or self.answers(), 60)
        assert process.poll() is None, self.log.read_text()
        self.running = True

    def answers(self) -> bool:
        """Whether it serves static files."""
        try:
            with urlopen(f"{self.url}/static/css/board.css", timeout=5):
                return True
        except OSError:
            return False

    def kill(self) -> None:
        """End it at once, with all its connections."""
        self.stack.close()
        self.running = False


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One web server for all tests of the module."""
    made = Web(tmp_path_factory.mktemp("web"))
    yield made
    made.kill()


@pytest.fixture
def web(transactional_db: None, server: Web) -> Web:
    """The platform's web server on the test's own database; started."""
    server.start()
    return server


def elsewhere(work: Callable[[], Result]) -> Result:
    """Do it in another thread, as a worker would: this one belongs to the browser's loop."""

    def done() -> Result:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result(timeout=30)
