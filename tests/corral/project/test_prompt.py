import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.errors import ProjectRefused
from corral.project.manifest import PromptSection
from corral.project.prompt import render_prompt, template_fields, template_problems

SECTION = PromptSection(system="Be brief.", template="prompt.txt")


def test_template_is_filled() -> None:
    messages = render_prompt(SECTION, "Q: {input} {{{n}}}\n", {"input": "why?", "n": [1, "é"]})
    assert messages == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": 'Q: why? {[1, "é"]}'},
    ]


def test_system_that_is_empty_is_left_out() -> None:
    assert render_prompt(PromptSection(" ", "p"), "{input}", {"input": "x"}) == [
        {"role": "user", "content": "x"}
    ]


def test_braces_in_a_value_mean_nothing() -> None:
    rendered = render_prompt(
        SECTION, "{input}", {"input": "{n} {{x}} {0.__class__}", "n": "secret"}
    )
    assert rendered[1]["content"] == "{n} {{x}} {0.__class__}"


def test_field_that_the_task_lacks_is_refused() -> None:
    with pytest.raises(ProjectRefused) as refused:
        render_prompt(SECTION, "{question} {input} {hint}", {"input": "x", "n": 1})
    assert refused.value.problems == [
        "prompt.txt: uses {hint}, but the task has only {input}, {n}.",
        "prompt.txt: uses {question}, but the task has only {input}, {n}.",
    ]


@pytest.mark.parametrize(
    ("template", "brace"),
    [
        ("{", "{"),
        ("a } b {input}", "}"),
        ("{input.x}", "{"),
        ("{input!r}", "{"),
        ("{input:>9}", "{"),
        ("{0}", "{"),
        ('{"a": 1}', "{"),
        ("{ input }", "{"),
    ],
)
def test_brace_that_stands_alone_is_refused(template: str, brace: str) -> None:
    assert template_problems(f"one\n{template}", "p.txt")[0] == (
        f'p.txt: line 2: "{brace}" stands alone; write a field as {{input}}, '
        f'and a brace itself as "{brace * 2}".'
    )


def test_template_without_a_field_is_refused() -> None:
    assert template_problems("Say {{input}}.") == [
        "prompt.txt: uses no field of the task; put {input} where its text belongs."
    ]


def test_fields_of_a_template() -> None:
    assert template_fields("{input} {a_1} {{no}} {input}") == {"input", "a_1"}


@given(st.text("{}ab\n"), st.text())
def test_template_without_problems_can_be_filled(template: str, value: str) -> None:
    if not template_problems(template):
        fields = dict.fromkeys(template_fields(template), value)
        assert render_prompt(SECTION, template, dict(fields))
