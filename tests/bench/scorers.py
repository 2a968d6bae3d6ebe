"""What scorers cost: 10,000 outputs beside a bare loop over them, and one of 100 kB of each kind.

The bare loop compares each output with its target as they are, and does nothing else. Times are of
the processor, except for scorers that work in a process apart, which are also told by the clock.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from corral.json_types import Json
from corral.scorers.judging import check_scoring, judge_output
from tests.bench.measure import Figure, median_figure, report, show, shown, spread, turns

OUTPUTS, ROUNDS = 10_000, 5
APART_OUTPUTS = 1_000
LONG = 100_000
GOAL_LONG_MS = 100.0
BARE = "bare loop"
TEXT = "she has some apples and sells 12 of them at $3.50 each, then 1,200 more"


@dataclass(frozen=True, slots=True)
class Case:
    """A scorer with options, the target of an answer, and whether it works in a process apart."""

    scorer: str
    target: Callable[[int], Json] = str
    options: Mapping[str, Json] = field(default_factory=dict)
    apart: bool = False


HASHES: Json = {"filter": "regex", "pattern": r"#### (-?[0-9.,]+)"}
FILTERS: list[Json] = [{"filter": "strip_reasoning"}, HASHES, {"filter": "number"}]
SCHEMA: Json = {"type": "object", "required": ["answer"]}
CASES = {
    "exact": Case("exact"),
    "exact after filters": Case("exact", options={"filters": FILTERS}),
    "includes": Case("includes", options={"whole_words": True}),
    "numeric": Case("numeric"),
    "choice": Case("choice", lambda answer: "ABCD"[answer % 4], {"letters": 4}),
    "regex": Case("regex", options={"pattern": r"#### (-?[0-9.,]+)"}),
    "f1": Case("f1", lambda answer: f"The answer is {answer}"),
    "rouge": Case("rouge", lambda answer: f"The answer is {answer}"),
    "bleu": Case("bleu", lambda answer: f"The answer is {answer}"),
    "chrf": Case("chrf", lambda answer: f"The answer is {answer}"),
    "fuzzy": Case("fuzzy", lambda answer: f"The answer is {answer}"),
    "math": Case("math", apart=True),
    "json_schema": Case("json_schema", lambda _: SCHEMA, apart=True),
}
SIMPLE = [name for name, case in CASES.items() if not case.apart]
APART = [name for name, case in CASES.items() if case.apart]
# What is dear to one scorer or another: words, numbers, letters, nothing to split at, wide text.
PIECES = {
    "words": "So she has two more apples, and the answer is (B) or not. ",
    "numbers": "1,234.5 - 7 = $1,227.50; ",
    "one letter": "a",
    "letters": "A ",
    "emoji": "\U0001f600 ",
    "marks": "e\u0301",
    "stops": "1.",
}


def outputs(count: int) -> list[tuple[str, int]]:
    """Solutions of some 60 words, as GSM8K's, with their answers; drawn by a fixed seed."""
    chance = random.Random(2)
    drawn = []
    for _ in range(count):
        answer = chance.randint(1, 5_000)
        steps = " ".join(chance.choices(TEXT.split(), k=chance.randint(30, 90)))
        said = answer if chance.random() < 0.7 else answer + 1
        drawn.append((f"{steps}.\nThe answer is ({'ABCD'[said % 4]}) {said}.\n#### {said}", answer))
    return drawn


def bare(rows: list[tuple[str, Json]]) -> float:
    """Seconds of the processor for a loop that only compares."""
    began = time.process_time()
    for output, target in rows:
        _ = output == target
    return time.process_time() - began


def scored(case: Case, rows: list[tuple[str, Json]], clock: Callable[[], float]) -> float:
    """Seconds by the clock for judging all rows."""
    began = clock()
    for output, target in rows:
        judge_output(case.scorer, output, target, case.options)
    return clock() - began


