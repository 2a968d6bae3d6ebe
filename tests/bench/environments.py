"""What an environment costs a run: built anew, and found; without an index's network in it."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from corral.environments.build import Bounds
from corral.environments.environments import Environments
from corral.environments.order import Base, Source
from corral.sandbox.slots import reserve_slot, slots_folder
from tests.fakes.index import serving_index

MODULES = 50  # to be compiled, in each package


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds, one sample for each round."""

    miss_ms: list[float]
    hit_ms: list[float]


async def measure_environments(interpreter: Path, *, rounds: int) -> Times:
    """Build and then find an environment of two small packages, `rounds` times, another each time.

    The index is a server of this process on the loopback: what a real one costs comes on top.
    """
    times = Times([], [])
    with tempfile.TemporaryDirectory() as folder, serving_index() as index:
        state = Path(folder)
        state.chmod(0o755)
        slot = reserve_slot(slots_folder(state), 0)
        environments = Environments(
            state, interpreter, Base(), Source(index.url), Bounds(), cache_bytes=10**9
        )
        files = {f"first/part{number}.py": "value = 1\n" for number in range(MODULES)}
        index.add("second")
        for turn in range(rounds):
            index.add("first", f"1.{turn}", files=files, requires=["second"])
            for samples in (times.miss_ms, times.hit_ms):
                began = time.perf_counter()
                async with environments.held([f"first==1.{turn}"], uid=slot.uid):
                    samples.append((time.perf_counter() - began) * 1000)
    return times
