"""Assertions as scorers."""

from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.promptfoo_scorers import Scorers, convert_assertions
from llmops.registry.exchange.foreign.promptfoo_tests import Assertion, Test
from tests.support.conversions import told


def convert(*tests: list[tuple[str, Json] | tuple[str, Json, float | None]]) -> tuple[Scorers, list[str]]:
    """Convert tests that are lists of assertions; the line of an assertion is test times ten plus its place."""
    conversion = Conversion()
    made = []
    for number, listed in enumerate(tests, 1):
        assertions = tuple(
            Assertion(item[0], item[1], item[2] if len(item) == 3 else None, "c.yaml", number * 10 + place)
            for place, item in enumerate(listed)
        )
        made.append(Test("c.yaml", number * 10, "", {}, assertions, {}))
    return convert_assertions(conversion, made), told(conversion)


TAKEN = "it has no text that a scorer could use, or another assertion has taken the answer of its case"


def test_what_each_test_expects_for_itself_is_its_answer() -> None:
    found, remarks = convert([("contains", "a")], [("contains", "b")], [])
    assert found.scorers == ["contains"]
    assert found.expectations == [{"answer": "a"}, {"answer": "b"}, {}]
    assert remarks == []


def test_what_all_tests_share_is_a_scorer_with_its_value() -> None:
    shared: list[tuple[str, Json] | tuple[str, Json, float | None]] = [
        ("not-icontains", "as an ai"), ("latency", None, 1500), ("cost", None, 0.01), ("icontains", "thanks"),
        ("contains-all", ["x", "y"]), ("regex", "[a-z]+"), ("is-json", {"type": "object"}), ("starts-with", "1."),
    ]  # fmt: skip
    found, remarks = convert(shared, shared)
    assert found.scorers == [
        {"not_contains": {"value": "as an ai", "ignore_case": True}},
        {"latency": {"max": 1.5}},
        {"cost": {"max": 0.01}},
        {"contains": {"value": "thanks", "ignore_case": True}},
        {"contains_all": {"value": ["x", "y"]}},
        {"regex": {"pattern": "[a-z]+"}},
        {"json_schema": {"schema": {"type": "object"}}},
        {"starts_with": {"value": "1."}},
    ]
    assert found.expectations == [{}, {}]
    assert remarks == []


def test_kinds_that_expect_the_same_share_the_answer() -> None:
    found, remarks = convert(
        [("equals", "a"), ("similar", "a", 0.8)], [("equals", "b"), ("similar", "b", 0.8)], [("regex", "c")]
    )
    assert found.scorers == ["exact_match", {"semantic_similarity": {"min": 0.8}}, "regex"]
    assert found.expectations == [{"answer": "a"}, {"answer": "b"}, {"pattern": "c"}]
    assert remarks == []


def test_measures_of_overlap_compare_with_the_answer_by_promptfoos_own_thresholds() -> None:
    found, remarks = convert([("rouge-n", "a"), ("bleu", "a", 0.3)], [("rouge-n", "b"), ("bleu", "b", 0.3)])
    assert found.scorers == [{"rouge_1": {"min": 0.75}}, {"bleu": {"min": 0.3}}]
    assert found.expectations == [{"answer": "a"}, {"answer": "b"}]
    assert remarks == []


def test_the_commonest_kind_is_the_suites_and_the_others_are_of_their_cases() -> None:
    found, remarks = convert(
        [("contains", "a")], [("contains", "b"), ("equals", "c.")], [("equals", "d")], [("contains", "e")]
    )
    assert found.scorers == ["contains"]
    assert found.expectations == [{"answer": "a"}, {"answer": "b"}, {}, {"answer": "e"}]
    assert found.of_cases == [
        [],
        [{"regex": {"name": "equals", "pattern": r"c\.", "full": True}}],
        [{"regex": {"name": "equals", "pattern": "d", "full": True}}],
        [],
    ]
    assert remarks == []


