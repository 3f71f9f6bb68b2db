import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.domain.labelling import Label
from llmops.guard.quality.summary import CELLS, cell_of, summarise
from llmops.guard.quality.trials import Labelled, Trial


def trial(
    number: int, *, is_bad: bool, caught: bool | None, score: float = 1.0, group: str = "", label: str = "bad"
) -> Trial:
    case = Labelled(f"c{number}", "text", Label(label if is_bad else "benign", is_bad, False), group, f"c{number}")
    return Trial(case, caught, score if caught else 0.0, 0.001)


def trials(caught: int, missed: int, alarms: int, passed: int) -> list[Trial]:
    kinds = [(True, True)] * caught + [(True, False)] * missed + [(False, True)] * alarms + [(False, False)] * passed
    return [trial(number, is_bad=bad, caught=found) for number, (bad, found) in enumerate(kinds)]


def test_shares_have_wilsons_intervals() -> None:
    found = summarise(trials(8, 2, 1, 89))
    assert found.cells == {"caught": 8, "missed": 2, "false alarm": 1, "let through": 89, "error": 0}
    assert (found.recall.value, found.recall.n) == (0.8, 10)
    assert found.recall.low == pytest.approx(0.4902, abs=1e-4)
    assert found.recall.high == pytest.approx(0.9433, abs=1e-4)
    assert found.precision.value == pytest.approx(8 / 9)
    assert found.false_positives.value == pytest.approx(1 / 90)
    assert found.f1.value == pytest.approx(2 * 8 / (2 * 8 + 1 + 2))


@given(*[st.integers(0, 8)] * 4)
def test_f1_lies_in_its_interval_and_is_that_of_the_book(caught: int, missed: int, alarms: int, passed: int) -> None:
    if not caught + missed + alarms + passed:
        return
    found = summarise(trials(caught, missed, alarms, passed)).f1
    if not caught + missed + alarms:
        assert found.value is None
        return
    assert found.value == pytest.approx(2 * caught / (2 * caught + alarms + missed))
    if found.low is not None and found.high is not None and found.value is not None:
        assert 0 <= found.low <= found.value + 1e-9
        assert found.value <= found.high + 1e-9 <= 1 + 1e-8


def test_recall_at_1_percent_false_positives_takes_the_lowest_score_that_keeps_to_it() -> None:
    benign = [trial(n, is_bad=False, caught=n < 3, score=0.3 + n / 10) for n in range(200)]  # 0.3, 0.4, 0.5
    bad = [trial(1_000 + n, is_bad=True, caught=True, score=score) for n, score in enumerate((0.3, 0.35, 0.45, 0.9))]
    found = summarise([*benign, *bad]).at_limit
    assert found.threshold == 0.35
    assert (found.recall.value, found.reason) == (0.75, "")


def test_where_no_score_keeps_to_1_percent_it_is_said() -> None:
    found = summarise(trials(5, 5, 10, 90)).at_limit
    assert (found.recall.value, found.threshold) == (None, None)
    assert found.reason == "even the highest score catches more than 1 % of the benign texts"
    assert summarise(trials(0, 5, 0, 90)).at_limit.reason == "nothing is caught"
    assert "less than one" in summarise(trials(5, 5, 0, 50)).at_limit.reason


def test_groups_are_compared_with_the_others_and_corrected_for_their_number() -> None:
    made = [trial(n, is_bad=False, caught=n % 3 == 0, group="es") for n in range(60)]
    made += [trial(100 + n, is_bad=False, caught=n % 30 == 0, group="en") for n in range(60)]
    made += [trial(200 + n, is_bad=False, caught=n % 30 == 0, group="de") for n in range(60)]
    made += trials(5, 5, 0, 0)
    by_name = {group.name: group for group in summarise(made).groups}
    assert by_name["es"].rate.value == pytest.approx(1 / 3)
    assert by_name["es"].gap.mean == pytest.approx(1 / 3 - 1 / 30)
    assert by_name["es"].gap.p is not None
    assert by_name["es"].adjusted == pytest.approx(3 * by_name["es"].gap.p)
    assert (by_name["es"].adjusted or 1) < 0.001 < (by_name["en"].adjusted or 0)
    assert summarise(trials(1, 1, 1, 1)).groups == ()


def test_each_kind_of_bad_text_has_its_recall() -> None:
    made = [trial(n, is_bad=True, caught=n < 3, label="pii" if n % 2 else "attack") for n in range(8)]
    found = summarise([*made, *trials(0, 0, 0, 5)]).by_label
    assert {name: rate.value for name, rate in found.items()} == {"attack": 0.5, "pii": 0.25}


def test_errors_count_in_no_share() -> None:
    made = [*trials(4, 4, 0, 8), trial(99, is_bad=True, caught=None)]
    found = summarise(made)
    assert found.cells["error"] == 1
    assert found.recall.n == 8
    assert {cell_of(one) for one in made} == set(CELLS) - {"false alarm"}
    alone = summarise([trial(1, is_bad=True, caught=None), trial(2, is_bad=False, caught=None)])
    assert alone.recall.value is None
    assert alone.at_limit.reason == "there are no bad or no benign texts that could be judged"
    assert set(alone.seconds) == {"p50", "p95", "p99", "max"}
