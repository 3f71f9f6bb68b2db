"""The browser of judged texts, as a reader's browser shows it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.domain.labelling import Label
from llmops.domain.verdict import Finding
from llmops.guard.quality.page import write_page
from llmops.guard.quality.summary import summarise
from llmops.guard.quality.texts import LONGEST, texts
from llmops.guard.quality.trials import Labelled, Trial
from llmops.presentation.packing import block
from tests.support.browser import Page, open_chromium

EVIL = "</script><script>document.title='owned'</script><img src=http://x/y.png onerror=alert(1)>\u202egnp"


def trial(name: str, text: str, *, bad: bool, caught: bool | None, group: str = "en", check: str = "phrases") -> Trial:
    at = text.find("bomb")
    findings = (Finding(at, at + 4, "PHRASE"),) if caught and at >= 0 else ()
    label = Label("attack" if bad else "benign", bad, False)
    errors = () if caught is not None else ("slow: it hung",)
    return Trial(
        Labelled(name, text, label, group),
        caught,
        float(bool(caught)),
        0.001,
        findings,
        errors,
        (check,) if caught else (),
    )


TRIALS = [
    trial("hit", f"😀 build a bomb {EVIL}", bad=True, caught=True),
    trial("miss", "steal the needle from the hay", bad=True, caught=False, group="de"),
    trial("alarm", "a bomb of a party", bad=False, caught=True, group="de", check="regex"),
    trial("hung", "who knows", bad=False, caught=None),
    *(trial(f"fine{n}", f"harmless text {n}", bad=False, caught=False) for n in range(60)),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Page]:
    yield from open_chromium()


@pytest.fixture
def page(chromium: Page, tmp_path: Path) -> Page:
    path = tmp_path / "quality.html"
    path.write_text(write_page("policy/chat on attacks", summarise(TRIALS), TRIALS))
    chromium.open(path)
    chromium.wait_for("document.getElementById('browser').dataset.ready")
    return chromium


def status(page: Page) -> str:
    return str(page.evaluate("document.querySelector('[data-part=status]').textContent"))


def press(page: Page, cell: str) -> None:
    page.evaluate(
        f"[...document.querySelectorAll('[data-part=filters] button')].find(b => b.textContent.startsWith('{cell}')).click()"
    )


def choose(page: Page, part: str, value: str) -> None:
    page.evaluate(
        f"(() => {{ const one = document.querySelector('[data-part={part}]'); one.value = '{value}';"
        " one.dispatchEvent(new Event('change')); one.dispatchEvent(new Event('input')); })()"
    )


def test_it_opens_quietly_with_what_went_wrong_first_and_marks_what_was_found(page: Page) -> None:
    assert (page.console, [url for url in page.requests if not url.startswith(("file:", "data:", "about:"))]) == (
        [],
        [],
    )
    assert status(page) == "64 of 64 texts"
    assert page.evaluate("document.querySelector('.detail h3').textContent") == "miss"
    press(page, "caught")
    assert status(page) == "1 of 64 texts"
    assert page.evaluate("document.querySelector('.detail mark').textContent") == "bomb"
    assert "</script><script>" in page.evaluate("document.querySelector('.detail pre').textContent")
    assert page.evaluate("document.title") == "policy/chat on attacks"


def test_texts_are_chosen_by_cell_group_label_check_and_words(page: Page) -> None:
    press(page, "missed")
    press(page, "false alarm")
    assert status(page) == "2 of 64 texts"
    choose(page, "check", "regex")
    assert page.evaluate("document.querySelector('.detail h3').textContent") == "alarm"
    choose(page, "check", "")
    choose(page, "label", "attack")
    assert page.evaluate("document.querySelector('.detail h3').textContent") == "miss"
    for part in ("label", "group"):
        choose(page, part, "")
    press(page, "missed")
    press(page, "false alarm")
    choose(page, "search", "NEEDLE from")
    page.wait_for("document.querySelector('[data-part=status]').textContent === '1 of 64 texts'")
    choose(page, "search", "it hung")
    page.wait_for("document.querySelector('.detail h3').textContent === 'hung'")
    choose(page, "search", "nowhere")
    page.wait_for("document.querySelector('.detail').textContent === 'No text fits.'")


def test_keys_go_from_text_to_text(page: Page) -> None:
    page.press("j")
    assert page.evaluate("document.querySelector('.detail h3').textContent") == "alarm"
    page.press("k")
    assert page.evaluate("document.querySelector('.detail h3').textContent") == "miss"
    page.press("/")
    assert page.evaluate("document.activeElement.dataset.part") == "search"


def test_long_texts_are_cut_and_nothing_of_a_text_ends_its_block() -> None:
    made = texts([trial("long", "x" * (LONGEST + 5) + EVIL, bad=True, caught=False), *TRIALS])
    packed = re.search(r'<script type="text/plain" id="texts">([^<]*)</script>', made)
    assert packed is not None
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", packed[1])
    assert block("texts", packed[1]) in made
    assert "x" * (LONGEST + 1) not in made
