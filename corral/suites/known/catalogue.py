"""Every known benchmark by the name of its suite."""

from collections.abc import Mapping
from types import MappingProxyType

from corral.errors import UserError
from corral.suites.known.aqua import AQUA
from corral.suites.known.base import Benchmark
from corral.suites.known.bbh import BBH
from corral.suites.known.bfcl import BFCL_SIMPLE
from corral.suites.known.cruxeval import CRUXEVAL_INPUT, CRUXEVAL_OUTPUT
from corral.suites.known.gsm8k import GSM8K
from corral.suites.known.humaneval import HUMANEVAL
from corral.suites.known.svamp import SVAMP

_ALL = (GSM8K, SVAMP, AQUA, *BBH, HUMANEVAL, CRUXEVAL_OUTPUT, CRUXEVAL_INPUT, BFCL_SIMPLE)
BENCHMARKS: Mapping[str, Benchmark] = MappingProxyType({one.slug: one for one in _ALL})


def benchmark_named(slug: str) -> Benchmark:
    """The benchmark of that name.

    Raises:
        UserError: there is none.
    """
    try:
        return BENCHMARKS[slug]
    except KeyError:
        known = ", ".join(BENCHMARKS)
        raise UserError(f'There is no known benchmark "{slug}"; there are: {known}.') from None
