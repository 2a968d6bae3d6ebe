from pathlib import Path

import pytest

from corral.suites import jinja_rendering
from corral.suites.lm_eval import load_lm_eval
from tests.corral.suites.files import problems_of, write_rows

SUMS = r"""
task: sums_plain
dataset_path: json
dataset_kwargs:
  data_files: {test: sums.jsonl}
test_split: test
description: "Add.\n"
doc_to_text: "Q: {{question}}\nA:"
doc_to_target: "{{answer.split('#### ')[-1]}}"
generation_kwargs: {until: ["\n"], do_sample: false}
filter_list:
  - name: strict
    filter:
      - function: regex
        regex_pattern: "is (\\-?[0-9]+)"
        group_select: -1
      - function: take_first
  - name: loose
    filter: [{function: take_first}]
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
    ignore_case: true
  - metric: bleu
metadata: {version: 1.0}
"""
CHOICES = """
task: capitals
dataset_path: rows.jsonl
output_type: multiple_choice
doc_to_text: question
doc_to_target: label
doc_to_choice: "{{options}}"
"""
ROW = {"question": "1+1?", "answer": "two #### 2"}


def task_file(at: Path, text: str, *rows: dict[str, object], name: str = "rows.jsonl") -> Path:
    write_rows(at / name, *rows)
    path = at / "task.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_generation_with_filters_and_metrics(tmp_path: Path) -> None:
    suite = load_lm_eval(task_file(tmp_path, SUMS, ROW, name="sums.jsonl"))
    (task,) = suite.tasks
    assert (suite.slug, task.key, task.target, task.scorer) == ("sums-plain", "row-1", "2", "exact")
    assert task.input == {
        "input": "Add.\nQ: 1+1?\nA:",
        "generation_kwargs": {"until": ["\n"], "do_sample": False},
    }
    assert task.scorer_options == {
        "ignore_case": True,
        "filters": [
            {"filter": "until", "stops": ["\n"]},
            {
                "filter": "regex",
                "pattern": r"is (\-?[0-9]+)",
                "which": -1,
                "fallback": "[invalid]",
            },
        ],
    }
    assert suite.remarks == (
        "Scored by exact_match, the first metric; bleu is left out.",
        "Filtered by strict, the first list; loose is left out.",
    )


def test_choices_by_field_and_by_template(tmp_path: Path) -> None:
    row = {"question": "Capital?", "options": ["Oslo", "Bergen"], "label": 1}
    (task,) = load_lm_eval(task_file(tmp_path, CHOICES, row)).tasks
    assert task.input == {"input": "Capital?", "choices": ["Oslo", "Bergen"]}
    assert (task.target, task.scorer) == ("B", "choice")
    assert task.scorer_options == {"choices": ["Oslo", "Bergen"]}
    listed = CHOICES.replace('"{{options}}"', '["{{options[0]}}", "no, {{options[1]}}"]')
    (task,) = load_lm_eval(task_file(tmp_path, listed, row)).tasks
    assert task.input["choices"] == ["Oslo", "no, Bergen"]


def test_list_of_targets(tmp_path: Path) -> None:
    text = "dataset_path: rows.jsonl\ndoc_to_text: q\ndoc_to_target: '{{all}}'\n"
    (task,) = load_lm_eval(task_file(tmp_path, text, {"q": "?", "all": ["a", "b"]})).tasks
    assert (task.target, task.scorer, task.scorer_options) == (["a", "b"], "exact", {})


def test_what_exact_match_ignores(tmp_path: Path) -> None:
    text = (
        "dataset_path: rows.jsonl\ndoc_to_text: q\ndoc_to_target: a\n"
        "metric_list: [{metric: exact_match, ignore_punctuation: true, ignore_numbers: false, "
        "regexes_to_ignore: [',']}]\n"
    )
    (task,) = load_lm_eval(task_file(tmp_path, text, {"q": "?", "a": "x"})).tasks
    assert task.scorer_options == {"ignore_punctuation": "everywhere", "ignore": [","]}