def test_a_second_expectation_of_one_kind_is_a_scorer_of_its_case() -> None:
    found, remarks = convert([("contains", "a"), ("contains", "b"), ("contains", "z")], [("contains", "c")])
    assert found.expectations == [{"answer": "a"}, {"answer": "c"}]
    assert found.of_cases == [
        [{"contains": {"name": "own_contains", "value": "b"}}, {"contains": {"name": "own_contains_2", "value": "z"}}],
        [],
    ]
    assert remarks == []


def test_what_a_single_test_asserts_is_a_scorer_of_its_case() -> None:
    found, remarks = convert(
        [
            ("not-contains", "x"), ("icontains-all", ["a", "b"]), ("starts-with", "Dear"), ("latency", None, 2000),
            ("is-xml", {"requiredElements": ["order.item"]}), ("is-sql", None), ("is-refusal", None),
        ],
        [],
    )  # fmt: skip
    assert found.of_cases[0] == [
        {"not_contains": {"value": "x"}},
        {"contains_all": {"value": ["a", "b"], "ignore_case": True}},
        {"starts_with": {"value": "Dear"}},
        {"latency": {"max": 2.0}},
        {"xml_valid": {"elements": ["order/item"]}},
        {"sql_valid": {}},
        {"refusal": {"min": 1}},
    ]
    assert remarks == []


def test_what_a_model_judges_is_a_judged_scorer() -> None:
    found, remarks = convert(
        [("llm-rubric", "Is kind."), ("answer-relevance", None, 0.8)],
        [("llm-rubric", "Is short.", 0.5), ("answer-relevance", None, 0.8)],
    )
    assert found.scorers == [{"answer_relevancy": {"min": 0.8}}]
    assert found.of_cases == [
        [{"rubric": {"criteria": "Is kind."}}],
        [{"rubric": {"criteria": "Is short.", "min": 0.5}}],
    ]
    assert remarks == []


def test_a_text_to_be_similar_to_has_no_place_beside_another_answer() -> None:
    _, remarks = convert([("contains", "a"), ("similar", "b")], [("contains", "c")])
    assert remarks == [f"c.yaml:11: the assertion `similar` was left out: {TAKEN}"]


def test_any_of_several_answers_is_a_list() -> None:
    found, _ = convert([("icontains-any", ["a", "b"])], [("icontains-any", ["c"])])
    assert found.scorers == [{"contains": {"ignore_case": True}}]
    assert found.expectations == [{"answer": ["a", "b"]}, {"answer": ["c"]}]


def test_is_json_without_a_schema_allows_any() -> None:
    found, _ = convert([("is-json", None)], [])
    assert found.scorers == ["json_schema"]
    assert found.expectations == [{"schema": True}, {}]


def test_what_is_no_scorer_is_told() -> None:
    found, remarks = convert(
        [
            ("python", "be kind"), ("javascript", "output"), ("regex", "(?=look)"), ("equals", {"a": 1}),
            ("contains", "file://x.txt"), ("contains", "{{ other }}"),
        ],
        [],
    )  # fmt: skip
    assert found.scorers == []
    assert [remark.removeprefix("c.yaml:") for remark in remarks] == [
        "10: the assertion `python` was left out: there is no such scorer",
        "11: the assertion `javascript` was left out: there is no such scorer",
        "12: the assertion `regex` was left out: the pattern '(?=look)' is none of RE2",
        "13: the assertion `equals` was left out: its value is no text",
        "14: the assertion `contains` was left out: its value is in file://x.txt",
        "15: the assertion `contains` was left out: its value is a template",
    ]


def test_weights_and_transforms_are_told() -> None:
    conversion = Conversion()
    weighed = Assertion("contains", "a", None, "c.yaml", 1, ("weight",))
    changed = Assertion("contains", "a", None, "c.yaml", 2, ("transform",))
    convert_assertions(conversion, [Test("c.yaml", 1, "", {}, (weighed, changed), {})])
    assert told(conversion) == [
        "c.yaml:1: the weight of `contains` was left out; scorers are counted one by one",
        "c.yaml:2: the assertion `contains` was left out: it transforms the output first",
    ]
