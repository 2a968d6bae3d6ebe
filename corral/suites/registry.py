"""Every loader by the format that it reads from a folder or file alone."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from corral.errors import UserError
from corral.suites.base import LoadedSuite
from corral.suites.gsm8k import load_gsm8k
from corral.suites.native import load_suite

Loader: TypeAlias = Callable[[Path], LoadedSuite]

LOADERS: Mapping[str, Loader] = MappingProxyType({"native": load_suite, "gsm8k": load_gsm8k})


def loader_named(name: str) -> Loader:
    """The loader of that name.

    Raises:
        UserError: there is none.
    """
    try:
        return LOADERS[name]
    except KeyError:
        known = ", ".join(LOADERS)
        raise UserError(f'There is no suite format "{name}"; there are: {known}.') from None
