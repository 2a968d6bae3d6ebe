"""Every loader by the format that it reads from a folder or file alone."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from corral.errors import UserError
from corral.suites.base import LoadedSuite
from corral.suites.ifeval import load_ifeval, load_ifeval_loose
from corral.suites.inspect_samples import load_inspect
from corral.suites.known.catalogue import BENCHMARKS
from corral.suites.known.load import load_benchmark
from corral.suites.lm_eval import load_lm_eval
from corral.suites.model_written import load_model_written
from corral.suites.native import load_suite
from corral.suites.openai_evals import load_openai_evals
from corral.suites.plain import load_plain

Loader: TypeAlias = Callable[[Path], LoadedSuite]

FORMATS: Mapping[str, Loader] = MappingProxyType(
    {
        "native": load_suite,
        "inspect": load_inspect,
        "openai-evals": load_openai_evals,
        "lm-eval": load_lm_eval,
        "ifeval": load_ifeval,
        "ifeval-loose": load_ifeval_loose,
        "model-written": load_model_written,
        "plain": load_plain,
    }
)
LOADERS: Mapping[str, Loader] = MappingProxyType(
    {**FORMATS, **{name: partial(load_benchmark, one) for name, one in BENCHMARKS.items()}}
)


def loader_named(name: str) -> Loader:
    """The loader of that name: of a format, or of a known benchmark.

    Raises:
        UserError: there is none.
    """
    try:
        return LOADERS[name]
    except KeyError:
        known = ", ".join(LOADERS)
        raise UserError(f'There is no suite format "{name}"; there are: {known}.') from None
