"""Changes the project's own folder, which the next run of it would use."""

import os

from tests.probes.inside import Facts, make, tried

HELD_BY = ("mounts", "uid")


def attempt(facts: Facts) -> str:
    return tried(
        {
            "create": make("/project/written"),
            "append": lambda: open("/project/main.py", "a"),
            "truncate": lambda: os.truncate("/project/main.py", 0),
            "rename": lambda: os.rename("/project/main.py", "/project/other.py"),
            "unlink": lambda: os.unlink("/project/main.py"),
            "chmod": lambda: os.chmod("/project/main.py", 0o777),
            "utime": lambda: os.utime("/project/main.py"),
            "link": lambda: os.link("/project/main.py", "/project/again.py"),
            "symlink": lambda: os.symlink("/etc", "/project/etc"),
            "mkdir": lambda: os.mkdir("/project/folder"),
            "setxattr": lambda: os.setxattr("/project/main.py", "user.probe", b"1"),
        }
    )
