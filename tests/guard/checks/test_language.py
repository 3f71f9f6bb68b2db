import pytest

from llmops.core.errors import InputError
from llmops.guard.checks.language import Language
from tests.support.guarded import noted, subject

GERMAN = "Ich hätte gern eine Rückgabe meiner Bestellung vom letzten Montag."


def test_other_languages_are_found() -> None:
    assert noted(Language(allow=("en",)), subject(GERMAN)) == [("LANGUAGE", "written in de")]
    assert noted(Language(allow=("en", "de")), subject(GERMAN)) == []


def test_languages_that_are_hard_to_tell_apart_are_all_other_ones() -> None:
    indonesian = "Menimbang bahwa pengertian umum tentang hak-hak dan kebebasan-kebebasan"
    assert noted(Language(allow=("en",)), subject(indonesian))
    assert noted(Language(allow=("id",)), subject(indonesian)) == []


def test_too_little_text_says_nothing() -> None:
    assert noted(Language(allow=("en",)), subject("Guten Tag")) == []


def test_a_code_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="'english' is no language that can be told"):
        Language(allow=("english",))
