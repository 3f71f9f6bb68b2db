"""The case browser, as a reader's browser shows it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.evals.compare import compare_runs
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.saving import save_report
from llmops.evals.reports.sections.cases import cases
from llmops.evals.reports.sections.section import Material
from tests.support.browser import Page, open_chromium
from tests.support.eval_runs import baseline, binary, contexts, dossier, loaded, observed, report, result

EVIL = "</script><script>document.title='owned'</script><img src=http://x/y.png onerror=alert(1)>\x1b[31m\u202egnp"
WORDS = "The alias moves [1] when every gate passes"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Page]:
    yield from open_chromium()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    after = [
        result(
            f"c{i:02}",
            Score(value=float(i % 4 > 0), passed=i % 4 > 0, reason=f"judged by {EVIL}"),
            repeat=r,
            metadata={"topic": "ab"[i % 2]},
            contexts=contexts("one needle" if i == 7 else "one", EVIL),
            output=EVIL if i == 5 else f"{WORDS} and that is {i} of {r}",
        )
        for r in range(2)
        for i in range(40)
    ]
    after += [result("lost", error="time-out"), result("open", None)]
    before = [result(f"c{i:02}", float(i % 3 > 0), output=f"{WORDS} but not that") for i in range(40)]
    found = report(after, refs={"app": "sha256:ab"}, suite=EVIL)
    comparison = compare_runs(observed(after), baseline(before), [loaded()])
    place = tmp_path_factory.mktemp("page") / "report.html"
    updated = found.model_copy(update={"comparison": comparison})
    save_report(Dossier(updated, lambda: iter(after), lambda: iter(before)), place)
    return place


@pytest.fixture
def page(chromium: Page, path: Path) -> Page:
    chromium.open(path)
    chromium.wait_for("document.getElementById('browser').dataset.ready")
    return chromium


def text_of(page: Page, part: str) -> str:
    return str(page.evaluate(f"document.querySelector('[data-part={part}]').innerText"))


def choose(page: Page, part: str, value: str) -> None:
    page.evaluate(
        f"(() => {{ const one = document.querySelector('[data-part={part}]'); one.value = '{value}';"
        " one.dispatchEvent(new Event('change')); one.dispatchEvent(new Event('input')); })()"
    )


def go_to(page: Page, name: str) -> None:
    page.evaluate(f"location.hash = '#case-{name}'")
    page.wait_for(f"document.querySelector('.detail h3')?.textContent === '{name}'")


def chosen(page: Page) -> Json:
    page.wait_for("document.querySelector('.detail h3')")
    return page.evaluate("document.querySelector('.detail h3').textContent")


def test_it_opens_without_a_complaint_and_asks_the_network_for_nothing(page: Page, path: Path) -> None:
    assert page.console == []
    assert [address for address in page.requests if address != path.resolve().as_uri()] == []
    assert "42 of 42 cases" in text_of(page, "status")
    assert chosen(page) == "lost"  # the worst one


def test_hostile_texts_are_shown_and_not_obeyed(page: Page) -> None:
    go_to(page, "c05")
    assert page.evaluate("document.title.startsWith('owned')") is False
    assert page.evaluate("document.querySelectorAll('img, .detail script').length") == 0
    told = text_of(page, "detail")
    assert "<img src=http://x/y.png onerror=alert(1)>" in told
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert page.console == []


def test_keys_lead_from_case_to_case_and_the_address_follows(page: Page) -> None:
    first = chosen(page)
    page.press("j")
    page.wait_for(f"document.querySelector('.detail h3').textContent !== '{first}'")
    second = chosen(page)
    assert page.evaluate("location.hash") == f"#case-{second}"
    page.press("k")
    page.wait_for(f"document.querySelector('.detail h3').textContent === '{first}'")
    page.evaluate("document.querySelector('[data-part=list]').focus()")
    page.press("ArrowDown")
    page.wait_for(f"document.querySelector('.detail h3').textContent === '{second}'")
    page.press("/")
    assert page.evaluate("document.activeElement.dataset.part") == "search"


def test_an_address_leads_to_its_case(chromium: Page, path: Path) -> None:
    chromium.open(path, "#case-c11")
    chromium.wait_for("document.querySelector('.detail h3')?.textContent === 'c11'")
    assert chromium.evaluate("document.querySelector('[aria-selected=true] .id').textContent") == "c11"


def test_answers_stand_side_by_side_with_their_differences(page: Page) -> None:
    go_to(page, "c01")
    told = page.evaluate("[...document.querySelectorAll('.detail .columns del')].map(one => one.textContent).join('')")
    assert told.split() == ["but", "not"]
    told = page.evaluate("[...document.querySelectorAll('.detail .columns ins')].map(one => one.textContent).join('')")
    assert told.split() == ["and", "is", "1", "of", "0"]


def test_a_citation_leads_to_its_context(page: Page) -> None:
    go_to(page, "c01")
    assert page.evaluate("[...document.querySelectorAll('[data-context]')].map(one => one.open)") == [True, False]
    page.evaluate("document.querySelector('.cite').click()")
    assert page.evaluate("document.activeElement.parentNode.dataset.context") == "1"


def test_repeats_are_shown_one_at_a_time(page: Page) -> None:
    go_to(page, "c01")
    assert "that is 1 of 0" in text_of(page, "detail")
    page.press("l")
    page.wait_for("document.querySelector('.detail').innerText.includes('that is 1 of 1')")


def test_filters_and_segments_narrow_the_list(page: Page) -> None:
    page.evaluate("document.querySelector('[data-flag=failed]').click()")
    assert "11 of 42 cases" in text_of(page, "status")
    page.evaluate("document.querySelector('[data-flag=changed]').click()")
    assert "6 of 42 cases" in text_of(page, "status")
    page.evaluate("for (const one of document.querySelectorAll('[data-flag][aria-pressed=true]')) one.click()")
    choose(page, "segment", "0:1")
    assert "20 of 42 cases" in text_of(page, "status")


def test_search_finds_names_inputs_and_what_only_the_texts_say(page: Page) -> None:
    choose(page, "search", "about lost")
    page.wait_for("document.querySelector('[data-part=status]').innerText.startsWith('1 of')")
    assert chosen(page) == "lost"
    choose(page, "search", "NEEDLE")
    page.wait_for("document.querySelector('.detail h3')?.textContent === 'c07'")
    choose(page, "search", "no such thing")
    page.wait_for("document.querySelector('.detail').innerText === 'No case fits.'")


def test_orders_put_other_cases_first(page: Page) -> None:
    choose(page, "order", "name")
    assert page.evaluate("document.querySelector('.row .id').textContent") == "c00"
    choose(page, "order", "gain")
    assert page.evaluate("document.querySelector('.row .tail').textContent") == "▲"


def test_it_fits_a_phone(page: Page) -> None:
    page.resize(390, 844)
    try:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    finally:
        page.resize(1280, 900)


def test_without_a_script_the_worst_answers_are_there() -> None:
    section = cases(Material.of(dossier([result(f"c{i:04}", 0.0) for i in range(500)])))
    assert section is not None
    static = section.body.split("<noscript>")[1].split("</noscript>")[0]
    assert static.count("<details") == 20
    assert "20 answers of 500, worst first" in static
    good = cases(Material.of(dossier(binary(20, 0))))
    assert good is not None
    assert "No answer failed, fell short" in good.body
    assert cases(Material.of(dossier([]))) is None


def test_what_is_cut_is_said() -> None:
    section = cases(Material.of(dossier(binary(20, 0))))
    assert section is not None
    assert "Texts longer than 8,000 characters are cut here" in section.body
    assert "llmops runs export run-1 -o report.json" in section.body
