import pytest

from llmops.core.errors import InputError
from llmops.guard.checks.tools import Tools
from llmops.guard.protocol import Called
from tests.support.guarded import noted, subject

SCHEMA = {"type": "object", "properties": {"to": {"pattern": "@example.com$"}}, "required": ["to"]}


def said(check: Tools, *calls: Called) -> list[str]:
    return [note for _, note in noted(check, subject("", calls=calls))]


def test_only_listed_tools_may_be_called() -> None:
    check = Tools(allow=("search", "read_*"), deny=("read_secrets",))
    assert said(check, Called("search"), Called("read_file")) == []
    assert said(check, Called("delete_all"), Called("read_secrets")) == [
        "delete_all: not allowed", "read_secrets: not allowed",
    ]  # fmt: skip


def test_arguments_keep_to_their_schema() -> None:
    check = Tools(arguments={"send": SCHEMA})
    assert said(check, Called("send", {"to": "a@example.com"}), Called("other", 7)) == []
    assert said(check, Called("send", {"to": "a@evil.com"})) == [
        "send: $.to: 'a@evil.com' does not match '@example.com$'"
    ]
    assert said(check, Called("send", "text")) == ["send: $: 'text' is not of type 'object'"]


def test_rules_that_say_nothing_are_refused() -> None:
    with pytest.raises(InputError, match=r"there is no rule\nWrite tools"):
        Tools()
    with pytest.raises(InputError, match="this is no JSON Schema"):
        Tools(arguments={"send": {"type": "objekt"}})
