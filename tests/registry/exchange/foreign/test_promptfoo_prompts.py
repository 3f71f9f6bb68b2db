"""Prompts and providers of promptfoo."""

from pathlib import Path

import pytest

from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.beside import Beside
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.promptfoo_prompts import read_prompts, read_provider
from llmops.text.yaml import parse_yaml
from tests.support.conversions import told


def read(folder: Path, text: str) -> tuple[list[tuple[str, list[tuple[str, str]]]], list[str]]:
    """Names and messages of the prompts, and remarks."""
    conversion = Conversion()
    found = read_prompts(conversion, parse_yaml(text, "c.yaml"), Beside(folder, "c.yaml"), "config")
    return [(prompt.name, prompt.messages) for prompt in found], told(conversion)


def test_prompts_stand_in_the_file_or_beside_it(tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text("One {{x}}\n---\nTwo {{x}}\n")
    (tmp_path / "chat.json").write_text('[{"role": "system", "content": "S"}, {"role": "user", "content": "{{x}}"}]')
    (tmp_path / "chat.yaml").write_text("- {role: user, content: Hi}\n")
    (tmp_path / "page.md").write_text("# Page\n---\nstill the page\n")
    found, remarks = read(
        tmp_path,
        "prompts: [file://two.txt, chat.json, file://chat.yaml, page.md, 'Say {{x}}', {raw: 'Raw {{x}}', label: My label}]",
    )
    assert found == [
        ("two", [("user", "One {{x}}")]),
        ("two", [("user", "Two {{x}}")]),
        ("chat", [("system", "S"), ("user", "{{x}}")]),
        ("chat", [("user", "Hi")]),
        ("page", [("user", "# Page\n---\nstill the page")]),
        ("config", [("user", "Say {{x}}")]),
        ("My label", [("user", "Raw {{x}}")]),
    ]
    assert remarks == []


def test_what_is_no_prompt_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "gen.py").write_text("")
    found, remarks = read(tmp_path, "prompts:\n - gen.py\n - nope.txt\n - 3\n - ../x.txt\n - 'At {{ env.HOST }}'\n")
    assert [name for name, _ in found] == ["config"]
    assert remarks == [
        "c.yaml:2: gen.py was left out: a prompt that is a program or table is not converted",
        "c.yaml:3: nope.txt was left out: nope.txt is not there",
        "c.yaml:4: this is no prompt and was left out",
        "c.yaml:5: ../x.txt was left out: ../x.txt leaves the folder of this file",
        "c.yaml:6: prompts cannot read environment variables: env.… is an input here",
    ]


def test_json_that_is_a_template_stays_text(tmp_path: Path) -> None:
    text = '[{"role": "user", "content": {{ x | dump }}}]'
    found, _ = read(tmp_path, f"prompts: ['{text}']")
    assert found == [("config", [("user", text)])]


@pytest.mark.parametrize(
    ("provider", "model", "parameters"),
    [
        ("openai:gpt-4o", "openai/gpt-4o", {}), ("openai:chat:gpt-4o-mini", "openai/gpt-4o-mini", {}),
        ("anthropic:messages:claude-3-5-sonnet", "anthropic/claude-3-5-sonnet", {}),
        ("ollama:chat:llama3:8b", "ollama/llama3:8b", {}),
        ("echo", "offline/echo", {}), ("google:gemini-2.0-flash", "gemini/gemini-2.0-flash", {}),
        ("openrouter:meta-llama/llama-3", "openrouter/meta-llama/llama-3", {}),
        ({"id": "openai:gpt-4o", "config": {"temperature": 0}}, "openai/gpt-4o", {"temperature": 0}),
        ({"openai:gpt-4o": {"config": {"max_tokens": 5}}}, "openai/gpt-4o", {"max_tokens": 5}),
    ],
)  # fmt: skip
def test_a_provider_is_a_model(provider: Json, model: str, parameters: dict[str, Json]) -> None:
    conversion = Conversion()
    document = parse_yaml("providers: [x]", "c.yaml").with_data({"providers": [provider]})
    found = read_provider(conversion, document)
    assert (found.model, found.parameters) == (model, parameters)
    assert told(conversion) == []


def test_other_providers_are_told() -> None:
    conversion = Conversion()
    document = parse_yaml(
        "targets:\n - file://mine.py\n - https://x.org/api\n - openai:gpt-4o\n - openai:gpt-5\n", "c.yaml"
    )
    assert read_provider(conversion, document).model == "openai/gpt-4o"
    assert told(conversion) == [
        "c.yaml:2: the provider 'file://mine.py' is no model that llmops knows; write `model:` yourself",
        "c.yaml:3: the provider 'https://x.org/api' is no model that llmops knows; write `model:` yourself",
        "c.yaml:5: the provider 'openai:gpt-5' was left out; try it with: llmops eval --model openai/gpt-5",
    ]
