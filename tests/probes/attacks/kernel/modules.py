"""Loads and removes kernel modules, another kernel, and restarts the machine."""

from tests.probes.calls import calling
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp", "uid")
NOT_THE_MAGIC = 0  # a wrong one, so that nothing restarts where it is let through


def attempt(facts: Facts) -> str:
    return tried(
        {
            "init_module": calling("init_module", b"", 0, b""),
            "finit_module": calling("finit_module", 0, b"", 0),
            "delete_module": calling("delete_module", b"corral_probe", 0o4000),
            "kexec_load": calling("kexec_load", 0, 0, None, 0),
            "reboot": calling("reboot", NOT_THE_MAGIC, NOT_THE_MAGIC, 0, None),
        }
    )
