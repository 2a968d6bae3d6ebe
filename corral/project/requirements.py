"""What a project's requirements file may say: plain specifiers, and nothing that acts.

An installer takes far more from such a file than a list of names: options, other files, addresses,
folders whose build code it then runs. So the file is read here, and an installer only ever sees
lines that were written anew from what was understood. Source: "Dependency specifiers" (PEP 508)
and "Version specifiers" (PEP 440), of the Python packaging specifications.
"""

import re
import unicodedata
from pathlib import PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from corral.errors import ProjectRefused
from corral.project.names import shown

DEFAULT_NAME = "requirements.txt"
MAX_REQUIREMENTS_BYTES = 64 * 1024
MAX_LINES = 1000
MAX_LINE = 500
MAX_REQUIREMENTS = 200
MAX_PROBLEMS = 20
PLAIN = 'write each as name[extras]==version ; marker, for instance "numpy>=1.26,<3"'
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_PLAIN_NAME = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_VERSION = r"(?:==|~=|!=|<=|>=|<|>)[A-Za-z0-9.!+*_-]+"
# What every line is held against after it was written anew: no character that an installer could
# take for an address, a path, an option, another file, a variable or a continuation.
_SANE = re.compile(
    rf"{_PLAIN_NAME}(?:\[{_PLAIN_NAME}(?:,{_PLAIN_NAME})*\])?"
    rf"(?:{_VERSION}(?:,{_VERSION})*)?"
    r"(?: ; [A-Za-z0-9_.,<>=!~+*\"() -]+)?"
)


def parse_requirements(data: bytes, name: str) -> tuple[str, ...]:
    """The requirements in a file, each written anew, sorted, without repetitions.

    `name` is what the team calls the file, for the sentences.

    Raises:
        ProjectRefused: every problem at once, each by the number of its line.
    """
    problems: list[str] = []
    found: set[str] = set()
    for number, line in enumerate(_lines(data, name), start=1):
        text = _COMMENT.sub("", line).strip()
        problem = _problem(line, text)
        if problem is None and text:
            problem = _understand(text, found)
        if problem is not None:
            problems.append(f"{name}, line {number}: {problem}.")
    if len(found) > MAX_REQUIREMENTS:
        problems.append(f"{name}: names more than {MAX_REQUIREMENTS} packages.")
    if problems:
        raise ProjectRefused(_shortened(problems, name))
    return tuple(sorted(found))


def requirements_file(named: str | None, files: frozenset[str] | set[str]) -> str | None:
    """Which file of the project holds its requirements: the one named, else the usual one."""
    if named is not None:
        return str(PurePosixPath(named))
    return DEFAULT_NAME if DEFAULT_NAME in files else None


def _lines(data: bytes, name: str) -> list[str]:
    """The lines of a file, which may end as on any system.

    Raises:
        ProjectRefused: it is no text, or more than anybody needs.
    """
    if len(data) > MAX_REQUIREMENTS_BYTES:
        raise ProjectRefused([f"{name}: is larger than {MAX_REQUIREMENTS_BYTES // 1024} KiB."])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise ProjectRefused([f"{name}, line {number}: is not UTF-8 text."]) from error
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_LINES:
        raise ProjectRefused([f"{name}: has more than {MAX_LINES} lines."])
    return lines


def _problem(line: str, text: str) -> str | None:
    """What is wrong with a line at first sight, as the rest of a sentence."""
    if len(line) > MAX_LINE:
        return f"is longer than {MAX_LINE} characters"
    if any(_invisible(character) for character in line):
        return "has a character that cannot be seen"
    if text.endswith("\\") or line.rstrip().endswith("\\"):
        return f"goes on in the next line; hashes and continued lines are not taken: {PLAIN}"
    if text.startswith("-"):
        return f"{shown(text)} is an option; options are not taken: {PLAIN}"
    if " --" in text or "\t--" in text:
        return f"{shown(text)} has an option; options are not taken: {PLAIN}"
    return None


def _invisible(character: str) -> bool:
    return character != "\t" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _understand(text: str, found: set[str]) -> str | None:
    """Add what a line asks for to `found`; else what is wrong with it."""
    if "@" in text or "://" in text:
        return f"{shown(text)} is an address; packages come from the index alone: {PLAIN}"
    if "/" in text or text.startswith("."):
        return f"{shown(text)} is a path; packages come from the index alone: {PLAIN}"
    try:
        line = _written_anew(Requirement(text))
    except (InvalidRequirement, RecursionError):
        line = ""
    if not _SANE.fullmatch(line):
        return f"{shown(text)} is not understood: {PLAIN}"
    found.add(line)
    return None


def _written_anew(wanted: Requirement) -> str:
    """The line from its parts; "" where it has one that is not taken."""
    if wanted.url is not None or any(each.operator == "===" for each in wanted.specifier):
        return ""
    extras = ",".join(sorted({canonicalize_name(extra) for extra in wanted.extras}))
    versions = ",".join(sorted(str(each) for each in wanted.specifier))
    line = canonicalize_name(wanted.name) + (f"[{extras}]" if extras else "") + versions
    return f"{line} ; {wanted.marker}" if wanted.marker is not None else line


def _shortened(problems: list[str], name: str) -> list[str]:
    more = len(problems) - MAX_PROBLEMS
    if more <= 0:
        return problems
    return [*problems[:MAX_PROBLEMS], f"{name}: and {more} more problems of this kind."]
