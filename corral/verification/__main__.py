"""`python -m corral.verification PATH`: every suite and recorded output under a path, checked."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.scorers.help import Help
from corral.suites.report import Report
from corral.verification.checks import Line, check_suite
from corral.verification.found import Found, find
from corral.verification.judging import needs_sandbox, sandbox_help
from corral.verification.recorded import check_recorded, read_recorded
from corral.verification.table import disagreements, table


def main(arguments: Sequence[str]) -> int:
    """Check and print; 0 only if all is as it should be."""
    parser = argparse.ArgumentParser(prog="python -m corral.verification", description=__doc__)
    parser.add_argument("path", type=Path, help="a folder with suites and recorded outputs")
    root = parser.parse_args(arguments).path
    if not root.exists():
        return _failed([f"{root}: there is no such file or folder."])
    return asyncio.run(verify(root))


async def verify(root: Path) -> int:
    """Check everything under a path."""
    found = find(root)
    report = Report()
    folder = root if root.is_dir() else root.parent
    names = [path.relative_to(folder).as_posix() for path in found.recorded]
    recorded = {name: read_recorded(name, folder, found.suites, report) for name in names}
    problems = [*found.refused, *report.problems]
    if more := report.count - len(report.problems):
        problems.append(f"There are {more} more problems like these.")
    lines: list[Line] = []
    async with AsyncExitStack() as stack:
        help_, lacking = await _help(found, stack)
        left_out = {slug for slug in found.suites if lacking and _runs(found, slug)}
        for slug, suite in found.suites.items():
            if slug not in left_out:
                lines += await check_suite(suite, help_)
        for name, cases in recorded.items():
            known = {slug: of for slug, of in cases.items() if slug not in left_out}
            lines += await check_recorded(name, known, help_)
    if left_out:
        problems.append(f"Not checked, for there is no sandbox: {', '.join(sorted(left_out))}.")
        problems.append(lacking)
    if not found.suites:
        problems.append(f"{root}: there is no suite.")
    _print(found, lines)
    return _failed([*problems, *disagreements(lines)])


async def _help(found: Found, stack: AsyncExitStack) -> tuple[Help, str]:
    """A sandbox if a suite needs one, and why there is none."""
    if not any(_runs(found, slug) for slug in found.suites):
        return Help(), ""
    try:
        return await stack.enter_async_context(sandbox_help()), ""
    except SandboxUnavailable as error:
        return Help(), str(error)


def _runs(found: Found, slug: str) -> bool:
    return needs_sandbox(found.suites[slug].tasks)


def _print(found: Found, lines: Sequence[Line]) -> None:
    print(table(lines))
    for suite in found.suites.values():
        for remark in suite.remarks:
            print(f"{suite.slug}: {remark}")
    for sentence in found.not_read:
        print(f"Not read: {sentence}")


def _failed(problems: Sequence[str]) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
