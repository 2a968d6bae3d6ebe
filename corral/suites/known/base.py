"""What the catalogue says of a known benchmark."""

from dataclasses import dataclass

from corral.suites.mapping import MappedSource


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of a benchmark: its path below `folder` as published, and the SHA-256 it had then.

    `in_wheel` is its path in the wheel that carries it. `joined_by` names the field by whose value
    the rows of a further file are joined to those of the first.
    """

    path: str
    sha256: str
    in_wheel: str | None = None
    joined_by: str | None = None


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a data set on the Hugging Face Hub whose fields are those of the published file."""

    repository: str
    path: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A known benchmark. `folder` is where its files are looked for below a folder of data.

    `tasks` is how many it has; `wheel` names the distribution that carries its files.
    """

    source: MappedSource
    folder: str
    files: tuple[DataFile, ...]
    tasks: int
    wheel: str | None = None
    hub: HubFile | None = None

    @property
    def slug(self) -> str:
        """The name of its suite."""
        return self.source.slug
