"""What the gateway knows about each task of a run."""

from dataclasses import dataclass

from corral.gateway.server import Gateway


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one task; both None where a call could not be told to belong to it."""

    prompt: int | None
    completion: int | None


@dataclass(frozen=True, slots=True)
class _Before:
    """The gateway's counts when a task was first given to the project."""

    unattributed: int
    refused: int


class Meter:
    """Tells the gateway which tasks the project holds, and reads what they used."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._before: dict[str, _Before] = {}

    def hold(self, key: str) -> None:
        """The project is given the task from now on."""
        if key not in self._before:
            self._before[key] = _Before(
                self._gateway.unattributed_calls, self._gateway.refused_calls
            )
        self._gateway.in_flight.add(key)

    def release(self, key: str) -> None:
        """The project holds the task no more."""
        self._gateway.in_flight.discard(key)

    def release_all(self) -> None:
        """The project is gone."""
        self._gateway.in_flight.difference_update(self._before)

    def tokens(self, key: str) -> Tokens:
        """What the task used so far, where that is certain: nothing else could be its own."""
        before = self._before.get(key)
        if before is None:
            return Tokens(0, 0)
        if self._gateway.unattributed_calls != before.unattributed:
            return Tokens(None, None)
        usage = self._gateway.usage_of(key)
        return Tokens(usage.prompt_tokens, usage.completion_tokens)

    def budget_refused(self, key: str) -> bool:
        """Whether the budget refused the task a call, or any call while it was in flight."""
        before = self._before.get(key)
        if key in self._gateway.budget_refused_keys:
            return True
        if before is None or not self._gateway.budget_refused:
            return False
        return self._gateway.refused_calls > before.refused

    def reasoning_cut(self, key: str) -> bool:
        """Whether an answer to the task was cut because its reasoning was over the cap."""
        return key in self._gateway.cut_reasoning_keys

    @property
    def troubled(self) -> bool:
        """Whether the platform has failed the project: what it does from now on means nothing."""
        return self._gateway.trouble is not None

    def check(self) -> None:
        """Raises UpstreamUnavailable when the model server has failed for good."""
        if self._gateway.trouble is not None:
            raise self._gateway.trouble
