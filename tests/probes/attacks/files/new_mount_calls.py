"""The newer calls that mount: fsopen, open_tree, move_mount, mount_setattr, statmount."""

from tests.probes.calls import calling
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp",)


def attempt(facts: Facts) -> str:
    return tried(
        {
            "fsopen": calling("fsopen", b"tmpfs", 0),
            "fspick": calling("fspick", -100, b"/", 0),
            "fsmount": calling("fsmount", 0, 0, 0),
            "open_tree": calling("open_tree", -100, b"/", 0),
            "clone tree": calling("open_tree", -100, b"/", 1),
            "move_mount": calling("move_mount", -100, b"/tmp", -100, b"/etc", 0),
            "mount_setattr": calling("mount_setattr", -100, b"/", 0, None, 0),
            "open_tree_attr": calling("open_tree_attr", -100, b"/", 0, None, 0),
        }
    )
