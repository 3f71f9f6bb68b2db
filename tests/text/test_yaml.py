"""Strict YAML: what a writer of a file is told, and where."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from llmops.core.errors import InvalidFile
from llmops.domain.artifact import AppFile
from llmops.domain.corpus import RagSpec
from llmops.text.yaml import dotted, parse_yaml, read_yaml, validate


def complaint(model: type[BaseModel], text: str) -> str:
    with pytest.raises(InvalidFile, match=r"f\.yaml") as caught:
        validate(model, parse_yaml(text, "f.yaml"))
    return str(caught.value)


def test_a_document_becomes_a_noun() -> None:
    app = validate(AppFile, parse_yaml("prompt: answer\nparameters: {temperature: 0, stop: ['.']}\n", "f.yaml"))
    assert app == AppFile(prompt="answer", parameters={"temperature": 0, "stop": ["."]})


def test_an_unknown_key_names_file_line_key_and_the_nearest() -> None:
    assert complaint(AppFile, "prompt: x\n\npromt: y\n") == "f.yaml:3: unknown key 'promt'\nDid you mean 'prompt'?"


def test_an_unknown_key_deep_inside_knows_its_own_neighbours() -> None:
    text = "prompt: x\nrag:\n  sources:\n    - file: docs/*.md\n"
    assert complaint(AppFile, text) == "f.yaml:4: unknown key 'rag.sources[0].file'\nDid you mean 'files'?"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prompt: x\nmodel: 3", "f.yaml:2: model must be text, not 3"),
        ("prompt: 3", "f.yaml:1: prompt must be text, not 3"),
        ("prompt: x\nfallbacks: gpt", 'f.yaml:2: fallbacks must be a list, not "gpt"'),
        ("prompt: x\nparameters: [1]", "f.yaml:2: parameters must be a map, not [1]"),
        ("model: m", "f.yaml:1: 'prompt' is missing"),
        ("- a", 'f.yaml:1: the file must be a map, not ["a"]'),
        ("", "f.yaml: the file must be a map, not null"),
    ],
)
def test_a_wrong_type_names_its_line(text: str, said: str) -> None:
    assert complaint(AppFile, text).startswith(said)


@pytest.mark.parametrize(
    ("chunking", "said"),
    [
        ("{size: '40'}", 'chunking.size must be a whole number, not "40"'),
        ("{size: 4}", "chunking.size: should be greater than or equal to 8, not 4"),
        ("{size: 40, overlap: 30}", "overlap 30 must be at most half of size 40"),
    ],
)
def test_a_wrong_value_says_what_would_do(chunking: str, said: str) -> None:
    assert said in complaint(RagSpec, f"sources: [{{files: x}}]\nchunking: {chunking}")


def test_an_empty_list_that_must_not_be_empty() -> None:
    assert "f.yaml:1: it has no sources" in complaint(RagSpec, "sources: []")


def test_words_that_yaml_1_1_would_bend_stay_text() -> None:
    text = (
        "a: on\nb: 2020-01-01\nc: 1:30\nd: no\ne: 010\non: yes\n1: 2\nf: 1_000\ng: 0x1F\nh: 1e3\ni: .5\nj: ~\nk: '1'\n"
    )
    assert parse_yaml(text, "f").data == {
        "a": "on", "b": "2020-01-01", "c": "1:30", "d": "no", "e": "010", "on": "yes", "1": 2, "f": "1_000",
        "g": 31, "h": 1000.0, "i": 0.5, "j": None, "k": "1",
    }  # fmt: skip


def test_lines_are_known_also_behind_front_matter() -> None:
    document = parse_yaml("a: 1\nb:\n  - x\n  - y: 2\n", "f", first_line=10)
    assert (document.line(("a",)), document.line(("b", 1)), document.line(("b", 1, "y"))) == (10, 13, 13)
    assert document.line(("b", 7, "nowhere")) == 11


def test_a_part_of_a_document_can_be_read_as_a_noun() -> None:
    document = parse_yaml("rag:\n  sources: [{files: x}]\n  embeding: y\n", "f.yaml")
    with pytest.raises(InvalidFile, match=r"f\.yaml:3: unknown key 'embeding'"):
        validate(RagSpec, document, at=("rag",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", "f:3: the key 'a' stands here a second time\nIt is already on line 1."),
        (
            "a: b: c",
            "f:1: this is no YAML: mapping values are not allowed in this context\nQuote text that contains ': '.",
        ),
        ("a:\n\tb: 1", "Indent with spaces, not tabs"),
        ("a: [1, 2", "f:1: this is no YAML"),
        ("a: \x00", "Remove that character."),
        (
            "a: !!python/object/apply:os.system [ls]",
            "the tag tag:yaml.org,2002:python/object/apply:os.system is not supported",
        ),
        ("a: !include x", "the tag !include is not supported"),
        ("<<: {a: 1}", "merge keys"),
        ("[1]: 2", "f:1: a map's key must be text"),
        ("a: 1\n---\nb: 2", "f:2: a second document begins here"),
        ("a: .nan", "is no number that JSON knows"),
        ("a: *b", "nothing is called &b"),
        ("a: &x [*x]", "the alias *x holds itself"),
        ("a: " + "[" * 100, "more than 50 levels deep"),
        ("- &a b\n" + "- *a\n" * 101, "more than 100 aliases"),
        ("x" * 8_000_001, "are too many"),
    ],
)
def test_what_is_refused_says_why_and_where(text: str, said: str) -> None:
    with pytest.raises(InvalidFile, match=r"^f:\d+: |^f: ") as caught:
        parse_yaml(text, "f")
    assert said in str(caught.value)


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    lines = ["a: &a [1,1,1,1,1,1,1,1,1,1]"]
    lines += [f"{chr(98 + i)}: &{chr(98 + i)} [{','.join([f'*{chr(97 + i)}'] * 10)}]" for i in range(9)]
    with pytest.raises(InvalidFile, match=r"more than 500,000 values"):
        parse_yaml("\n".join(lines), "f")


def test_an_alias_copies_its_value() -> None:
    data = parse_yaml("a: &x {k: [1]}\nb: *x", "f").data
    assert data["b"] == {"k": [1]}
    assert data["b"] is not data["a"]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"there is no such file"):
        read_yaml(tmp_path / "no.yaml")
    with pytest.raises(InvalidFile, match=r"cannot be read: Is a directory"):
        read_yaml(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe9\n")
    with pytest.raises(InvalidFile, match=r"^here:2: this is not UTF-8 text"):
        read_yaml(tmp_path / "latin.yaml", shown="here")


def test_windows_line_ends_and_byte_order_marks_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_bytes(b"\xef\xbb\xbfa: |\r\n  x\r\n  y\r\n")
    assert read_yaml(tmp_path / "w.yaml").data == {"a": "x\ny\n"}


def test_places_are_written_as_people_read_them() -> None:
    assert dotted(("scorers", 0, "min")) == "scorers[0].min"
