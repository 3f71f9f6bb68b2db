"""Which language a text is written in, by the statistics of its letters (py3langid)."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Protocol, cast

from llmops.core.extras import require


class _Identifier(Protocol):
    @property
    def labels(self) -> Iterable[str]: ...

    def classify(self, text: str, /) -> tuple[str, float]: ...

    def rank(self, text: str, /) -> Iterable[tuple[str, float]]: ...


def detect_language(text: str) -> tuple[str, float]:
    """The most likely language and how likely it is, from 0 to 1, given that it is one that can be told apart.

    Raises:
        ExtraMissing: py3langid is not installed.
    """
    language, probability = _identifier().classify(text)
    return language, float(probability)


def rank_languages(text: str) -> Mapping[str, float]:
    """How likely each language is, from 0 to 1, the most likely first.

    Raises:
        ExtraMissing: py3langid is not installed.
    """
    return {language: float(probability) for language, probability in _identifier().rank(text)}


def languages() -> frozenset[str]:
    """The languages that can be told apart, as codes of ISO 639-1, or 639-3 where there is no shorter one."""
    return frozenset(_identifier().labels)


def require_detector() -> None:
    """Raise ExtraMissing unless languages can be detected."""
    require("py3langid", "guard", needed_for="telling languages apart")


@cache
def _identifier() -> _Identifier:
    require_detector()
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return cast(_Identifier, LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))
