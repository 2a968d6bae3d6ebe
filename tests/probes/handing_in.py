"""A hostile archive, accepted and unpacked as the platform does."""

from collections.abc import Callable, Iterator
from pathlib import Path

from corral.errors import ProjectRefused
from corral.project.archive import inspect_archive, unpack_archive
from tests.probes.seen import Seen

UNTOUCHED = "untouched"


def hand_in(make: Callable[[], bytes], folder: Path) -> Seen:
    """What became of an archive; beside its folder lies a file that it must not reach."""
    path, into = folder / "archive", folder / "project"
    (folder / "secret").write_text(UNTOUCHED)
    path.write_bytes(make())
    refusal = ""
    try:
        inspect_archive(path, "archive")
        unpack_archive(path, into)
    except ProjectRefused as error:
        refusal = f"refused: {error}"
    left = sorted(into.rglob("*")) if into.exists() else []
    modes = {str(each.relative_to(into)): each.lstat().st_mode for each in left}
    return Seen({"modes": modes}, refusal=refusal, changes=list(_changes(folder, refusal, left)))


def _changes(folder: Path, refusal: str, left: list[Path]) -> Iterator[str]:
    if (folder / "secret").read_text() != UNTOUCHED:
        yield "the file beside the project was changed"
    for name in sorted({each.name for each in folder.iterdir()} - {"archive", "secret", "project"}):
        yield f"{name} appeared beside the project"
    if refusal and left:
        yield f"a refused archive left {left[0].name}"
