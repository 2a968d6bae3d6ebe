from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.errors import ProjectRefused, UserError
from corral.suites.base import LoadedSuite, Split, Task
from corral.suites.digest import canonical_problem, suite_digest
from corral.suites.export import export_suite
from corral.suites.native import load_suite

TASK = Task(
    "a", {"input": "é\u2028\x7f"}, ["x"], "exact", {"ignore_case": True}, Split.PRIVATE, 2.5, ("t",)
)
SUITE = LoadedSuite("s", 'S "quoted" \x7f\n', "D\t", "MIT", "\U0001f600", "0" * 64, (TASK,))


def test_suite_written_out_is_the_same(tmp_path: Path) -> None:
    suite = replace(SUITE, tasks=(TASK, replace(TASK, key="b", cluster="p1")))
    export_suite(suite, tmp_path / "out")
    again = load_suite(tmp_path / "out")
    assert replace(again, source_digest=suite.source_digest) == suite


texts = st.text(max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
tasks = st.builds(
    Task,
    key=st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True),
    input=st.dictionaries(texts, values, min_size=1, max_size=3),
    target=texts.filter(str.strip) | st.lists(texts.filter(str.strip), min_size=1),
    scorer=st.just("exact"),
    split=st.sampled_from(Split),
    weight=st.floats(min_value=0, max_value=1e6, exclude_min=True),
    tags=st.just(()) | st.just(("one", "two words")),
    cluster=st.none() | st.just("c"),
).filter(lambda task: canonical_problem([dict(task.input), task.target]) is None)


@given(st.lists(tasks, min_size=1, max_size=3, unique_by=lambda task: task.key), texts)
def test_any_suite_keeps_its_digest(
    tmp_path_factory: pytest.TempPathFactory, made: list[Task], text: str
) -> None:
    suite = replace(SUITE, description=text, tasks=tuple(made))
    folder = tmp_path_factory.mktemp("any") / "out"
    export_suite(suite, folder)
    again = load_suite(folder)
    assert suite_digest(again.tasks) == suite_digest(suite.tasks)
    assert again.description == text


def test_suite_that_can_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ProjectRefused, match="slug must be"):
        export_suite(replace(SUITE, slug="S_1"), tmp_path / "out")
    with pytest.raises(UserError, match="can't be written out"):
        export_suite(replace(SUITE, name="\ud800"), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is there already"):
        export_suite(SUITE, tmp_path)
