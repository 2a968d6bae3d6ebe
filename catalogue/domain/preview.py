"""What a suite holds, told before it is imported."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from corral.json_types import JsonObject
from corral.suites.base import LoadedSuite, Split, Task
from corral.suites.digest import suite_digest, task_json

FIRST = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """A suite in short; `tags` and `scorers` say how many tasks have each, the most frequent first.

    `first` are its first three tasks, with their targets: it is for who brings the suite.
    """

    slug: str
    name: str
    licence: str
    source: str
    digest: str
    public: int
    private: int
    tags: Mapping[str, int]
    scorers: Mapping[str, int]
    first: tuple[Task, ...]
    remarks: tuple[str, ...]

    @property
    def tasks(self) -> int:
        """How many there are."""
        return self.public + self.private

    @property
    def line(self) -> str:
        """Name, number of tasks by split, and digest."""
        counts = [f"{self.public} public"] if self.public else []
        counts += [f"{self.private} private"] if self.private else []
        return f"{self.name} ({self.slug}): {', '.join(counts)}, SHA-256 {self.digest}"

    def as_json(self) -> JsonObject:
        """For programs."""
        return {
            "slug": self.slug,
            "name": self.name,
            "licence": self.licence,
            "source": self.source,
            "digest": self.digest,
            "tasks": self.tasks,
            "public": self.public,
            "private": self.private,
            "tags": dict(self.tags),
            "scorers": dict(self.scorers),
            "first": [task_json(task) for task in self.first],
            "remarks": list(self.remarks),
        }


def preview_of(loaded: LoadedSuite) -> Preview:
    """The suite in short; its tasks must have passed the checks."""
    private = sum(task.split is Split.PRIVATE for task in loaded.tasks)
    return Preview(
        slug=loaded.slug,
        name=loaded.name,
        licence=loaded.licence,
        source=loaded.source,
        digest=suite_digest(loaded.tasks),
        public=len(loaded.tasks) - private,
        private=private,
        tags=_counted(tag for task in loaded.tasks for tag in task.tags),
        scorers=_counted(task.scorer for task in loaded.tasks),
        first=loaded.tasks[:FIRST],
        remarks=loaded.remarks,
    )


def _counted(names: Iterable[str]) -> Mapping[str, int]:
    return dict(Counter(names).most_common())
