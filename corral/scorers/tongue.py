"""Sentences, words and languages, as IFEval tells them apart: by NLTK's Punkt and by langdetect.

The libraries and their models are loaded when they are first needed, since they take a second.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

MAX_CHARACTERS = 30_000  # of a text, for they take up to 0.4 s for these
_SEED = 0


def sentences(text: str) -> Sequence[str]:
    """The sentences of a text's beginning, by Punkt (Kiss and Strunk 2006) trained on English."""
    found: list[str] = _splitter().tokenize(text[:MAX_CHARACTERS])
    return found


def words(text: str) -> list[str]:
    """The words and signs of a text's beginning, as by NLTK's `word_tokenize`."""
    tokenizer = _tokenizer()
    return [str(word) for sentence in sentences(text) for word in tokenizer.tokenize(sentence)]


def language(text: str) -> str | None:
    """The ISO 639-1 code (with a country for Chinese) of a text's language; None: no telling.

    langdetect draws by lot where it is unsure, and IFEval lets it: here the lot is always the same.
    """
    from langdetect.lang_detect_exception import LangDetectException

    detector = _detectors().create()
    try:
        detector.append(text[:MAX_CHARACTERS])
        return str(detector.detect())
    except (LangDetectException, ZeroDivisionError):
        return None


@cache
def _splitter() -> Any:
    import punkt
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    # NLTK fetches its model from the network; a package carries the same numbers.
    model = punkt.load_model("english")
    parameters = PunktParameters()
    parameters.abbrev_types = set(model.abbrev_types)
    parameters.collocations = set(model.collocations)
    parameters.sent_starters = set(model.sent_starters)
    parameters.ortho_context.update(model.ortho_context)
    return PunktSentenceTokenizer(parameters)


@cache
def _tokenizer() -> Any:
    from nltk.tokenize.destructive import NLTKWordTokenizer

    return NLTKWordTokenizer()


@cache
def _detectors() -> Any:
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    factory.seed = _SEED
    factory.load_profile(PROFILES_DIRECTORY)
    return factory
