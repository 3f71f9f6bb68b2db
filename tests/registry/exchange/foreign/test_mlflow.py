"""Prompts of MLflow, as plain data."""

import pytest

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.mlflow import convert_mlflow
from llmops.text.yaml import YamlDocument
from tests.support.conversions import render, settle, told
from tests.support.registries import Desk


def converted(value: Json) -> Conversion:
    conversion = Conversion()
    convert_mlflow(conversion, YamlDocument("http://mlflow", value, {}))
    return conversion


def test_a_text_prompt_is_converted(desk: Desk) -> None:
    conversion = converted(
        [
            {
                "name": "workspace.default.summary", "version": "3", "template": "In {{ n }} sentences: {{text}}",
                "commit_message": "shorter", "aliases": ["production"], "tags": {"team": "a"},
                "response_format": {"type": "object"},
                "model_config": {"provider": "openai", "model_name": "gpt-4o", "temperature": 0, "extra_params": {"seed": 1}},
            },
            {"name": "workspace.default.summary", "version": "2", "template": "old"},
        ]
    )  # fmt: skip
    settle(desk, conversion)
    assert render(desk, "workspace.default.summary", n=2, text="x") == [("user", "In 2 sentences: x")]
    content = desk.resolve("prompt/workspace.default.summary").content
    assert (content["model"], content["parameters"]) == ("openai/gpt-4o", {"temperature": 0, "seed": 1})
    assert content["output"] == {"type": "object"}
    assert told(conversion) == [
        "http://mlflow: aliases of 'workspace.default.summary' not converted: production; aliases are set by llmops promote",
        "http://mlflow: tags of 'workspace.default.summary' not converted: team",
        "http://mlflow: version 2 of 'workspace.default.summary' was left out; version 3 is converted",
    ]


def test_chat_and_jinja_prompts_are_converted(desk: Desk) -> None:
    chat = [{"role": "system", "content": "You are {{who}}."}, {"role": "user", "content": "{{q}}"}]
    settle(
        desk,
        converted(
            [
                {"name": "chat", "version": 1, "template": chat},
                {"name": "jinja", "version": 1, "template": "{% for x in xs %}{{ x | upper }}{% endfor %}"},
            ]
        ),
    )
    assert render(desk, "chat", who="kind", q="Hi?") == [("system", "You are kind."), ("user", "Hi?")]
    assert render(desk, "jinja", xs=["a", "b"]) == [("user", "AB")]


@pytest.mark.parametrize("value", [[], {}, [{"name": "x"}], "x"])
def test_what_holds_no_prompt_is_refused(value: Json) -> None:
    with pytest.raises(InvalidFile, match="there is no MLflow prompt here"):
        converted(value)
