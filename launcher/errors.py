"""What can go wrong while the platform is started; each message is a sentence for a person."""


class LauncherError(Exception):
    """Something could not be started; the message says what, why and what to do."""


class AlreadyRunning(LauncherError):
    """Another launcher holds this checkout's state."""


class ServiceFailed(LauncherError):
    """A service did not come up; the message ends with the last lines of its log."""


class Interrupted(Exception):
    """A signal asked the launcher to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number
