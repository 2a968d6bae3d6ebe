"""What can go wrong in the engine, told apart by whose doing it is."""


class CorralError(Exception):
    """Base of every error that the engine raises on purpose."""


class UserError(CorralError):
    """Caused by what a person gave us; the message is one sentence that they can act on."""


class ProjectRefused(UserError):
    """An archive, a manifest or a suite that breaks a rule; `problems` lists every sentence."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class PolicyRefused(UserError):
    """A value of a policy that breaks its rule; the message names it."""


class EnvironmentFailed(UserError):
    """The packages that a project requires cannot be had; the message says why and what to do."""


class PlatformError(CorralError):
    """The platform's fault: never a verdict; the attempt is retried and costs the team nothing."""


class SandboxUnavailable(PlatformError):
    """The sandbox could not be started as the policy demands."""


class EnvironmentUnavailable(PlatformError):
    """An environment could not be built, and not by the project's doing: an index that is away."""


class UpstreamUnavailable(PlatformError):
    """The model server refused, was too slow or died before it answered."""
