"""How commands speak."""

import json

import pytest

from llmops.cli.output import complain, emit_json, emit_table, emit_yaml, say
from llmops.core.errors import NotFound


def test_talk_goes_to_stderr_without_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    say("model said \033[31mred\033[0m\x07")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "\033" not in captured.err
    assert "red" in captured.err


def test_an_error_is_what_happened_and_what_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    complain(NotFound("there is no prompt 'x'", hint="llmops list prompt"))
    assert capsys.readouterr().err == "error: there is no prompt 'x'\nllmops list prompt\n"


def test_json_is_data(capsys: pytest.CaptureFixture[str]) -> None:
    emit_json({"a": "ü"})
    assert json.loads(capsys.readouterr().out) == {"a": "ü"}


def test_an_empty_table_says_so_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    emit_table(["a"], [], empty="Nothing yet.")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "Nothing yet.\n")


def test_yaml_keeps_the_lines_of_a_text(capsys: pytest.CaptureFixture[str]) -> None:
    emit_yaml({"body": "system:\nBe kind.\n\nuser:\n{{ question }}", "model": "ü"})
    expected = "body: |-\n  system:\n  Be kind.\n\n  user:\n  {{ question }}\nmodel: ü\n"
    assert capsys.readouterr().out == expected
