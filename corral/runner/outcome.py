"""What a run takes and gives."""

from dataclasses import dataclass
from pathlib import Path

from corral.errors import CorralError
from corral.json_types import Json
from corral.project.manifest import Manifest
from corral.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """What a project did with one task.

    `verdict` is None where it answered, and the answer is still to be scored; else `output` is
    None and `reason` one sentence. `latency_ms` runs from the task's line to its answer, None where
    there was none. Tokens are None where a model call could not be told to belong to this task.
    """

    key: str
    output: Json
    verdict: Verdict | None
    reason: str
    latency_ms: float | None
    prompt_tokens: int | None
    completion_tokens: int | None


@dataclass(frozen=True, slots=True)
class StoredProject:
    """A project that was accepted, unpacked into `folder`.

    `packages` is the environment that was made for it; None: it has that of all projects.
    """

    manifest: Manifest
    folder: Path
    packages: Path | None = None


class ProjectFailed(CorralError):
    """Nothing of the project could start: the run is `failed`, and `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
