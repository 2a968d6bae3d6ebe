"""The projects that run: short ones of every kind of end, each with a result that is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from corral.suites.base import Split, Task
from corral.verdicts import Verdict
from tests.evaluation.projects import MANIFEST, PROMPT, echo_task

ANSWERS = """
import json, os, sys, time
for line in sys.stdin:
    task = json.loads(line)
    word = task["input"]["input"]
    {before}
    print(json.dumps({{"id": task["id"], "output": {output}}}), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """Files of a project, the tasks of its track, and what its run must come to.

    `verdicts` are those that are not `correct`, by the number of the task.
    """

    name: str
    weight: int
    files: Mapping[str, str]
    public: int
    private: int = 0
    task_seconds: float = 20.0
    starts: bool = True
    verdicts: Mapping[int, Verdict] | None = None

    @property
    def tasks(self) -> list[Task]:
        """Those of its track's suite."""
        total = self.public + self.private
        return [
            echo_task(number, Split.PUBLIC if number < self.public else Split.PRIVATE)
            for number in range(total)
        ]

    def expected(self) -> dict[str, Verdict]:
        """The verdict of each task, by its key; none where nothing starts."""
        bad = self.verdicts or {}
        tasks = self.tasks if self.starts else []
        return {task.key: bad.get(n, Verdict.CORRECT) for n, task in enumerate(tasks)}

    def salted(self, salt: str) -> dict[str, str]:
        """Its files, such that no other upload has the same bytes."""
        return {**self.files, "salt.txt": salt}


def _program(before: str = "pass", output: str = "word") -> dict[str, str]:
    return {"corral.toml": MANIFEST, "main.py": ANSWERS.format(before=before, output=output)}


_MISSING = MANIFEST.replace('["python", "main.py"]', '["no-such-program"]')
KINDS: tuple[Kind, ...] = (
    Kind("one", 7, _program(), public=1),
    Kind(
        "ten",
        5,
        _program("time.sleep(0.15)", '"no" if word in ("word3", "word8") else word'),
        public=6,
        private=4,
        verdicts={3: Verdict.WRONG, 8: Verdict.WRONG},
    ),
    Kind("prompt", 5, {"corral.toml": PROMPT, "prompt.txt": "{input}"}, public=4, private=2),
    Kind(
        "crash",
        2,
        _program('word == "word2" and os._exit(3)'),
        public=4,
        verdicts={2: Verdict.CRASH},
    ),
    Kind(
        "timeout",
        1,
        _program('word == "word1" and time.sleep(600)'),
        public=3,
        task_seconds=3.0,
        verdicts={1: Verdict.TIMEOUT},
    ),
    Kind(
        "missing",
        1,
        {"corral.toml": _MISSING, "main.py": ""},
        public=2,
        starts=False,
    ),
)
WEIGHTS = {kind.name: kind.weight for kind in KINDS}
