"""is_json, json_path, xml_valid, sql_valid: what passes, what does not and why, and what must not do harm."""

import logging

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.formats import IsJson, JsonPath, SqlValid, XmlValid, is_same

BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<lolz>&lol1;</lolz>"""
OUTSIDE = '<!DOCTYPE r [<!ENTITY file SYSTEM "file:///etc/passwd">]><r>&file;</r>'


def sample(output: str, **expectations: Json) -> Sample:
    return Sample(output=output, expectations=expectations)


@pytest.mark.parametrize(
    ("output", "value"),
    [
        ("1", 1.0),
        ('{ "a": 1, "b": "hello" }', 1.0),
        ('[{ "a": 1 }]', 1.0),
        ('[{ "a": 1 }', 0.0),
        ('{ mapping: { "a": "foo" } }', 0.0),
        ("", 0.0),
        ("```json\n{}\n```", 0.0),
    ],
)
def test_is_json_takes_the_whole_output(output: str, value: float) -> None:
    assert IsJson().score(sample(output)).value == value


def test_json_path_finds_or_compares() -> None:
    order = sample('{"items": [{"price": 12.0}], "status": "open"}')
    assert JsonPath(path="$.items[0].price").score(order) == Score(value=1.0, passed=True)
    assert JsonPath(path="$.items[*].price", value=12).score(order).value == 1.0
    assert JsonPath(path="$.status", value="paid").score(order) == Score(
        value=0.0, passed=False, reason="$.status is 'open', not 'paid'"
    )
    assert JsonPath(path="$.total").score(order).reason == "there is nothing at $.total"
    assert JsonPath(path="$").score(sample("no")).value == 0.0


def test_a_case_may_bring_path_and_value() -> None:
    assert JsonPath().score(sample('{"a": 1}', path="$.a", value=1)).value == 1.0
    assert JsonPath().score(sample('{"a": 1}', path="$.a", value=2)).value == 0.0
    assert JsonPath().score(sample("{}")) == Score.not_applicable("no path, and no expectations.path")
    with pytest.raises(InputError, match=r"expectations\.path is 3"):
        JsonPath().score(sample("{}", path=3))


def test_a_path_that_is_none_is_refused_before_the_run() -> None:
    with pytest.raises(InputError, match="the path 'total' cannot be read"):
        JsonPath(path="total")


def test_true_is_no_number() -> None:
    assert is_same(1, 1.0)
    assert is_same({"a": [True]}, {"a": [True]})
    assert not is_same(True, 1)
    assert not is_same({"a": 1}, {"a": 1, "b": 2})


def test_xml_is_well_formed_and_has_its_elements() -> None:
    text = "<order id='1'><item>tea</item></order>"
    assert XmlValid().score(sample(text)) == Score(value=1.0, passed=True)
    assert XmlValid(elements=["order/item"]).score(sample(text)).value == 1.0
    assert XmlValid(elements=["order/total"]).score(sample(text)).reason == "there is no element order/total"
    assert XmlValid().score(sample("<a><b></a>")).reason == "no XML: mismatched tag: line 1, column 8"
    assert XmlValid().score(sample("")).value == 0.0
    assert XmlValid().score(sample("<a>\ud800</a>")).reason == "no XML: it has characters that no encoding has"


@pytest.mark.parametrize(("text", "entity"), [(BOMB, "lol"), (OUTSIDE, "file")])
def test_xml_that_declares_entities_is_refused(text: str, entity: str) -> None:
    assert XmlValid().score(sample(text)).reason == f"it declares the entity '{entity}', which is refused"


def test_xml_that_is_very_deep_is_refused() -> None:
    assert XmlValid().score(sample("<a>" * 100_000)).reason == "elements are nested more than 200 deep"


@pytest.mark.parametrize(
    ("output", "valid", "query"),
    [
        ("SELECT a FROM b WHERE c = 1", True, True),
        ("WITH x AS (SELECT 1 AS y) SELECT y FROM x; SELECT 2", True, True),
        ("EXPLAIN SELECT 1", True, True),
        ("VALUES (1)", True, True),
        ("INSERT INTO a VALUES (1)", True, False),
        ("SELECT * INTO b FROM a", True, False),
        ("SELECT 1; DROP TABLE a", True, False),
        ("CALL refund(1)", True, False),
        ("SELECT a FROM b WHERE", False, False),
        ("hello world", False, False),
        ("The answer is 5.", False, False),
        ("", False, False),
        (";", False, False),
        ("(" * 20_000 + "1", False, False),
    ],
)
def test_sql_is_statements_and_a_query_changes_nothing(output: str, valid: bool, query: bool) -> None:
    assert SqlValid().score(sample(output)).value == float(valid)
    assert SqlValid(read_only=True).score(sample(output)).value == float(query)


def test_sql_says_what_is_wrong() -> None:
    assert "Line 1, Col: 21" in SqlValid().score(sample("SELECT a FROM b WHERE")).reason
    assert SqlValid().score(sample("hello world")).reason == "this is an expression and no statement: hello AS world"
    assert SqlValid(read_only=True).score(sample("DROP TABLE a")).reason == "this changes something: DROP TABLE a"
    assert SqlValid().score(sample("x" * 100_001)).status == "missing"


def test_sql_is_read_in_its_dialect() -> None:
    mysql = sample("SELECT `a b` FROM t")
    assert SqlValid(dialect="mysql").score(mysql).value == 1.0
    assert SqlValid(dialect="postgres").score(mysql).value == 0.0
    with pytest.raises(InputError, match="'postgress' is no dialect") as caught:
        SqlValid(dialect="postgress")
    assert caught.value.hint == "Did you mean 'postgres'?"


def test_the_parser_says_nothing_on_stderr(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        SqlValid().score(sample("CALL refund(1)"))
    assert not caplog.records
