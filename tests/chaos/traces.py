"""What a platform that was killed again and again has left on the machine."""

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path

from corral.sandbox.cgroups import Cgroups
from corral.sandbox.places import Place
from corral.sandbox.rooms import Rooms
from corral.sandbox.slots import abandoned, reserve_slot, slots_folder


def tidy_up(state: Path) -> None:
    """What the next worker of the machine does first: remove what dead ones left of sandboxes."""
    slots = slots_folder(state)
    slot = reserve_slot(slots, 0)
    asyncio.run(Cgroups.of_this_machine(slots).remove_abandoned(slot))
    Rooms.of(state, slot).prepare()


def left_of_sandboxes(state: Path) -> list[str]:
    """Control groups and rooms of workers that are no more; tidied up before, there are none."""
    slots = slots_folder(state)
    slot = reserve_slot(slots, 0)
    found = [*_groups(Cgroups.of_this_machine(slots).places.values())]
    if (rooms := Rooms.of(state, slot).folder).is_dir():
        found += rooms.glob("*-*-*")
    return [str(path) for path in found if _nobodys(slots, path, slot.number)]


def _groups(places: Iterable[Place]) -> Iterator[Path]:
    for place in set(places):
        yield from (each for each in place.folder.iterdir() if each.is_dir())


def _nobodys(slots: Path, path: Path, ours: int) -> bool:
    number = path.name.partition("-")[0]
    if not number.isdigit():
        return False
    if int(number) == ours:
        return True
    with abandoned(slots, int(number)) as free:
        return free


def left_in(folder: Path) -> list[str]:
    """What lies in a folder in which nothing should."""
    return sorted(str(path) for path in folder.glob("*"))
