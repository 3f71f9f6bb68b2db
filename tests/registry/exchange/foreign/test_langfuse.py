"""Prompts of Langfuse."""

import json

import pytest

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.langfuse import convert_langfuse
from tests.support.conversions import render, settle, text_of, told
from tests.support.registries import Desk

TEXT = {
    "id": "x", "name": "movie-critic", "type": "text", "version": 2, "commitMessage": "warmer", "isActive": True,
    "prompt": "As a {{criticLevel}} critic: do you like {{ movie }}?", "labels": ["production", "latest"], "tags": ["movies"],
    "config": {"model": "gpt-4o", "temperature": 0.5, "supported_languages": ["en"]},
}  # fmt: skip
CHAT = {
    "name": "support/chat", "type": "chat", "version": 1, "config": {}, "labels": [], "tags": [],
    "prompt": [
        {"role": "system", "content": "You know {{topic}}.\nuser:\nnot a message"},
        {"type": "placeholder", "name": "chat_history"},
        {"role": "user", "content": "{{question}}"},
        {"type": "placeholder", "name": "more"},
        {"role": "tool", "content": "x"},
    ],
}  # fmt: skip


def converted(value: Json) -> Conversion:
    """A conversion of what the API answers."""
    conversion = Conversion()
    convert_langfuse(conversion, json.dumps(value, indent=1), "in.json")
    return conversion


def test_a_text_prompt_keeps_text_model_and_parameters(desk: Desk) -> None:
    conversion = converted(TEXT)
    settle(desk, conversion)
    assert render(desk, "movie-critic", criticLevel="harsh", movie="Dune") == [
        ("user", "As a harsh critic: do you like Dune?")
    ]
    content = desk.resolve("prompt/movie-critic").content
    assert (content["description"], content["model"], content["parameters"]) == (
        "warmer",
        "openai/gpt-4o",
        {"temperature": 0.5},
    )
    assert told(conversion) == [
        "in.json:19: config.supported_languages is no parameter of a model and was left out",
        "in.json:9: labels of 'movie-critic' not converted: production; aliases are set by llmops promote",
        "in.json:13: tags of 'movie-critic' not converted: movies",
    ]


def test_a_chat_prompt_keeps_its_messages_and_one_history(desk: Desk) -> None:
    conversion = converted([CHAT])
    settle(desk, conversion)
    turns = [{"role": "assistant", "content": "Earlier."}]
    assert render(desk, "support/chat", topic="books", question="Which?", history=turns) == [
        ("system", "You know books.\nuser:\nnot a message"),
        ("assistant", "Earlier."),
        ("user", "Which?"),
    ]
    assert [remark.split(": ", 1)[1] for remark in told(conversion)] == [
        "the placeholder 'chat_history' is `history:` here",
        "a second placeholder, 'more', was left out: a prompt has one history",
        "a message of role 'tool' that is no plain text was left out",
    ]


def test_of_several_versions_the_highest_is_converted() -> None:
    older = {**TEXT, "version": 1, "prompt": "old", "labels": [], "tags": []}
    conversion = converted({"data": [older, TEXT], "meta": {"page": 1}})
    assert [file.path for file in conversion.files] == ["prompts/movie-critic.md"]
    assert "harsh" not in text_of(conversion, "prompts/movie-critic.md")
    assert "in.json:3: version 1 of 'movie-critic' was left out; version 2 is converted" in told(conversion)


def test_the_list_of_the_api_has_no_texts() -> None:
    conversion = converted({"data": [{"name": "a", "versions": [1], "labels": []}]})
    assert not conversion.files
    assert told(conversion) == [
        "in.json:3: 'a' comes without its text, as the list of Langfuse's API gives it: fetch /api/public/v2/prompts/a"
    ]


def test_prompts_in_prompts_are_included(desk: Desk) -> None:
    tone = {"name": "tone", "prompt": "Be kind to {{who}}."}
    letter = {"name": "letter", "prompt": "Write. @@@langfusePrompt:name=tone|label=production@@@"}
    settle(desk, converted([letter, tone]))
    assert render(desk, "letter", who="Ada") == [("user", "Write. Be kind to Ada.")]


@pytest.mark.parametrize("value", [{}, [], [1], {"data": []}, "x", None])
def test_what_holds_no_prompt_is_refused(value: Json) -> None:
    with pytest.raises(InvalidFile, match="there is no Langfuse prompt in this file"):
        converted(value)
