"""Small files in the formats of the known benchmarks, written for the tests."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

from tests.corral.suites.files import write_rows

SORTED = [
    {"input": "Sort: pear fig", "target": "fig pear"},
    {"input": "Sort: plum kiwi", "target": "kiwi plum"},
]
LETTERS = [
    {"input": "Which is a fruit?\nOptions:\n(A) oak\n(B) fig", "target": "(B)"},
    {"input": "Which is a tree?\nOptions:\n(A) fig\n(B) oak, young", "target": "oak, young"},
]
PROGRAMS = [
    {
        "task_id": f"HumanEval/{number}",
        "prompt": f"def plus{number}(a):\n    '''Add {number}.'''\n",
        "canonical_solution": f"    return a + {number}\n",
        "entry_point": f"plus{number}",
        "test": f"def check(candidate):\n    assert candidate(1) == {number + 1}\n",
    }
    for number in range(1, 4)
]
PREDICTIONS = [
    {
        "id": f"sample_{number}",
        "code": f"def f(a):\n    return a * {number}",
        "input": "'x'",
        "output": repr("x" * number),
    }
    for number in range(1, 4)
]
FUNCTION = {
    "name": "maps.distance",
    "description": "How far it is.",
    "parameters": {
        "type": "dict",
        "properties": {
            "to": {"type": "string", "description": "Where to."},
            "by": {"type": "string", "description": "How."},
        },
        "required": ["to"],
    },
}


def gsm8k(at: Path) -> Path:
    rows = [
        {"question": f"{n} eggs and one more?", "answer": f"{n} + 1\n#### {n + 1}"}
        for n in (1_000, 1_200)
    ]
    return write_rows(_folder(at, "gsm8k") / "test.jsonl", *rows)


def svamp(at: Path) -> Path:
    rows = [
        {
            "ID": f"chal-{n}",
            "Body": f"Ann had {n} pens",
            "Question": "How many has she?",
            "Equation": f"( {n} )",
            "Answer": float(n),
            "Type": "Addition",
        }
        for n in (1, 2)
    ]
    path = _folder(at, "svamp") / "SVAMP.json"
    path.write_text(json.dumps(rows, indent=2))
    return path


def aqua(at: Path) -> Path:
    rows = [
        {
            "question": "6 * 7?",
            "options": ["A)41", "B) 42", "C)43", "D)44", "E)45"],
            "correct": "B",
        },
        {"question": "0 * 7?", "options": ["A)0", "B)0", "C)1", "D)2", "E)3"], "correct": "A"},
    ]
    return write_rows(_folder(at, "aqua") / "test.json", *rows)


def sorting(at: Path) -> Path:
    path = _folder(at, "bbh") / "word_sorting.json"
    path.write_text(json.dumps({"canary": "a", "examples": SORTED}))
    return path


def snarks(at: Path) -> Path:
    path = _folder(at, "bbh") / "snarks.json"
    path.write_text(json.dumps({"canary": "a", "examples": LETTERS}))
    return path


def humaneval(at: Path) -> Path:
    path = _folder(at, "humaneval") / "HumanEval.jsonl.gz"
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in PROGRAMS).encode()))
    return path


def cruxeval(at: Path) -> Path:
    return write_rows(_folder(at, "cruxeval") / "cruxeval.jsonl", *PREDICTIONS)


def bfcl(at: Path) -> Path:
    """Both files; a question and its answers are joined by their id, whatever their order."""
    name, folder = "BFCL_v4_simple_python.json", _folder(at, "bfcl")
    towns = ["Oslo", "Bergen"]
    questions = [
        {
            "id": f"simple_python_{number}",
            "question": [[{"role": "user", "content": f"How far is {town}?"}]],
            "function": [FUNCTION],
        }
        for number, town in enumerate(towns)
    ]
    answers = [
        {"id": f"simple_python_{number}", "ground_truth": [_answer(town)]}
        for number, town in enumerate(towns)
    ]
    write_rows(_folder(folder, "possible_answer") / name, *reversed(answers))
    return write_rows(folder / name, *questions)


def _answer(town: str) -> dict[str, object]:
    return {"maps.distance": {"to": [town], "by": ["", "car"]}}


def _folder(at: Path, name: str) -> Path:
    (at / name).mkdir(exist_ok=True)
    return at / name


SMALL: dict[str, Callable[[Path], Path]] = {
    "gsm8k": gsm8k,
    "svamp": svamp,
    "aqua": aqua,
    "bbh-word-sorting": sorting,
    "bbh-snarks": snarks,
}
