"""The image is made from nothing, the same way every time; the kit has what it promises."""

import io
import platform
import tarfile
from pathlib import Path

from corral.sandbox import inside, seccomp
from corral.sandbox.image import ensure_kit, make_tar
from corral.sandbox.interpreter import Interpreter, describe_interpreter
from corral.sandbox.toolkit import ETC
from tests.corral.sandbox.workshop import PYTHON

ELSEWHERE = Interpreter(Path("/opt/python/bin/python3"), (Path("/opt/python"),), (3, 12), "cp312")


def entries(tar: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(tar)) as file:
        return {entry.name: entry for entry in file}


def test_image_has_folders_and_links_only() -> None:
    found = entries(make_tar(describe_interpreter(PYTHON)))
    assert all(entry.isdir() or entry.issym() for entry in found.values())
    assert {entry.uid for entry in found.values()} == {0}


def test_image_links_what_the_machine_links() -> None:
    found = entries(make_tar(describe_interpreter(PYTHON)))
    assert found["bin"].issym() == Path("/bin").is_symlink()
    assert found["corral/bin/python"].linkname == str(PYTHON.resolve())


def test_image_has_a_place_for_an_interpreter_elsewhere() -> None:
    found = entries(make_tar(ELSEWHERE))
    assert found["opt"].isdir()
    assert found["opt/python"].isdir()
    assert list(found).index("opt") < list(found).index("opt/python")


def test_only_scratch_may_be_written_by_all() -> None:
    found = entries(make_tar(ELSEWHERE))
    assert {name for name, entry in found.items() if entry.isdir() and entry.mode & 0o002} == {
        "tmp"
    }


def test_image_is_the_same_bytes_every_time() -> None:
    assert make_tar(ELSEWHERE) == make_tar(ELSEWHERE)
    assert make_tar(ELSEWHERE) != make_tar(describe_interpreter(PYTHON))


def test_kit_has_the_program_its_filter_and_a_minimal_etc(tmp_path: Path) -> None:
    kit = ensure_kit(tmp_path, "aarch64")
    assert {path.name for path in kit.etc.iterdir()} == set(ETC)
    assert (kit.folder / "filter").read_bytes() == seccomp.deny_list("aarch64")
    program = kit.folder / "library" / "corral" / "sandbox" / "inside.py"
    assert program.read_bytes() == Path(str(inside.__file__)).read_bytes()


def test_kit_is_made_once_for_a_machine(tmp_path: Path) -> None:
    machine = platform.machine()
    assert ensure_kit(tmp_path, machine) == ensure_kit(tmp_path, machine)
    assert ensure_kit(tmp_path, "aarch64") != ensure_kit(tmp_path, "x86_64")
