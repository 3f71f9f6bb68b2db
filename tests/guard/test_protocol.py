"""Every detector keeps the promises that streaming rests on."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.guard.checks.injection import Injection
from llmops.guard.checks.invisible import Invisible
from llmops.guard.checks.phrases import Phrases
from llmops.guard.checks.pii import Pii
from llmops.guard.checks.regex import Regex
from llmops.guard.checks.secrets import Secrets
from llmops.guard.checks.urls import Urls
from llmops.guard.normalise.prose import plain_prose
from llmops.guard.protocol import Calming, Detector
from tests.support.detectors import PROSE, TEXTS, assert_calm, assert_in_reach, assert_local, assert_stable

DETECTORS: Mapping[str, Detector] = {
    "pii": Pii(),
    "secrets": Secrets(),
    "phrases": Phrases(phrases=("kill switch", "previous instructions", "日本")),
    "injection": Injection(),
    "invisible": Invisible(),
    "urls": Urls(allow=("example.com",)),
    "regex": Regex(pattern=r"ACME-\d{1,8}|x{3,60}"),
}


@pytest.mark.parametrize("name", DETECTORS)
@given(text=TEXTS, share=st.floats(0, 1))
def test_findings_before_the_tail_are_final(name: str, text: str, share: float) -> None:
    assert_stable(DETECTORS[name], text, int(share * len(text)))


@pytest.mark.parametrize("name", DETECTORS)
@given(text=TEXTS, share=st.floats(0, 1))
def test_what_was_emitted_can_be_forgotten(name: str, text: str, share: float) -> None:
    assert_local(DETECTORS[name], text, int(share * len(text)))


@pytest.mark.parametrize("name", DETECTORS)
@given(text=PROSE)
def test_prose_that_holds_nothing_for_a_detector_is_told_at_a_glance(name: str, text: str) -> None:
    detector = DETECTORS[name]
    assert isinstance(detector, Calming)
    assert_calm(detector, text)


@pytest.mark.parametrize("name", DETECTORS)
def test_ordinary_prose_is_calm(name: str) -> None:
    detector, prose = DETECTORS[name], plain_prose("I will have sent your parcel in 12 days, as we sai")
    assert isinstance(detector, Calming)
    assert prose is not None
    assert detector.calm(prose, prose.edge) >= 0


@pytest.mark.parametrize("name", DETECTORS)
@given(text=TEXTS)
def test_findings_lie_in_the_text_and_in_reach(name: str, text: str) -> None:
    assert_in_reach(DETECTORS[name], text)