def rows_of(case: Case, count: int) -> list[tuple[str, Json]]:
    """Outputs with their targets, which the scorer takes."""
    rows = [(output, case.target(answer)) for output, answer in outputs(count)]
    assert check_scoring(case.scorer, rows[0][1], case.options) == []
    return rows


def measured() -> dict[str, list[float]]:
    """Seconds for 10,000 outputs, for the simple scorers and the bare loop in turn."""
    rows = {name: rows_of(CASES[name], OUTPUTS) for name in SIMPLE}
    for name in SIMPLE:
        scored(CASES[name], rows[name][:20], time.process_time)
    samples: dict[str, list[float]] = {name: [] for name in (BARE, *SIMPLE)}
    for name in turns(list(samples), ROUNDS):
        if name == BARE:
            samples[name].append(bare(rows["exact"]))
        else:
            samples[name].append(scored(CASES[name], rows[name], time.process_time))
    return samples


def measured_apart() -> dict[str, list[float]]:
    """Seconds by the clock for 1,000 outputs, for the scorers that work in a process apart."""
    rows = {name: rows_of(CASES[name], APART_OUTPUTS) for name in APART}
    for name in APART:
        scored(CASES[name], rows[name][:20], time.perf_counter)
    samples: dict[str, list[float]] = {name: [] for name in APART}
    for name in turns(APART, 3):
        samples[name].append(scored(CASES[name], rows[name], time.perf_counter))
    return samples


def longest(name: str) -> dict[str, float]:
    """Milliseconds of the processor for an output of 100 kB of each kind, the best of 3."""
    case = CASES[name]
    found = {}
    for kind, piece in PIECES.items():
        text = (piece * (LONG // len(piece.encode()) + 1)).encode()[:LONG].decode(errors="ignore")
        rows: list[tuple[str, Json]] = [(text, case.target(42))]
        found[kind] = min(scored(case, rows, time.process_time) for _ in range(3)) * 1000
    return found


def figures_of(
    samples: Mapping[str, list[float]],
    apart: Mapping[str, list[float]],
    long: Mapping[str, Mapping[str, float]],
) -> dict[str, Figure]:
    """A ratio and the dearest 100 kB of each simple scorer, and the time of the others."""
    floor = spread(samples[BARE]).median
    told = f"medians of {ROUNDS} times {OUTPUTS:,} outputs each, in turn; processor time"
    figures = {}
    for name in SIMPLE:
        key, ratio = name.replace(" ", "_"), spread(samples[name]).median / floor
        worst = max(long[name], key=lambda kind: long[name][kind])
        figures[f"{key}_ratio"] = Figure(round(ratio, 1), "times the bare loop", told)
        figures[f"{key}_100kb_ms"] = Figure(
            round(long[name][worst], 2), "ms", f"the dearest kind: {worst}", goal=GOAL_LONG_MS
        )
    for name, seconds in apart.items():
        each = [one / APART_OUTPUTS * 1000 for one in seconds]
        figures[f"{name}_ms"] = median_figure(each, "ms", "an output, by the clock")
    return figures


def main() -> None:
    """Measure, print, write."""
    samples, apart = measured(), measured_apart()
    long = {name: longest(name) for name in SIMPLE}
    floor = spread(samples[BARE]).median
    show(
        f"{OUTPUTS:,} outputs",
        ("scorer", "µs each", "p95", "ratio"),
        [
            [name, *map(shown, (*_micros(seconds), spread(seconds).median / floor))]
            for name, seconds in samples.items()
        ],
    )
    show(
        "100 kB, ms",
        ("scorer", *PIECES),
        [[name, *map(shown, kinds.values())] for name, kinds in long.items()],
    )
    seen = {name: list(seconds) for name, seconds in samples.items()}
    report("bench-scorers", figures_of(samples, apart, long), {"seconds": seen, "long_ms": long})


def _micros(seconds: list[float]) -> tuple[float, float]:
    seen = spread(seconds)
    return seen.median / OUTPUTS * 1e6, seen.p95 / OUTPUTS * 1e6


if __name__ == "__main__":
    main()
