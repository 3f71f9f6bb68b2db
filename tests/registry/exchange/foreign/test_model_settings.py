"""Models and parameters of other tools."""

import pytest

from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.model_settings import model_name, read_settings
from llmops.text.yaml import parse_yaml
from tests.support.conversions import told


@pytest.mark.parametrize(
    ("text", "provider", "name"),
    [
        ("gpt-4o", "", "openai/gpt-4o"), ("o3-mini", "", "openai/o3-mini"),
        ("claude-3-5-sonnet", "", "anthropic/claude-3-5-sonnet"),
        ("gemini-2.0-flash", "", "gemini/gemini-2.0-flash"), ("googleai/gemini-1.5-flash", "", "gemini/gemini-1.5-flash"),
        ("vertexai/gemini-1.5-pro", "", "vertex_ai/gemini-1.5-pro"), ("my-deployment", "azure_openai", "azure/my-deployment"),
        ("llama3:8b", "ollama", "ollama/llama3:8b"), ("openai/gpt-4o", "openai", "openai/gpt-4o"),
        ("ollama/llama3", "", "ollama/llama3"), ("mymodel", "", None), ("o365-mailer", "", None),
    ],
)  # fmt: skip
def test_a_model_gets_its_provider(text: str, provider: str, name: str | None) -> None:
    assert model_name(text, provider) == name


def test_parameters_get_openais_names_and_the_rest_is_told() -> None:
    conversion = Conversion()
    document = parse_yaml(
        "model: gpt-4o\ntemperature: 0.5\nmaxOutputTokens: 9\ntopP: 1\nstopSequences: [x]\nlanguages: [en]\n"
        "api_key: abc\nresponse_format: {type: json_schema, json_schema: {schema: {type: object}}}\n"
        "tools: [{type: function, function: {name: f}}, {name: g}]\nseed: null\n",
        "x.yaml",
    )
    found = read_settings(conversion, document, (), document.data)
    assert found.model == "openai/gpt-4o"
    assert found.parameters == {"temperature": 0.5, "max_tokens": 9, "top_p": 1, "stop": ["x"]}
    assert found.output == {"type": "object"}
    assert found.tools == [{"type": "function", "function": {"name": "f"}}]
    assert told(conversion) == [
        "x.yaml:6: languages is no parameter of a model and was left out",
        "x.yaml:7: api_key is a credential; name its variable in llmops.toml",
        "x.yaml:9: the tool {'name': 'g'} is not in the OpenAI shape and was left out",
    ]


@pytest.mark.parametrize("value", ["${env:MODEL}", "<your-deployment>", "my-model"])
def test_a_model_without_a_provider_is_left_to_the_reader(value: str) -> None:
    conversion = Conversion()
    document = parse_yaml(f"model: {value}\n", "x.yaml")
    assert read_settings(conversion, document, (), document.data).model is None
    assert told(conversion)[0].startswith("x.yaml:1: the model ")
