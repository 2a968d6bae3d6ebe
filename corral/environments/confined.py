"""Uv in a sandbox of its own: the index's network, one folder to write in, and nothing else.

Nothing of a package runs while it is installed: only wheels are taken, and uv unpacks them,
compiles them and never imports them. It is confined all the same, for the day it has a hole.
"""

import shutil
from functools import partial
from pathlib import Path

from corral.environments.order import Order
from corral.sandbox.arguments import SYSTEM, UID_INSIDE, system
from corral.sandbox.environment import find_uv
from corral.sandbox.folders import ensure_folder
from corral.sandbox.toolkit import ensure_toolkit

MEMORY_KIB = 2 * 1024 * 1024
HTTP_SECONDS = 30
INSIDE = "/build"  # the one folder to write in, as uv sees it
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# What it takes to find a server by its name, and to know it by its certificate.
_ETC = ("resolv.conf", "hosts", "nsswitch.conf", "host.conf", "gai.conf", "ld.so.cache")
_TRUST = ("ssl", "pki", "ca-certificates", "ca-certificates.conf", "crypto-policies")
_OPTIONS = (
    "--quiet --no-progress --color never --no-config --only-binary :all: "
    "--index-strategy first-index --keyring-provider disabled --no-python-downloads"
)
SCRIPT = f"""
set -eu
ulimit -c 0
ulimit -f "$1"
ulimit -d {MEMORY_KIB}
/tool/uv pip compile {_OPTIONS} --python "$2" --no-header --no-annotate --generate-hashes \
    --output-file resolved.txt requirements.in >&2
/tool/uv pip install {_OPTIONS} --python "$2" --no-deps --link-mode hardlink --compile-bytecode \
    --target packages --requirements resolved.txt >&2
"""


def command_of(order: Order, state: Path, work: Path, most_bytes: int) -> list[str]:
    """What builds `order` in `work`: it leaves `resolved.txt` and the folder `packages` there.

    Raises:
        OSError, SandboxUnavailable: uv or bwrap is missing.
    """
    toolkit = ensure_toolkit(state, order.interpreter)
    python, blocks = str(order.interpreter.executable), str(most_bytes // 512)
    return [
        str(toolkit.bwrap),
        *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup"),
        *("--disable-userns", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--hostname", "corral", "--uid", UID_INSIDE, "--gid", UID_INSIDE),
        *system(),
        *(part for path in order.interpreter.outside(SYSTEM) for part in _shown(path, path)),
        *_shown(toolkit.etc / "passwd", Path("/etc/passwd")),
        *(part for name in (*_ETC, *_TRUST) for part in _shown(Path("/etc", name))),
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
        *_shown(_tool(state), Path("/tool")),
        *("--bind", str(work), INSIDE, "--chdir", INSIDE, "--remount-ro", "/", "--"),
        *("/bin/sh", "-c", SCRIPT, "uv", blocks, python),
    ]


def variables_of(order: Order) -> dict[str, str]:
    """All that it sees. The index is here, since command lines are for everybody to read."""
    given = {
        "HOME": f"{INSIDE}/home",
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "UV_CACHE_DIR": f"{INSIDE}/cache",
        "UV_HTTP_TIMEOUT": str(HTTP_SECONDS),
        "UV_HTTP_RETRIES": "2",
    }
    if order.source.index_url:
        given["UV_DEFAULT_INDEX"] = order.source.index_url
    if order.source.cutoff:
        given["UV_EXCLUDE_NEWER"] = order.source.cutoff
    if CERTIFICATES.exists():
        given["UV_SYSTEM_CERTS"] = "1"
    return given


def _shown(path: Path, inside: Path | None = None) -> tuple[str, ...]:
    return ("--ro-bind-try", str(path), str(inside or path))


def _tool(state: Path) -> Path:
    """A folder with a copy of uv, which a dropped uid can reach."""
    uv = Path(find_uv()).resolve()
    found = uv.stat()
    name = f"uv-{found.st_size}-{found.st_mtime_ns}"
    return ensure_folder(state / "sandbox" / name, partial(_copy, uv))


def _copy(uv: Path, folder: Path) -> None:
    shutil.copyfile(uv, folder / "uv")
    (folder / "uv").chmod(0o755)
