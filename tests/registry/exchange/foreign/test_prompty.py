"""Prompty files."""

from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.prompty import convert_prompty
from tests.support.conversions import lines, render, settle, text_of, told
from tests.support.registries import Desk

BASIC = lines(
    """
    ---
    name: Basic Prompt
    description: A basic prompt
    authors: [seth]
    model:
      api: chat
      configuration:
        type: azure_openai
        azure_endpoint: ${env:ENDPOINT}
        azure_deployment: gpt-35-turbo
      parameters:
        max_tokens: 128
        temperature: 0.2
    inputs:
      firstName: {type: string}
      question: {type: string, default: Why?}
    sample:
      firstName: Jane
      context: The Alps
    ---
    system:
    You help {{firstName}}.
    {% if context %}
    Know: {{context}}
    {% endif %}

    # User:
    {{question}}
    ![image](photo.png)
    """
)
NEWER = lines(
    """
    ---
    model:
      id: gpt-4o
      provider: openai
      connection: {kind: key, apiKey: secret}
      options: {temperature: 0, topP: 0.5}
    inputs:
      - {name: question, kind: string, required: false}
      - name: count
        kind: integer
        default: 3
    outputs: {answer: {type: string}}
    template: {format: {kind: mustache}, parser: prompty}
    ---
    developer:
    Answer {{count}} times.
    user:
    {{question}}
    """
)


def converted(text: str, name: str = "basic") -> Conversion:
    conversion = Conversion()
    convert_prompty(conversion, text, f"{name}.prompty", name)
    return conversion


def test_a_file_is_converted(desk: Desk) -> None:
    conversion = converted(BASIC)
    settle(desk, conversion)
    assert render(desk, "basic", firstName="Ada", context="Sea") == [
        ("system", "You help Ada.\nKnow: Sea"),
        ("user", "Why?\n![image](photo.png)"),
    ]
    content = desk.resolve("prompt/basic").content
    assert content["description"] == "A basic prompt"
    assert (content["model"], content["parameters"]) == ("azure/gpt-35-turbo", {"max_tokens": 128, "temperature": 0.2})
    assert told(conversion) == [
        "basic.prompty:4: 'authors' has no counterpart and was left out",
        "basic.prompty:9: 'azure_endpoint' belongs into [connections] of llmops.toml",
        "basic.prompty:17: the sample values were not kept; put them into a dataset in evals/data/",
        "basic.prompty:29: an image stays text; prompts are text only",
    ]


def test_the_newer_form_is_converted(desk: Desk) -> None:
    conversion = converted(NEWER)
    settle(desk, conversion)
    assert render(desk, "basic", question="Hi?") == [("system", "Answer 3 times."), ("user", "Hi?")]
    content = desk.resolve("prompt/basic").content
    assert (content["model"], content["parameters"]) == ("openai/gpt-4o", {"temperature": 0, "top_p": 0.5})
    assert content["output"] == {"type": "object", "properties": {"answer": {"type": "string"}}}
    assert "secret" not in text_of(conversion, "prompts/basic.md")
    assert told(conversion) == [
        "basic.prompty:5: 'kind' belongs into [connections] of llmops.toml",
        "basic.prompty:5: 'apiKey' belongs into [connections] of llmops.toml",
    ]


def test_text_without_roles_is_a_user_message(desk: Desk) -> None:
    settle(desk, converted("---\nname: x\n---\nSay {{word}}.\n"))
    assert render(desk, "basic", word="hi") == [("user", "Say hi.")]


def test_text_before_the_first_role_is_the_system_message(desk: Desk) -> None:
    settle(desk, converted("---\nname: x\n---\nBe kind.\nuser:\nHi.\n"))
    assert render(desk, "basic") == [("system", "Be kind."), ("user", "Hi.")]


def test_what_has_no_counterpart_is_told() -> None:
    conversion = converted(
        lines(
            """
            ---
            base: other.prompty
            model: {api: completion, response: full}
            inputs:
              user-name: {type: string, sample: Ada}
            outputs: text
            ---
            user[name="x"]:
            Hi.
            tool:
            Done.
            """
        )
    )
    assert told(conversion) == [
        "basic.prompty:2: 'base' has no counterpart and was left out",
        "basic.prompty:3: the API 'completion' was left out; llmops asks chat models",
        "basic.prompty:3: `response` was left out: a reply is always the first choice",
        "basic.prompty:5: the input 'user-name' cannot be called so here; user_name",
        "basic.prompty:5: the sample value was not kept; put it into a dataset in evals/data/",
        "basic.prompty:6: `outputs` is no JSON Schema and was left out",
        'basic.prompty:8: [name="x"] was left out',
        "basic.prompty:10: a message of role 'tool' is an assistant's here",
    ]
