import pytest

from llmops.core.errors import ExtraMissing
from llmops.text.language import detect_language, languages, rank_languages, require_detector


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The quick brown fox jumps over the lazy dog.", "en"), ("Ich hätte gern eine Rückgabe meiner Bestellung.", "de"),
        ("Je voudrais retourner ma commande, s'il vous plaît.", "fr"), ("注文を返品したいのですが。", "ja"),
    ],
)  # fmt: skip
def test_languages_are_told_apart(text: str, language: str) -> None:
    found, probability = detect_language(text)
    assert found == language
    assert 0.9 < probability <= 1


def test_languages_are_ranked_by_how_likely_they_are() -> None:
    ranked = rank_languages("Ich hätte gern eine Rückgabe meiner Bestellung.")
    assert next(iter(ranked)) == "de"
    assert sum(ranked.values()) == pytest.approx(1, abs=1e-3)


def test_many_languages_are_known_by_their_codes() -> None:
    assert {"en", "de", "fr", "es", "zh", "ja", "ar", "hi"} <= languages()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r'needs py3langid, which is not installed\npip install "llmops\[guard\]"'):
        require_detector()
