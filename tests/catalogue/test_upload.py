"""A suite as it is uploaded: archives and texts, the hostile ones too."""

import io
import zipfile

import pytest

from catalogue.domain import upload
from catalogue.domain.loading import Wanted
from catalogue.domain.upload import load_suite_archive, load_suite_texts, load_upload
from corral.errors import ProjectRefused

ABOUT = """\
[suite]
slug = "capitals"
name = "Capitals"
licence = "CC0-1.0"
tasks = ["tasks.jsonl"]

[defaults]
scorer = "exact"
"""
ROW = '{"id": "france", "input": "Capital of France?", "target": "Paris"}\n'


def archive(**files: str) -> io.BytesIO:
    """A .zip with these files; `__` in a name stands for a slash, `_dot_` for a dot."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in files.items():
            out.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    packed.seek(0)
    return packed


def test_archive_of_a_suite_is_read() -> None:
    loaded = load_suite_archive(archive(suite_dot_toml=ABOUT, tasks_dot_jsonl=ROW))

    assert (loaded.slug, [task.key for task in loaded.tasks]) == ("capitals", ["france"])


def test_archive_of_the_suites_folder_is_read() -> None:
    loaded = load_suite_archive(
        archive(my__suite_dot_toml=ABOUT, my__tasks_dot_jsonl=ROW, my__README_dot_md="hello")
    )

    assert len(loaded.tasks) == 1


def test_texts_of_a_suite_are_read() -> None:
    assert load_suite_texts(about=ABOUT, tasks=ROW).name == "Capitals"


def test_archive_of_one_file_is_read_in_the_format_that_it_is_in() -> None:
    loaded = load_suite_archive(archive(tasks_dot_jsonl=ROW))

    assert (loaded.slug, [task.target for task in loaded.tasks]) == ("tasks", ["Paris"])


def test_archive_of_a_task_file_and_its_data_is_read() -> None:
    config = "\n".join(
        (
            "task: capitals",
            "dataset_path: json",
            "dataset_kwargs: {data_files: {test: data.jsonl}}",
            "test_split: test",
            'doc_to_text: "{{question}}"',
            'doc_to_target: "{{answer}}"',
            "output_type: generate_until",
            "metric_list: [{metric: exact_match}]",
        )
    )
    row = '{"question": "Capital of France?", "answer": "Paris"}'

    loaded = load_suite_archive(archive(c__task_dot_yaml=config, c__data_dot_jsonl=row))

    assert [task.target for task in loaded.tasks] == ["Paris"]


@pytest.mark.parametrize("files", [{}, {"README_dot_md": "hello"}, {"_dot_hidden_dot_jsonl": ROW}])
def test_archive_without_a_suite_is_refused(files: dict[str, str]) -> None:
    with pytest.raises(ProjectRefused, match=r"holds no suite\.toml"):
        load_suite_archive(archive(**files))


def test_archive_of_several_files_without_suite_toml_is_refused() -> None:
    with pytest.raises(ProjectRefused, match=r"it has no suite\.toml"):
        load_suite_archive(archive(a_dot_jsonl=ROW, b_dot_jsonl=ROW))


@pytest.mark.parametrize("name", ["../../etc/tasks.jsonl", "C:\\x\\tasks.jsonl", "tasks.jsonl"])
def test_file_is_read_whatever_its_name_would_lead_to(name: str) -> None:
    assert load_upload(io.BytesIO(ROW.encode()), name).slug == "tasks"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("tasks.exe", "ends in none of"), ("..", "ends in none of"), ("", "none")],
)
def test_file_in_no_format_is_refused(name: str, sentence: str) -> None:
    with pytest.raises(ProjectRefused, match=sentence):
        load_upload(io.BytesIO(ROW.encode()), name)


def test_file_is_read_by_a_map() -> None:
    wanted = Wanted(pairs=(("input", "q"), ("target", "a")), scorer="exact")

    loaded = load_upload(io.BytesIO(b"q,a\nCapital of France?,Paris\n"), "trivia.csv", wanted)

    assert loaded.tasks[0].target == "Paris"


def test_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MAX_PACKED", 10)

    with pytest.raises(ProjectRefused, match="larger than"):
        load_upload(io.BytesIO(ROW.encode()), "tasks.jsonl")


def test_archive_with_too_many_entries_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MAX_ENTRIES", 1)

    with pytest.raises(ProjectRefused, match="more than 1 entries"):
        load_suite_archive(archive(a_dot_txt="", suite_dot_toml=ABOUT))


def test_archive_with_two_suites_is_refused() -> None:
    with pytest.raises(ProjectRefused, match=r"one suite\.toml, not 2"):
        load_suite_archive(archive(a__suite_dot_toml=ABOUT, b__suite_dot_toml=ABOUT))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"no archive at all"])
def test_archive_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(ProjectRefused, match="can't be read"):
        load_suite_archive(io.BytesIO(content))


def test_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MAX_UNPACKED", 1000)

    with pytest.raises(ProjectRefused, match="unpacks to more"):
        load_suite_archive(archive(suite_dot_toml=ABOUT, tasks_dot_jsonl=ROW * 1000))


def test_archive_with_too_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MAX_FILES", 1)

    with pytest.raises(ProjectRefused, match="more than 1 files"):
        load_suite_archive(archive(suite_dot_toml=ABOUT, tasks_dot_jsonl=ROW))


def test_archive_can_not_write_outside() -> None:
    packed = archive(suite_dot_toml=ABOUT.replace("tasks.jsonl", "../tasks.jsonl"))

    with pytest.raises(ProjectRefused):
        load_suite_archive(packed)
    with pytest.raises(ProjectRefused):  # the entry is not in the suite's folder: it isn't there
        load_suite_archive(archive(suite_dot_toml=ABOUT, _dot__dot___tasks_dot_jsonl=ROW))


def test_archive_with_a_link_reads_nothing_of_the_machine() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("suite.toml", ABOUT)
        link = zipfile.ZipInfo("tasks.jsonl")
        link.external_attr = 0o120777 << 16
        out.writestr(link, "/etc/passwd")
    packed.seek(0)

    with pytest.raises(ProjectRefused, match="is not JSON"):
        load_suite_archive(packed)


def test_archive_with_bad_rows_names_them_all() -> None:
    rows = '{"id": "a"}\nnot json\n' + ROW

    with pytest.raises(ProjectRefused) as refused:
        load_suite_archive(archive(suite_dot_toml=ABOUT, tasks_dot_jsonl=rows))

    assert len(refused.value.problems) >= 2
    assert any("line 2" in problem for problem in refused.value.problems)
