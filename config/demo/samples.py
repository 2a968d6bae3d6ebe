"""The sample projects under examples/: what is submitted, and how each must end."""

import io
import tarfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NOT_SUBMITTED = frozenset({"expected.toml", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Sample:
    """One example and its expected.toml.

    `status` is how its runs must end, `verdicts` which a task may get, `must_have` which some task
    must get, `calls_model` whether tokens must be counted.
    """

    folder: Path
    team: str
    tracks: tuple[str, ...]
    status: str
    verdicts: frozenset[str]
    must_have: frozenset[str]
    calls_model: bool

    def archive(self) -> bytes:
        """The project as a .tar.gz, the same bytes each time."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=6) as tar:
            for path in sorted(self.folder.rglob("*")):
                if path.is_file() and not NOT_SUBMITTED & set(path.relative_to(self.folder).parts):
                    tar.add(path, arcname=str(path.relative_to(self.folder)), filter=_plain)
        return packed.getvalue()


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


def load_samples(examples: Path) -> Iterator[Sample]:
    """Every folder below `examples` that has an expected.toml."""
    for expected in sorted(examples.glob("*/expected.toml")):
        said = tomllib.loads(expected.read_text(encoding="utf-8"))
        yield Sample(
            folder=expected.parent,
            team=said["team"],
            tracks=tuple(said["tracks"]),
            status=said["status"],
            verdicts=frozenset(said["verdicts"]),
            must_have=frozenset(said.get("must_have", ())),
            calls_model=said["calls_model"],
        )
