"""A suite's folder: `suite.toml` and the files of tasks that it names, in the format it names."""

from pathlib import Path

from corral.suites.assemble import Convert, as_they_are, suite_of, tasks_of_files
from corral.suites.base import LoadedSuite
from corral.suites.files import SuiteFiles
from corral.suites.head import SuiteFile, read_suite_file
from corral.suites.inspect_samples import inspect_converter
from corral.suites.mapped import load_mapped_files
from corral.suites.mapped_section import mapped_source
from corral.suites.openai_evals import openai_converter
from corral.suites.report import Report
from corral.suites.rows import TaskMaker


def load_suite(folder: Path) -> LoadedSuite:
    """Read a whole suite; nothing of it is used unless all of it is right.

    `source_digest` is the SHA-256 of the lines "<SHA-256 of a file>  <its name>\\n", `suite.toml`
    first, then the task files as it lists them.

    Raises:
        ProjectRefused: every problem at once, each with file, line, field and rule.
    """
    report = Report()
    files = SuiteFiles(folder, report)
    suite = read_suite_file(files, report)
    if suite.format == "mapped":
        return load_mapped_files(files, suite.files, mapped_source(suite, report), report)
    maker = TaskMaker(report, suite.head.defaults)
    tasks = tasks_of_files(files, suite.files, _converter(suite, files), maker, report)
    report.end()
    return suite_of(suite.head, tasks, files)


def _converter(suite: SuiteFile, files: SuiteFiles) -> Convert:
    if suite.format == "inspect":
        return inspect_converter(suite.head.defaults, files)
    if suite.format == "openai-evals":
        return openai_converter(suite.head.defaults)
    return as_they_are
