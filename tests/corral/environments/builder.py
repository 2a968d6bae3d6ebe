"""A worker's process that builds one environment and says so: state, index, uid, lines."""

import asyncio
import sys
from pathlib import Path

from tests.corral.environments.yard import Yard
from tests.fakes.index import Index


async def main() -> None:
    state, port, uid, *lines = sys.argv[1:]
    yard = Yard(Path(state), Index(port=int(port)), int(uid) if uid != "None" else None)
    async with yard.environments.held(lines, uid=yard.uid) as environment:
        print("built" if environment.built else "found", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    asyncio.run(main())
