from llmops.domain.labelling import Label
from llmops.domain.verdict import Finding
from llmops.guard.quality.page import rates, write_page
from llmops.guard.quality.summary import summarise
from llmops.guard.quality.texts import SHOWN
from llmops.guard.quality.trials import Labelled, Trial


def made(number: int, text: str, *, is_bad: bool, caught: bool | None, group: str = "a") -> Trial:
    case = Labelled(f"c{number}", text, Label("attack" if is_bad else "benign", is_bad, False), group, f"c{number}")
    findings = (Finding(0, 3, "PHRASE"), Finding(0, len(text), "TOO_LONG")) if caught else ()
    return Trial(case, caught, float(bool(caught)), 0.001, findings, () if caught is not None else ("slow: it hung",))


def test_a_page_shows_the_texts_behind_each_number() -> None:
    trials = [
        made(1, "bad <script>alert(1)</script>", is_bad=True, caught=True),
        made(2, "missed attack", is_bad=True, caught=False),
        made(3, "bad luck", is_bad=False, caught=True, group="b"),
        made(4, "hello", is_bad=False, caught=False),
        made(5, "hung", is_bad=False, caught=None),
    ]
    page = write_page("policy/chat on attacks", summarise(trials), trials)
    assert "policy/chat on attacks" in page
    assert "missed attack" in page
    assert "<mark>bad</mark>" in page
    assert "TOO_LONG" in page
    assert "slow: it hung" in page
    assert "1 more, of which a check could not tell" in page
    assert "False positives by group" in page
    assert page.count("<script>") == 1  # ours
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_what_goes_wrong_stands_open_and_long_lists_are_cut() -> None:
    trials = [made(n, f"text {n}", is_bad=n % 2 == 0, caught=False) for n in range(2 * SHOWN + 20)]
    page = write_page("chat", summarise(trials), trials)
    assert page.count("<details open>") == 1
    assert page.count("and 10 more") == 2


def test_each_share_has_its_row() -> None:
    trials = [made(1, "a", is_bad=True, caught=True), made(2, "b", is_bad=False, caught=False)]
    assert [name for name, _ in rates(summarise(trials))] == [
        "precision", "recall", "F1", "false positives", "recall at 1 % false positives",
    ]  # fmt: skip
