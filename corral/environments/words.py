"""What uv says when it fails, told apart by whose doing it is, in words for a participant."""

import re
import signal

from corral.environments.order import Order
from corral.errors import CorralError, EnvironmentFailed, EnvironmentUnavailable

MOST_TOLD = 1500
_SHELL_SIGNAL = 128  # a shell's exit status for a signal is this and its number

# Only in uv's own lines: a package may have any words in its metadata.
_INDEX_AWAY = re.compile(
    r"^(?:error: (?:Request failed|Failed to fetch)"
    r"|\s*cause: (?:Failed to fetch|error sending request|dns error|HTTP status server error)"
    r"|hint: .*(?:valid authentication credentials|could not be queried))",
    re.MULTILINE,
)
_NO_SPACE = "No space left on device"
_PROJECTS = (
    (
        re.compile(r"was not found in the package registry|not found in the cache"),
        "A required package is not in the package index. Check its name.",
    ),
    (
        re.compile(r"no usable wheels|building from source is disabled|no wheels with a matching"),
        "A required package has no wheel for the sandbox's Python {python} on Linux, and nothing "
        "is built from source here. Ask for a version that has one.",
    ),
    (
        re.compile(r"requires Python|does not satisfy Python"),
        "A required package needs another Python: the sandbox has {python}. "
        "Ask for a version that supports it.",
    ),
    (
        re.compile(r"invalid metadata|invalid package format|included as a URL dependency"),
        "A required package is broken, or gets others from somewhere else than the index.",
    ),
    (
        re.compile(r"there (?:is|are) no versions? of"),
        "A required version does not exist, or what is required can't be had together.",
    ),
    (
        re.compile(r"No solution found"),
        "What is required can't be had together: two requirements conflict.",
    ),
    (
        re.compile(
            r"^error: Failed to (?:install|resolve dependencies for package)|[Hh]ash mismatch"
            r"|Failed to (?:extract|unzip|parse|read|unpack)|memory allocation of",
            re.MULTILINE,
        ),
        "A required package can't be unpacked.",
    ),
)


def failure_of(order: Order, status: int, words: str) -> CorralError:
    """Why uv ended with `status`, an exit status of a shell, saying `words`."""
    if status == _SHELL_SIGNAL + signal.SIGXFSZ:
        return EnvironmentFailed("A required package holds a file that is too large.")
    told = told_by_uv(order, words)
    if _INDEX_AWAY.search(words):
        return EnvironmentUnavailable(f"The package index could not be asked: {told}")
    if _NO_SPACE not in words:
        for pattern, sentence in _PROJECTS:
            if pattern.search(words):
                version = ".".join(map(str, order.interpreter.version))
                return EnvironmentFailed(f"{sentence.format(python=version)} uv says: {told}")
    return EnvironmentUnavailable(f"The environment could not be built ({status}): {told}")


def told_by_uv(order: Order, words: str) -> str:
    """The explanation in one paragraph, without addresses, and no longer than anybody reads."""
    lines = [re.sub(r"^\s*(?:error|cause|hint): ", "", line) for line in words.splitlines()]
    text = " ".join(line.strip() for line in lines if line.strip()) or "nothing."
    text = order.source.without_addresses(text)
    return text if len(text) <= MOST_TOLD else text[: MOST_TOLD - 2] + " …"
