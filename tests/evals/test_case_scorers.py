"""Scorers of single cases: one row a label, each case its own, and what would make a row mean two things."""

from pathlib import Path

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Case
from llmops.domain.ports import Embedder
from llmops.domain.suite import ScorerSpec
from llmops.evals.case_scorers import load_case_scorers, specs_of_cases
from llmops.evals.loading import Services, check_spec, load_scorers
from llmops.evals.scorers.text import Contains


def refuse_embedder() -> Embedder:
    raise AssertionError("nobody asked for the embedder")


SERVICES = Services(embedder=refuse_embedder, root=Path())


def spec(scorer: str, label: str = "", **arguments: Json) -> ScorerSpec:
    return ScorerSpec(scorer=scorer, label=label or scorer, arguments=arguments)


def case(name: str, *scorers: ScorerSpec) -> Case:
    return Case(id=name, inputs={"q": name}, scorers=scorers)


def test_each_case_has_its_own_and_each_label_one_row() -> None:
    tea, milk = (
        case("tea", spec("contains", value="tea")),
        case("milk", spec("contains", value="milk"), spec("is_json")),
    )
    rows = load_case_scorers([tea, milk, case("none")], SERVICES)
    assert [row.label for row in rows] == ["contains", "is_json"]
    own = rows[0].of_case(tea)
    assert own is not None
    assert own.scorer == Contains(value="tea")
    assert rows[1].of_case(tea) is None
    assert rows[0].of_case(case("none")) is None


def test_equal_scorers_are_loaded_once() -> None:
    first, second = case("a", spec("contains", value="x")), case("b", spec("contains", value="x"))
    (row,) = load_case_scorers([first, second], SERVICES)
    assert row.of_case(first) is row.of_case(second)
    assert row.variants == (row.of_case(first),)
    assert specs_of_cases([first, second]) == [spec("contains", value="x")]


def test_the_identity_of_a_row_is_that_of_the_scorer_and_not_of_its_arguments() -> None:
    (one,) = load_case_scorers([case("a", spec("contains", value="x"))], SERVICES)
    (other,) = load_case_scorers([case("a", spec("contains", value="y")), case("b", spec("contains"))], SERVICES)
    assert one.identity == other.identity
    (suites,) = load_scorers([spec("contains")], SERVICES)
    assert one.identity != suites.identity
    assert suites.of_case(case("a")) is suites


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ([case("a", spec("exact_match"))], "case 'a' has a scorer called 'exact_match', as the suite has"),
        (
            [case("a", spec("contains", "x")), case("b", spec("regex", "x"))],
            "case 'b': 'x' is regex here and contains elsewhere",
        ),
        ([case("a", spec("conatins"))], "case 'a': there is no scorer called 'conatins'"),
        ([case("a", spec("ndcg", k=0))], "case 'a': scorer 'ndcg': k is 0; it should be greater"),
    ],
)
def test_what_cannot_be_loaded_names_the_case(cases: list[Case], message: str) -> None:
    taken = load_scorers([spec("exact_match")], SERVICES)
    with pytest.raises(InputError, match=r"case '[ab]'") as caught:
        load_case_scorers(cases, SERVICES, taken=taken)
    assert message in caught.value.message
    assert caught.value.hint


def test_a_spec_is_checked_without_models_and_without_code_of_others() -> None:
    check_spec(spec("semantic_similarity"))
    check_spec(spec("nowhere.at_all:function"))
    with pytest.raises(InputError, match="there is no scorer called 'conatins'"):
        check_spec(spec("conatins"))
