"""Scorers of how an answer is written: its length, how easily it reads, its language."""

import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import Field

from llmops.core.errors import InputError
from llmops.core.extras import require
from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.definition import Definition
from llmops.evals.scorers.expectations import accepted_texts
from llmops.text.sentences import sentences

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier
    from textstat.textstat import textstatistics

Formula: TypeAlias = Literal[
    "flesch_reading_ease", "flesch_kincaid_grade", "gunning_fog", "smog_index", "coleman_liau_index",
    "automated_readability_index", "dale_chall_readability_score", "wiener_sachtextformel", "gulpease_index",
    "fernandez_huerta",
]  # fmt: skip
_EASIER_WHEN_HIGHER: Final = ("flesch_reading_ease", "gulpease_index", "fernandez_huerta")
_LANGUAGES: Final = ("en", "de", "es", "fr", "it", "nl", "pl", "ru", "hu")
_CODE: Final = re.compile(r"[a-z]{2,3}")
_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True)
class Length(Definition):
    """Count how long the output is.

    Definition: the number of `of`: `words` (runs of letters and digits; hyphens and apostrophes within do not part them),
    `characters`, `sentences` or `lines` (those that are not blank). White space at the ends does not count. Bounds say what
    passes.
    Range: 0 and up; lower is better. Empty input: an empty output is 0.
    Source: the project's own.
    """

    of: Literal["words", "characters", "sentences", "lines"] = "words"
    name = "length"
    direction = "lower"
    range = None

    def score(self, sample: Sample) -> Score:
        """Count."""
        text = sample.output.strip()
        if self.of == "words":
            count = sum(1 for _ in _WORD.finditer(text))
        elif self.of == "characters":
            count = len(text)
        elif self.of == "sentences":
            count = len(list(sentences(text)))
        else:
            count = sum(1 for line in text.splitlines() if line.strip())
        return Score(value=float(count))


@dataclass(frozen=True)
class Readability(Definition):
    """Measure how easily the output reads.

    Definition: a readability formula (`measure`): `flesch_reading_ease` (the default; about 0 to 100), `flesch_kincaid_grade`,
    `gunning_fog`, `smog_index`, `coleman_liau_index`, `automated_readability_index`, `dale_chall_readability_score` (school
    years), `wiener_sachtextformel`, `gulpease_index` or `fernandez_huerta`. `language` (`en`, `de`, `es`, `fr`, `it`, `nl`,
    `pl`, `ru`, `hu`) sets its constants and how syllables are found.
    Range: none; higher is better for `flesch_reading_ease`, `gulpease_index` and `fernandez_huerta`, else lower is better.
    Empty input: an output without a word is missing. Texts of a sentence or two give wild numbers.
    Source: Flesch (1948, doi:10.1037/h0057532) and the others, as the library textstat 0.7.4 computes them; later releases
    download data.
    """

    measure: Formula = "flesch_reading_ease"
    language: Literal["en", "de", "es", "fr", "it", "nl", "pl", "ru", "hu"] = "en"
    name = "readability"
    range = None

    def __post_init__(self) -> None:
        require("textstat", "scorers", needed_for="readability")
        if self.measure not in _EASIER_WHEN_HIGHER:
            object.__setattr__(self, "direction", "lower")

    def score(self, sample: Sample) -> Score:
        """Apply the formula."""
        if not _WORD.search(sample.output):
            return Score.missing("the output has no words")
        formula = getattr(_statistics(self.language), self.measure)
        value = formula(sample.output, 1) if self.measure == "wiener_sachtextformel" else formula(sample.output)
        return Score(value=float(value))

    def dependencies(self) -> dict[str, Json]:
        """Return the version of textstat."""
        return {"library": f"textstat {version('textstat')}"}


@dataclass(frozen=True)
class Language(Definition):
    """Tell whether the output is in the language that it should be in.

    Definition: 1 if the likeliest of 139 languages is the expected one, or one of them, else 0. Languages are ISO 639-1 codes:
    `language`, or without it `expectations.language`. `among` lists the only languages that are considered, which helps with
    short texts.
    Range: 0 or 1; higher is better. Empty input: an output with fewer than `shortest` letters (20 by default) is missing, as
    nobody could tell; no language expected: not applicable.
    Source: Lui & Baldwin (2012, P12-3005): naive Bayes over byte n-grams, as the library py3langid has it, whose version is
    part of the identity.
    """

    language: str | list[str] | None = None
    among: list[str] | None = None
    shortest: Annotated[int, Field(ge=1)] = 20
    name = "language"

    def __post_init__(self) -> None:
        require("py3langid", "scorers", needed_for="language")
        wanted = accepted_texts({"language": self.language}, "language")
        for code in (*wanted, *(self.among or ())):
            _check_language(code)
        if self.among and not set(wanted) <= set(self.among):
            raise InputError(f"{self.language!r} is not among {', '.join(self.among)}", hint="Add it to `among`.")

    def score(self, sample: Sample) -> Score:
        """Tell the language of the output."""
        wanted = accepted_texts({"language": self.language}, "language") or accepted_texts(
            sample.expectations, "language"
        )
        if not wanted:
            return Score.not_applicable("no language, and no expectations.language")
        letters = sum(1 for character in sample.output if character.isalpha())
        if letters < self.shortest:
            return Score.missing(f"{letters} letters are too few to tell a language")
        identifier = _identifier(tuple(self.among or ()))
        for code in wanted:
            if code not in identifier.nb_classes:
                raise InputError(
                    f"{code!r} is no language that is told apart", hint="Write one of ISO 639-1, such as de."
                )
        found = str(identifier.classify(sample.output)[0])
        return Score(value=float(found in wanted), passed=found in wanted, label=found, reason=f"it is {found}")

    def dependencies(self) -> dict[str, Json]:
        """Return the version of py3langid."""
        return {"library": f"py3langid {version('py3langid')}"}


def _check_language(code: str) -> None:
    if not _CODE.fullmatch(code):
        raise InputError(f"{code!r} is no language code", hint="Write one of ISO 639-1, such as en or de.")


@lru_cache(maxsize=16)
def _identifier(among: tuple[str, ...]) -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    if among:
        try:
            identifier.set_languages(list(among))
        except ValueError as error:
            raise InputError(
                f"among has a language that is not told apart: {error}", hint="Such as: [en, de]."
            ) from error
    return identifier


@lru_cache(maxsize=len(_LANGUAGES))
def _statistics(language: str) -> "textstatistics":
    with warnings.catch_warnings():
        # It asks pkg_resources for its files, which says that it will be gone, and leaves the file of easy words open.
        warnings.simplefilter("ignore")
        from textstat.textstat import textstatistics

        statistics = textstatistics()
        statistics.set_lang(language)
        statistics.difficult_words("unproblematically")
    return statistics
