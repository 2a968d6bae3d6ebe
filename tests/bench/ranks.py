"""What rank ranges cost: processor time for a board of 200 teams and 500 tasks, by kind of score.

Run it with `python -m tests.bench.ranks`; one JSON object, in seconds.
"""

import json
import random
import time
from collections.abc import Callable

from corral.statistics.ranks import TeamScores, rank_ranges
from corral.statistics.sign_tests import sign_test

TEAMS, TASKS, PASSAGES = 200, 500, 100
KEYS = [f"task-{i}" for i in range(TASKS)]
CLUSTERS = {key: f"passage-{i % PASSAGES}" for i, key in enumerate(KEYS)}


def board(score: Callable[[float], float], missing: float = 0.0) -> list[TeamScores]:
    """Teams of different ability, best first; `score` draws a score given its expectation."""
    generator = random.Random(5)
    teams = []
    for number in range(TEAMS):
        ability = generator.betavariate(4, 4)
        answered = (key for key in KEYS if generator.random() >= missing)
        teams.append(TeamScores(f"team-{number}", {key: score(ability) for key in answered}))
    return sorted(teams, key=lambda team: -sum(team.scores.values()) / len(team.scores))


def measure(teams: list[TeamScores], clusters: "dict[str, str] | None" = None) -> float:
    """Processor seconds of one call, with nothing remembered from earlier ones."""
    sign_test.cache_clear()
    began = time.process_time()
    rank_ranges(teams, clusters=clusters)
    return round(time.process_time() - began, 3)


def main() -> None:
    """Print all kinds."""
    draws = random.Random(7)

    def solved(ability: float) -> float:
        return float(draws.random() < ability)

    def graded(ability: float) -> float:
        return draws.betavariate(1 + 4 * ability, 5 - 4 * ability)

    report = {
        "solved or not": measure(board(solved)),
        "graded": measure(board(graded)),
        "graded, clustered": measure(board(graded), CLUSTERS),
        "solved or not, one in 20 missing": measure(board(solved, 0.05)),
        "graded, one in 20 missing": measure(board(graded, 0.05)),
        "graded, clustered, one in 20 missing": measure(board(graded, 0.05), CLUSTERS),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
