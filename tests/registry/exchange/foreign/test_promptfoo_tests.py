"""Tests of promptfoo."""

from pathlib import Path

import pytest

from llmops.registry.exchange.foreign import promptfoo_tests
from llmops.registry.exchange.foreign.beside import Beside
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.promptfoo_tests import Test, TestReader
from llmops.text.yaml import parse_yaml
from tests.support.conversions import lines, told


def read(folder: Path, text: str) -> tuple[list[Test], list[str]]:
    conversion = Conversion()
    reader = TestReader(conversion, Beside(folder, "c.yaml"))
    return reader.read(parse_yaml(lines(text), "c.yaml")), told(conversion)


def test_shared_values_and_assertions_are_merged_in(tmp_path: Path) -> None:
    found, remarks = read(
        tmp_path,
        """
        defaultTest:
          vars: {lang: en}
          assert: [{type: contains, value: "{{city}}"}]
          metadata: {team: a}
        tests:
          - description: first
            vars: {city: Ulm}
            assert:
              - {type: equals, value: "{{city}}!", metric: m}
            metadata: {topic: t}
          - vars: {city: Bonn, lang: de}
        """,
    )
    assert remarks == []
    assert [test.values for test in found] == [{"lang": "en", "city": "Ulm"}, {"lang": "de", "city": "Bonn"}]
    assert [[(a.type, a.value, a.line) for a in test.assertions] for test in found] == [
        [("contains", "Ulm", 3), ("equals", "Ulm!", 9)],
        [("contains", "Bonn", 3)],
    ]
    assert found[0].metadata == {"team": "a", "topic": "t"}


def test_lists_of_values_become_one_test_each(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "tests: [{vars: {a: [1, 2], b: [x, y], c: z}}]")
    assert [(t.values["a"], t.values["b"], t.values["c"]) for t in found] == [
        (1, "x", "z"), (1, "y", "z"), (2, "x", "z"), (2, "y", "z"),
    ]  # fmt: skip


def test_there_is_an_end_to_products(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promptfoo_tests, "MAX_CASES", 100)
    values = "[" + ", ".join(map(str, range(1000))) + "]"
    found, remarks = read(tmp_path, f"tests: [{{vars: {{a: {values}, b: {values}, c: {values}}}}}]")
    assert len(found) == 100
    assert remarks == ["c.yaml:1: only the first 100 tests were converted"]


def test_tests_may_stand_in_other_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- vars: {n: 1}\n- vars: {n: 2}\n")
    (tmp_path / "b.jsonl").write_text(
        '{"vars": {"n": 3}}\n\n{"vars": {"n": 4}, "assert": [{"type": "latency", "threshold": 9}]}\n'
    )
    (tmp_path / "c.json").write_text('[{"vars": {"n": 5}}]')
    found, remarks = read(tmp_path, "tests: [file://a.yaml, b.jsonl, file://c.json, file://nope.yaml, file://c.txt]")
    assert [test.values["n"] for test in found] == [1, 2, 3, 4, 5]
    assert (found[3].file, found[3].line, found[3].assertions[0].line) == ("b.jsonl", 3, 3)
    assert remarks == [
        "c.yaml:1: file://nope.yaml was left out: file://nope.yaml is not there",
        "c.yaml:1: file://c.txt was left out: file://c.txt is not there",
    ]


def test_a_table_has_values_and_short_assertions(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "city,user name,__expected,__expected2,__description,__metadata:topic,__prefix\n"
        'Ulm,x,Ulm,"contains-any: a, b",first,t,\n'
        '"Bo\nnn",y,similar(0.9): Bonn,latency(500):,second,u,p\n'
        'Rom,z,"is-json: {""type"": ""object""}",cost: 0.1,,,\n'
    )
    found, remarks = read(tmp_path, "tests: t.csv")
    assert [(t.line, t.description, t.values) for t in found] == [
        (2, "first", {"city": "Ulm", "user_name": "x"}),
        (3, "second", {"city": "Bo\nnn", "user_name": "y"}),
        (5, "", {"city": "Rom", "user_name": "z"}),
    ]
    assert [[(a.type, a.value, a.threshold) for a in t.assertions] for t in found] == [
        [("equals", "Ulm", None), ("contains-any", ["a", "b"], None)],
        [("similar", "Bonn", 0.9), ("latency", None, 500.0)],
        [("is-json", {"type": "object"}, None), ("cost", None, 0.1)],
    ]
    assert found[0].metadata == {"topic": "t"}
    assert remarks == ["t.csv:1: the column __prefix was left out"]


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("from a file\n")
    found, remarks = read(
        tmp_path,
        """
        defaultTest: file://default.yaml
        tests:
          - vars: {a: file://v.txt, b: file://x.png, user-name: z}
            options: {transform: x}
            assert: [{value: no type}]
          - 3
          - vars: vars.yaml
        """,
    )
    assert [test.values for test in found] == [{"a": "from a file", "user_name": "z"}, {}]
    assert remarks == [
        "c.yaml:1: file://default.yaml was not read; write its tests here",
        "c.yaml:4: `options` of a test was left out",
        "c.yaml:3: the value file://x.png was left out: file://x.png is not there",
        "c.yaml:3: the variable 'user-name' is called 'user_name' here",
        "c.yaml:5: this assertion has no type and was left out",
        "c.yaml:6: this is no test and was left out",
        "c.yaml:7: variables out of a file were left out; write them here",
    ]
