"""Data sets on the Hugging Face Hub, by the package huggingface_hub where it is installed."""

import importlib
from pathlib import Path
from typing import Any

from corral.errors import UserError
from corral.suites.known.base import Benchmark

_PACKAGE = "huggingface_hub"


def fetch_from_hub(benchmark: Benchmark, *, revision: str) -> Path:
    """The benchmark's first file, downloaded once and kept by that package.

    Raises:
        UserError: it isn't there, the package is not installed, or there is no network.
    """
    name = benchmark.source.name
    if benchmark.hub is None:
        raise UserError(f"{name} is not read from the Hugging Face Hub; give a path to its files.")
    try:
        hub: Any = importlib.import_module(_PACKAGE)
    except ImportError:
        raise UserError(
            f"To read {name} from the Hugging Face Hub install {_PACKAGE}, or give a path."
        ) from None
    try:
        path = hub.hf_hub_download(
            benchmark.hub.repository,
            benchmark.hub.path,
            repo_type="dataset",
            revision=revision,
        )
    except (
        Exception
    ) as error:  # that package raises a dozen kinds, those of its HTTP client among them
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"{name} can't be had from the Hugging Face Hub: {reason}.") from error
    return Path(path)
