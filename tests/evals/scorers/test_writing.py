"""length, readability, language: counts by hand, the library's own numbers, and what nobody could tell."""

import importlib.util
import warnings

import pytest

from llmops.core.errors import ExtraMissing, InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.writing import Language, Length, Readability

TEXT = "It's a well-known fact. Books can be returned!\n\nWithin 30 days.\n"


def sample(output: str, language: Json = None) -> Sample:
    return Sample(output=output, expectations={} if language is None else {"language": language})


def test_length_counts_what_is_asked_for() -> None:
    assert Length().score(sample(TEXT)) == Score(value=11.0)
    assert Length(of="characters").score(sample(" abc\n")).value == 3.0
    assert Length(of="sentences").score(sample(TEXT)).value == 3.0
    assert Length(of="lines").score(sample(TEXT)).value == 2.0
    assert Length().score(sample("")).value == 0.0
    assert (Length().direction, Length().range) == ("lower", None)


def test_readability_is_flesch_by_hand() -> None:
    """Six words in one sentence, each of one syllable."""
    assert Readability().score(sample("The cat sat on the mat.")).value == pytest.approx(
        206.835 - 1.015 * 6 - 84.6, abs=0.01
    )


def test_readability_is_textstats() -> None:
    text = (
        "Playing games has always been thought to be important to the development of children. It teaches them rules."
    )
    ours = [
        Readability(measure="gunning_fog").score(sample(text)).value,
        Readability(measure="smog_index").score(sample(text)).value,
        Readability(language="de").score(sample(text)).value,
        Readability(measure="wiener_sachtextformel", language="de").score(sample(text)).value,
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from textstat.textstat import textstatistics

        english, german = textstatistics(), textstatistics()
        english.set_lang("en")
        german.set_lang("de")
        theirs = [
            english.gunning_fog(text),
            english.smog_index(text),
            german.flesch_reading_ease(text),
            german.wiener_sachtextformel(text, 1),
        ]
    assert ours == theirs


def test_a_grade_is_better_when_lower_and_ease_when_higher() -> None:
    assert Readability().direction == "higher"
    assert Readability(measure="gulpease_index", language="it").direction == "higher"
    assert Readability(measure="flesch_kincaid_grade").direction == "lower"


def test_readability_names_the_release_it_depends_on() -> None:
    assert Readability().dependencies() == {"library": "textstat 0.7.4"}


@pytest.mark.parametrize("text", ["", "  \n", "?!", "—"])
def test_without_words_nothing_reads(text: str) -> None:
    assert Readability().score(sample(text)) == Score.missing("the output has no words")


ENGLISH = "You can return a book within thirty days."
GERMAN = "Bücher können innerhalb von dreißig Tagen zurückgegeben werden."


def test_language_is_the_expected_one_or_not() -> None:
    assert Language(language="en").score(sample(ENGLISH)) == Score(
        value=1.0, passed=True, label="en", reason="it is en"
    )
    assert Language(language="en").score(sample(GERMAN)) == Score(
        value=0.0, passed=False, label="de", reason="it is de"
    )
    assert Language(language=["fr", "de"]).score(sample(GERMAN)).value == 1.0
    assert Language().score(sample(GERMAN, "de")).value == 1.0
    assert Language(among=["en", "fr"], language="en").score(sample(ENGLISH)).value == 1.0


def test_a_short_text_is_missing_and_not_wrong() -> None:
    assert Language(language="en").score(sample("Yes.")) == Score.missing("3 letters are too few to tell a language")
    assert Language(language="en", shortest=3).score(sample("Yes.")).status == "scored"
    assert Language().score(sample(ENGLISH)) == Score.not_applicable("no language, and no expectations.language")


def test_a_language_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="'English' is no language code") as caught:
        Language(language="English")
    assert caught.value.hint == "Write one of ISO 639-1, such as en or de."
    with pytest.raises(InputError, match="'qq' is no language that is told apart"):
        Language(language="qq").score(sample(ENGLISH))
    with pytest.raises(InputError, match="among has a language that is not told apart"):
        Language(language="en", among=["en", "qq"]).score(sample(ENGLISH))
    with pytest.raises(InputError, match="'de' is not among en, fr"):
        Language(language="de", among=["en", "fr"])


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for scorer, library in ((Readability, "textstat"), (Language, "py3langid")):
        with pytest.raises(ExtraMissing, match=f"needs {library}, which is not installed") as caught:
            scorer()
        assert caught.value.hint == 'pip install "llmops[scorers]"'
