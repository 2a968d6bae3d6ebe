"""What this machine gives to sandboxes."""

from pathlib import Path

from corral.sandbox import seccomp
from corral.sandbox.cgroups import Cgroups
from corral.sandbox.slots import slots_folder


def cgroups_usable(base: Path) -> bool:
    """Whether sandboxes can be limited by cgroups, as the sandbox itself finds out."""
    return not Cgroups.of_this_machine(slots_folder(base)).lacks()


def weaknesses(base: Path) -> str:
    """What sandboxes lack here and SANDBOX_DEGRADED=1 lets them do without; empty: nothing."""
    lacking = [] if cgroups_usable(base) else ["cgroups (rlimits stand in)"]
    if not seccomp.supported():
        lacking.append("a seccomp filter for this processor")
    return " and ".join(lacking)