def test_code_is_refused_by_name_and_line(tmp_path: Path) -> None:
    text = "task: a\nprocess_docs: !function utils.process\ndoc_to_text: !!python/name:os.system\n"
    assert problems_of(load_lm_eval, task_file(tmp_path, text)) == [
        "task.yaml line 2: process_docs: the tag !function is refused; only plain values are read.",
        "task.yaml line 3: doc_to_text: the tag !!python/name:os.system is refused; only plain "
        "values are read.",
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("include: _base.yaml", "include is not supported: only what is declared is read."),
        ("num_fewshot: 5", "num_fewshot must be 0: examples are a project's own matter."),
        ("repeats: 2", "repeats must be 1."),
        (
            "output_type: loglikelihood",
            "output_type must be one of: generate_until, multiple_choice.",
        ),
        ("generation_kwargs: {beam: 3}", "generation_kwargs.beam is not supported."),
        ("dataset_kwargs: {trust_remote_code: true}", "dataset_kwargs.trust_remote_code is not s"),
        ("filter_list: [{filter: [{function: custom}]}]", "filter_list: the filter custom is not"),
        ("metric_list: [{metric: brier_score}]", "metric_list: the metric brier_score is not supp"),
        (
            "metric_list: [{metric: exact_match, aggregation: median}]",
            "metric_list: exact_match must be averaged, and higher be better.",
        ),
        (
            "metric_list: [{metric: exact_match, kwargs: {}}]",
            "metric_list: exact_match has kwargs, which is not supported.",
        ),
    ],
)
def test_declaration_that_is_not_supported(tmp_path: Path, line: str, sentence: str) -> None:
    text = f"dataset_path: rows.jsonl\ndoc_to_text: q\ndoc_to_target: a\n{line}\n"
    (problem,) = problems_of(load_lm_eval, task_file(tmp_path, text, {"q": "?", "a": "x"}))
    assert problem.startswith(f"task.yaml: {sentence}")


@pytest.mark.parametrize("path", ["openai/gsm8k", "../rows.jsonl", "/etc/rows.jsonl", "json"])
def test_data_that_is_not_in_the_folder(tmp_path: Path, path: str) -> None:
    text = f"dataset_path: {path}\ndoc_to_text: q\ndoc_to_target: a\n"
    (problem,) = problems_of(load_lm_eval, task_file(tmp_path, text))
    assert problem.startswith("task.yaml: dataset_path must be a file beside this one, or json, ")


def test_alias_bomb_and_what_is_no_yaml(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\n"
    assert problems_of(load_lm_eval, task_file(tmp_path, bomb)) == [
        "task.yaml: the alias *a is refused."
    ]
    assert problems_of(load_lm_eval, task_file(tmp_path, "a: 1\na: 2\n")) == [
        "task.yaml line 2: a is there twice."
    ]
    assert problems_of(load_lm_eval, task_file(tmp_path, "- 1\n")) == [
        "task.yaml: must be a mapping of names and values."
    ]
    (problem,) = problems_of(load_lm_eval, task_file(tmp_path, "a: [1\nb: }"))
    assert problem.startswith("task.yaml line 2: is not YAML: ")
    (problem,) = problems_of(load_lm_eval, task_file(tmp_path, "a: " + "[" * 100_000))
    assert problem == "task.yaml: nests more than 20 deep."


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{missing}}", "'missing' is undefined"),
        ("{{q.__class__.__mro__}}", "access to attribute '__class__' of 'str' object is unsafe"),
        ("{% include '/etc/passwd' %}", "TypeError: no loader for this environment specified"),
        ("{% for %}", "Expected an expression, got 'end of statement block'"),
        ("{{ 'x' * 2000000 }}", "the text has more than 1000000 characters"),
        ("{{ 'x' * (10**10) }}", "MemoryError: MemoryError"),
    ],
)
def test_template_that_goes_too_far(tmp_path: Path, template: str, reason: str) -> None:
    text = f'dataset_path: rows.jsonl\ndoc_to_text: "{template}"\ndoc_to_target: a\n'
    row = {"q": "?", "a": "x"}
    problems = problems_of(load_lm_eval, task_file(tmp_path, text, row))
    assert [p.split(": doc_to_text: ")[1] for p in problems] == [f"{reason}."]


def test_template_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
    results = jinja_rendering.render_rows({"a": "{{q}}", "b": loop}, [{"q": "x"}] * 3, seconds=1)
    assert [result.why for result in results] == ["the templates take too much time or memory"]
