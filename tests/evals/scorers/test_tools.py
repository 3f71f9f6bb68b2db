"""tool_calls: multisets of calls, exact and partial arguments, order, and what is empty."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.interaction import Reply, ToolCall
from llmops.domain.ports import Sample
from llmops.evals.scorers.tools import ToolCalls


def sample(made: list[Json], expected: Json) -> Sample:
    """Calls as `name` or `(name, arguments)`."""
    calls = tuple(
        ToolCall(name=call) if isinstance(call, str) else ToolCall(name=call[0], arguments=call[1]) for call in made
    )
    expectations = {} if expected is None else {"tool_calls": expected}
    return Sample(output="", expectations=expectations, reply=Reply(id="r", text="", tool_calls=calls))


def call(name: str, **arguments: Json) -> Json:
    return {"name": name, "arguments": arguments}


def test_calls_are_compared_as_a_multiset() -> None:
    scorer = ToolCalls()
    assert scorer.score(sample(["a", "b"], ["b", "a"])) == Score(
        value=1.0, passed=True, reason="2 of 2 expected, 0 others"
    )
    twice = scorer.score(sample(["a", "a"], ["a"]))
    assert twice.value == pytest.approx(2 / 3)
    assert (twice.passed, twice.reason) == (False, "1 of 1 expected, 1 others")
    assert scorer.score(sample(["a"], ["a", "a"])).value == pytest.approx(2 / 3)
    assert scorer.score(sample(["c"], ["a"])).value == 0.0


def test_an_extra_call_costs_precision_and_a_lacking_one_recall() -> None:
    extra, lacking = sample(["a", "b"], ["a"]), sample(["a"], ["a", "b"])
    assert ToolCalls(measure="precision").score(extra).value == 0.5
    assert ToolCalls(measure="recall").score(extra).value == 1.0
    assert ToolCalls(measure="precision").score(lacking).value == 1.0
    assert ToolCalls(measure="recall").score(lacking).value == 0.5


def test_arguments_are_exact_partial_or_ignored() -> None:
    asked = sample(
        [("search", {"query": "x", "k": 5.0, "filter": {"lang": "en", "year": 1}})], [call("search", query="x", k=5)]
    )
    assert ToolCalls().score(asked).value == 0.0
    assert ToolCalls(arguments="partial").score(asked).value == 1.0
    within = sample([("search", {"filter": {"lang": "en", "year": 1}})], [call("search", filter={"lang": "en"})])
    assert ToolCalls(arguments="partial").score(within).value == 1.0
    other = sample([("search", {"query": "y"})], [call("search", query="x")])
    assert ToolCalls(arguments="partial").score(other).value == 0.0
    assert ToolCalls(arguments="ignore").score(other).value == 1.0


def test_an_expected_call_without_arguments_takes_any() -> None:
    assert ToolCalls().score(sample([("a", {"x": 1})], ["a"])).value == 1.0
    assert ToolCalls().score(sample([("a", {"x": 1})], [call("a")])).value == 0.0
    assert ToolCalls().score(sample(["a"], [call("a")])).value == 1.0


def test_a_call_that_fits_two_is_given_to_the_one_that_has_no_other() -> None:
    made: list[Json] = [("a", {"x": 1, "y": 2}), ("a", {"x": 1})]
    expected = [call("a", x=1), call("a", y=2)]
    assert ToolCalls(arguments="partial").score(sample(made, expected)).value == 1.0


def test_order_matters_only_where_it_is_asked_for() -> None:
    swapped = sample(["b", "a", "c"], ["a", "b", "c"])
    assert ToolCalls().score(swapped).value == 1.0
    assert ToolCalls(ordered=True).score(swapped).value == pytest.approx(2 / 3)
    assert ToolCalls(ordered=True).score(sample(["a", "x", "b"], ["a", "b"])).value == pytest.approx(0.8)


def test_nothing_expected_and_nothing_made_is_right() -> None:
    assert ToolCalls().score(sample([], [])) == Score(value=1.0, passed=True, reason="0 calls, 0 expected")
    assert ToolCalls().score(sample(["a"], [])).value == 0.0
    assert ToolCalls().score(sample([], ["a"])).value == 0.0
    assert ToolCalls().score(sample(["a"], None)) == Score.not_applicable("no expectations.tool_calls")
    assert ToolCalls().score(Sample(output="", expectations={"tool_calls": []})).status == "missing"
    assert ToolCalls().score(sample(["a"] * 201, ["a"])).status == "missing"


@pytest.mark.parametrize("expected", ["search", [3], [{"arguments": {}}], [{"name": "a", "argument": {}}], [""]])
def test_calls_that_cannot_be_read_are_refused(expected: Json) -> None:
    with pytest.raises(InputError, match=r"expectations\.tool_calls") as caught:
        ToolCalls().score(sample(["a"], expected))
    assert caught.value.hint.startswith("Write tool_calls: [{name: search")


names = st.lists(st.sampled_from("abc"), max_size=6)


@given(made=names, expected=names)
@settings(max_examples=150, deadline=None)
def test_names_alone_give_the_f1_of_multisets(made: list[str], expected: list[str]) -> None:
    from collections import Counter

    shared = (Counter(made) & Counter(expected)).total()
    f1 = 2 * shared / (len(made) + len(expected)) if made or expected else 1.0
    free = ToolCalls().score(sample(list(made), list(expected)))
    assert free.value == pytest.approx(f1)
    in_order = ToolCalls(ordered=True).score(sample(list(made), list(expected)))
    assert in_order.value is not None
    assert in_order.value <= f1 + 1e-12
