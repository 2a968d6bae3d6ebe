import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.errors import ProjectRefused
from corral.project.manifest import (
    Manifest,
    ProgramSection,
    ProjectKind,
    PromptSection,
    parse_manifest,
)

PROJECT = '[project]\nname = "Té"\nkind = "{}"\nmodel = "tiny"\n'
PROGRAM = PROJECT.format("program") + "[program]\n"
PROMPT = PROJECT.format("prompt") + "[prompt]\n"


def problems_of(text: str) -> list[str]:
    with pytest.raises(ProjectRefused) as refused:
        parse_manifest(text)
    return refused.value.problems


def test_manifest_of_a_program() -> None:
    text = PROGRAM + 'command = ["python", "main.py"]\nconcurrency = 4\nrequirements = "r.txt"'
    assert parse_manifest(text) == Manifest(
        name="Té",
        kind=ProjectKind.PROGRAM,
        model="tiny",
        program=ProgramSection(("python", "main.py"), 4, "r.txt"),
    )


def test_manifest_of_a_prompt() -> None:
    text = (
        PROMPT
        + 'template = "p/q.txt"\nsampling = { temperature = 0, max_tokens = 9, stop = ["a"] }'
    )
    assert parse_manifest(text) == Manifest(
        name="Té",
        kind=ProjectKind.PROMPT,
        model="tiny",
        prompt=PromptSection("", "p/q.txt", {"temperature": 0, "max_tokens": 9, "stop": ["a"]}),
    )


def test_manifest_with_both_sections_keeps_both() -> None:
    manifest = parse_manifest(PROGRAM + 'command = ["a"]\n[prompt]\ntemplate = "t"')
    assert manifest.prompt == PromptSection("", "t", {})


def test_manifest_as_json_and_back() -> None:
    for text in (
        PROGRAM + 'command = ["python", "main.py"]\nrequirements = "r.txt"',
        PROMPT + 'system = "a\\nb"\ntemplate = "t"\nsampling = { top_p = 0.5 }',
    ):
        manifest = parse_manifest(text)
        assert Manifest.from_json(manifest.as_json()) == manifest


def test_manifest_from_json_of_another_shape_is_refused() -> None:
    with pytest.raises(ProjectRefused):
        Manifest.from_json({"project": 3})


def test_manifest_that_is_empty() -> None:
    assert problems_of("") == ["corral.toml: the section [project] is missing."]


def test_manifest_that_is_not_toml() -> None:
    assert problems_of("[project")[0].startswith("corral.toml: is not valid TOML: ")
    assert problems_of("a = " + "[" * 5_000)[0].startswith("corral.toml: is not valid TOML: ")
    assert problems_of("a = " + "9" * 5_000)[0].startswith("corral.toml: is not valid TOML: ")


def test_manifest_tells_every_problem_at_once() -> None:
    text = """
    [project]
    name = ""
    kind = "both"
    modle = "tiny"
    [program]
    command = "python main.py"
    concurrency = 0
    requirements = "../r.txt"
    [extra]
    """
    assert problems_of(text) == [
        "corral.toml: [project] name must have 1 to 100 characters.",
        'corral.toml: [project] kind must be "program" or "prompt", not "both".',
        "corral.toml: [project] model is missing; it must be a string.",
        'corral.toml: [project] "modle" is not known here; known are: kind, model, name.',
        'corral.toml: [program] command must be a list of 1 to 64 strings, not "python main.py".',
        "corral.toml: [program] concurrency must be a whole number from 1 to 16, not 0.",
        'corral.toml: [program] requirements names "../r.txt", which leaves the project by "..".',
        'corral.toml: "extra" is not known here; known are: program, project.',
    ]


@pytest.mark.parametrize(
    "command",
    ["[]", '[""]', "[1]", '["a", 1]', '["a\\u0000"]', "true", str(["x"] * 65), f'["{"x" * 4097}"]'],
)
def test_command_that_breaks_its_rule(command: str) -> None:
    assert len(problems_of(PROGRAM + f"command = {command}")) == 1


@pytest.mark.parametrize("value", ["0", "17", "-1", "true", "1.0", '"4"', "9" * 30, "2020-01-01"])
def test_concurrency_that_breaks_its_rule(value: str) -> None:
    problems = problems_of(PROGRAM + f'command = ["a"]\nconcurrency = {value}')
    assert len(problems) == 1
    assert "must be a whole number from 1 to 16, not" in problems[0]


@pytest.mark.parametrize(
    "sampling",
    [
        "temperature = 3",
        "temperature = nan",
        "temperature = true",
        'temperature = "0"',
        "max_tokens = 0",
        "stop = []",
        'stop = ["a", "b", "c", "d", "e"]',
        "n = 8",
        "model = 'other'",
        "stream = true",
    ],
)
def test_sampling_that_breaks_a_rule(sampling: str) -> None:
    problems = problems_of(PROMPT + f'template = "t"\nsampling = {{ {sampling} }}')
    assert len(problems) == 1
    assert problems[0].startswith("corral.toml: [prompt.sampling] ")


@pytest.mark.parametrize("template", ["/etc/passwd", "../x", "a\\b", "C:/x", "a\\u0007"])
def test_template_that_is_no_file_of_the_project(template: str) -> None:
    quoted = template.replace("\\b", "\\\\b")
    assert problems_of(PROMPT + f'template = "{quoted}"')


def test_section_of_its_kind_is_missing() -> None:
    assert problems_of(PROJECT.format("program")) == [
        "corral.toml: the section [program] is missing."
    ]
    assert problems_of("project = 3") == ["corral.toml: project must be a section [project]."]


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(ProjectRefused):
        assert isinstance(parse_manifest(text), Manifest)
