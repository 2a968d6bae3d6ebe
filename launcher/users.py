"""The unprivileged users that services run as when the launcher is root.

The numbers need no entry in /etc/passwd. They lie in 60578..61183, which login.defs, useradd and
systemd's dynamic users all leave alone, and each service has its own: the model server reads what
participants write, and must not be able to read the database.
"""

import os
import pwd

from launcher.errors import LauncherError

POSTGRES = 60999
VALKEY = 60998
MODEL = 60997


def dropped(uid: int) -> int | None:
    """The uid to drop to, or None where the launcher is not root and can't drop anything."""
    return uid if os.geteuid() == 0 else None


def named_user() -> int:
    """An unprivileged user that has a name on this machine; initdb refuses to run without one.

    Raises:
        LauncherError: there is none.
    """
    for name in ("nobody", "daemon", "bin"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return found.pw_uid
    raise LauncherError("PostgreSQL's files can't be made: /etc/passwd has no user nobody.")


def give(path: str | os.PathLike[str], uid: int | None) -> None:
    """Make a dropped user the owner of one file or folder; nothing without a user."""
    if uid is not None:
        os.chown(path, uid, uid, follow_symlinks=False)
