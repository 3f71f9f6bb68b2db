"""The filter language: what it means, and where it stops being one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.core.errors import InputError
from llmops.domain.run_query import Both, Comparison, Condition, Either, Negation, RunField, RunOrder
from llmops.tracking.filters import parse_filter, parse_order

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MARCH, TODAY = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
AUC, LR = RunField("metrics", "auc"), RunField("params", "lr")
STATUS, STARTED, NAME = (RunField("attributes", key) for key in ("status", "started_at", "name"))


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("", None),
        ("metrics.auc > 0.9", Comparison(AUC, ">", 0.9)),
        ("metric.auc>=-1e-3", Comparison(AUC, ">=", -0.001)),
        ("params.lr = '0.1'", Comparison(LR, "=", "0.1")),
        ("params.lr == 0.1", Comparison(LR, "=", 0.1)),
        ('parameters.lr <> "0.1"', Comparison(LR, "!=", "0.1")),
        ("metrics.train.loss < 1", Comparison(RunField("metrics", "train.loss"), "<", 1.0)),
        ("metrics.`val loss` < 1", Comparison(RunField("metrics", "val loss"), "<", 1.0)),
        ("metrics.val/loss < 1", Comparison(RunField("metrics", "val/loss"), "<", 1.0)),
        ("tags.team like 'it''s%'", Comparison(RunField("tags", "team"), "like", "it's%")),
        ("status IN ('finished', 'failed')", Comparison(STATUS, "in", ("finished", "failed"))),
        ("attributes.status not in ('failed')", Comparison(STATUS, "not in", ("failed",))),
        ("run_name = 'x'", Comparison(NAME, "=", "x")),
        ("started_at > '2026-03-01'", Comparison(STARTED, ">", MARCH)),
        ("start_time >= '12h'", Comparison(STARTED, ">=", TODAY)),
    ],
)
def test_what_a_filter_means(text: str, condition: Condition | None) -> None:
    assert parse_filter(text, now=NOW) == condition


def test_and_binds_more_than_or_and_not_most_of_all() -> None:
    a, b, c = (Comparison(RunField("tags", key), "=", "1") for key in "abc")
    assert parse_filter("tags.a='1' or tags.b='1' AND not tags.c='1'") == Either((a, Both((b, Negation(c)))))
    assert parse_filter("(tags.a='1' or tags.b='1') and tags.c='1'") == Both((Either((a, b)), c))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metrics.auc", "at character 12: expected an operator such as =, found the end"),
        ("metrics.auc > 'x'", "at character 15: expected a number for metrics.auc, found \"'x'\""),
        ("metrics.auc in ('1')", "expected =, !=, <, <=, > or >= for metrics.auc, found 'in'"),
        ("params.lr > 'x'", "expected a number to compare params.lr with"),
        ("status = 1", "expected a text in quotes for status, found '1'"),
        ("status in 'x'", r"expected '\('"),
        ("status in ('x'", r"expected ',' or '\)', found the end"),
        ("metrics.auc > 1 tags.a = 'b'", "at character 17: expected 'and', 'or' or the end, found 'tags'"),
        ("(metrics.auc > 1", r"expected '\)', found the end"),
        ("tags.a = 'x", "at character 10: a quote that is not closed"),
        ("tags.a = 'x'; drop table runs", "at character 13: ';'"),
        ("stats = 'x'", "runs have no 'stats'"),
        ("metrics > 1", "'metrics' lacks its key, as in metrics.auc"),
        ("not " * 60 + "tags.a = 'b'", "nests more than 50 deep"),
        ("(" * 60, "nests more than 50 deep"),
    ],
)
def test_where_it_stops_being_a_filter(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        parse_filter(text, now=NOW)
    assert caught.value.hint


def test_a_wrong_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="runs have no 'stat'") as caught:
        parse_filter("stat = 'x'")
    assert caught.value.hint == "Did you mean 'status'?"


WORDS = st.lists(st.sampled_from(["metrics.a", "(", ")", "and", "or", "not", "=", "'x'", "1", "in", ","]))


@given(st.text(max_size=60) | WORDS.map(" ".join))
def test_any_text_is_a_filter_or_a_clear_error(text: str) -> None:
    says = "a hint"
    try:
        is_empty = parse_filter(text, now=NOW) is None
    except InputError as error:
        says, is_empty = error.hint or "", not text.strip()
    assert says
    assert is_empty == (not text.strip())


def test_orders() -> None:
    assert parse_order("metrics.auc DESC") == RunOrder(AUC, True)
    assert parse_order("started_at") == RunOrder(STARTED)
    with pytest.raises(InputError, match="expected 'asc', 'desc' or the end, found 'up'"):
        parse_order("metrics.auc up")
