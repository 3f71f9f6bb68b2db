"""Dotprompt files."""

import pytest

from llmops.core.errors import InvalidFile
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.dotprompt import convert_dotprompt
from tests.support.conversions import lines, render, settle, text_of, told
from tests.support.registries import Desk

GREET = lines(
    """
    ---
    model: googleai/gemini-1.5-flash
    config:
      temperature: 0.7
      maxOutputTokens: 50
      safety: high
    input:
      default: {name: Guest}
      schema:
        name: string, who is there
        items?(array): string
    output:
      schema: {greeting: string}
    metadata: {x: 1}
    tools: [clock]
    ---
    {{role "system"}}
    You greet people{{#if items}} who like {{#each items}}{{this}} {{/each}}{{/if}}.
    {{history}}
    {{role "user"}}
    I am {{name}}, {{mood}}.
    """
)


def converted(*files: tuple[str, str]) -> Conversion:
    conversion = Conversion()
    for name, text in files:
        convert_dotprompt(conversion, text, f"in/{name}.prompt", name)
    return conversion


def test_a_file_is_converted(desk: Desk) -> None:
    conversion = converted(("deep/greet", GREET))
    settle(desk, conversion)
    assert render(desk, "deep/greet", items=["tea", "jam"]) == [
        ("system", "You greet people who like tea jam ."),
        ("user", "I am Guest, ."),
    ]
    assert render(desk, "deep/greet", name="Ada", mood="glad")[1] == ("user", "I am Ada, glad.")
    content = desk.resolve("prompt/deep/greet").content
    assert (content["model"], content["parameters"]) == (
        "gemini/gemini-1.5-flash",
        {"temperature": 0.7, "max_tokens": 50},
    )
    assert content["output"]["properties"] == {"greeting": {"type": "string"}}
    assert content["inputs"]["name"]["description"] == "who is there"
    assert told(conversion) == [
        "in/deep/greet.prompt:14: 'metadata' has no counterpart and was left out",
        "in/deep/greet.prompt:6: config.safety is no parameter of a model and was left out",
        "in/deep/greet.prompt:15: the tool 'clock' is not in the OpenAI shape and was left out",
    ]


def test_a_partial_shares_its_inputs(desk: Desk) -> None:
    conversion = converted(
        ("_sign", "Yours, {{who}}."), ("mail", "---\ninput: {default: {to: you}}\n---\nDear {{to}}. {{>sign}}")
    )
    settle(desk, conversion)
    assert [file.path for file in conversion.files] == ["prompts/sign.md", "prompts/mail.md"]
    assert render(desk, "mail", who="Ada") == [("user", "Dear you. Yours, Ada.")]


def test_without_the_partial_nothing_is_declared() -> None:
    conversion = converted(("mail", "---\ninput: {default: {to: you}}\n---\nDear {{to}}. {{>sign}}"))
    assert text_of(conversion, "prompts/mail.md") == 'Dear {{ to }}. {% include "sign" %}\n'
    assert told(conversion) == ["in/mail.prompt:2: inputs were not declared, since sign may use others; import it too"]


@pytest.mark.parametrize(
    ("front", "name"),
    [
        ("", "a/b"),
        ("name: c", "a/c"),
        ("name: x/y", "x/y"),
        ("variant: formal", "a/b.formal"),
        ("name: c\nvariant: v", "a/c.v"),
    ],
)
def test_names_and_variants_name_the_file(front: str, name: str) -> None:
    assert [file.name for file in converted(("a/b", f"---\n{front}\n---\nHi")).files] == [name]


def test_a_file_without_front_matter_is_a_template(desk: Desk) -> None:
    settle(desk, converted(("plain", "Hello {{name}}")))
    assert render(desk, "plain", name="Ada") == [("user", "Hello Ada")]


def test_json_output_without_a_schema_is_any_object() -> None:
    conversion = converted(
        ("a", "---\noutput: {format: json}\n---\nHi"), ("b", "---\noutput: {format: media}\n---\nHi")
    )
    assert "output:\n  type: object" in text_of(conversion, "prompts/a.md")
    assert told(conversion) == ["in/b.prompt:2: the output format 'media' was left out"]


def test_a_broken_schema_is_told() -> None:
    conversion = converted(("a", "---\ninput:\n  schema: {a: elephant}\n---\nHi {{a}}"))
    assert told(conversion) == ["in/a.prompt:3: the schema was left out: 'elephant' is no type of Picoschema"]


def test_broken_front_matter_is_an_error() -> None:
    with pytest.raises(InvalidFile, match=r"in/a\.prompt:1: the front matter has no end"):
        converted(("a", "---\nmodel: x\n"))
