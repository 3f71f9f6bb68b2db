"""A whole promptfoo configuration."""

from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.promptfoo import convert_promptfoo
from tests.support.conversions import lines, settle, text_of, told
from tests.support.registries import Desk

CONFIG = lines(
    """
    description: Capitals
    prompts: ["The capital of {{country}}?", "{{country}}: capital, in {{lang}}?"]
    providers: ["openai:gpt-4o-mini"]
    tests:
      - {description: France, vars: {country: France}, assert: [{type: icontains, value: paris}]}
      - {vars: {country: Spain, lang: es}, assert: [{type: icontains, value: madrid}, {type: javascript, value: kind}]}
      - {description: France, vars: {country: France, lang: fr}}
    evaluateOptions: {repeat: 2, maxConcurrency: 4}
    outputPath: out.html
    """
)


def converted(text: str, shown: str = "caps/promptfooconfig.yaml") -> Conversion:
    conversion = Conversion()
    convert_promptfoo(conversion, text, shown, Path(shown).parent)
    return conversion


def test_prompts_dataset_and_suites_are_written_and_register(desk: Desk) -> None:
    conversion = converted(CONFIG)
    settle(desk, conversion)
    assert [file.path for file in conversion.files] == [
        "prompts/caps.md", "prompts/caps-2.md", "evals/data/caps.jsonl", "evals/caps-caps.yaml", "evals/caps-caps-2.yaml",
    ]  # fmt: skip
    assert text_of(conversion, "evals/caps-caps-2.yaml") == lines(
        """
        description: Capitals
        target:
          prompt: caps-2
          model: openai/gpt-4o-mini
        dataset: evals/data/caps.jsonl
        repeats: 2
        scorers:
        - contains:
            ignore_case: true
        """
    )
    cases = desk.registry.cases(desk.resolve("dataset/caps"))
    assert [(case.id, case.inputs, case.expectations) for case in cases] == [
        ("France", {"country": "France"}, {"answer": "paris"}),
        ("test-2", {"country": "Spain", "lang": "es"}, {"answer": "madrid"}),
        ("France-3", {"country": "France", "lang": "fr"}, {}),
    ]
    inputs = desk.resolve("prompt/caps").content["inputs"]
    assert {name: field["optional"] for name, field in inputs.items()} == {"country": False, "lang": True}
    assert told(conversion) == [
        "caps/promptfooconfig.yaml:9: 'outputPath' has no counterpart and was left out",
        "caps/promptfooconfig.yaml:8: `maxConcurrency` was left out; see llmops eval --help",
        "caps/promptfooconfig.yaml:6: the assertion `javascript` was left out: there is no such scorer",
    ]


def test_a_single_prompt_gives_its_suite_the_short_name(desk: Desk) -> None:
    conversion = converted(
        "prompts: [Hello]\ntests: [{assert: [{type: equals, value: Hi}]}]\n", "greet/promptfooconfig.hello.yaml"
    )
    settle(desk, conversion)
    assert [file.path for file in conversion.files] == [
        "prompts/hello.md",
        "evals/data/hello.jsonl",
        "evals/hello.yaml",
    ]
    (case,) = desk.registry.cases(desk.resolve("dataset/hello"))
    assert case.inputs == {"case": 1}


def test_without_a_scorer_the_suite_measures_latency() -> None:
    conversion = converted("prompts: ['{{x}}']\ntests: [{vars: {x: 1}, assert: [{type: python, value: x}]}]\n")
    assert "scorers:\n- latency\n" in text_of(conversion, "evals/caps.yaml")
    assert "no assertion could be converted; the suite measures latency alone" in told(conversion)[-1]


def test_without_tests_there_are_only_prompts() -> None:
    conversion = converted("prompts: ['{{x}}']\n")
    assert [file.path for file in conversion.files] == ["prompts/caps.md"]
    assert told(conversion) == ["caps/promptfooconfig.yaml:1: there are no tests to make a suite of"]


@pytest.mark.parametrize("text", ["tests: []\n", "- a\n", "prompt: x\n"])
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidFile, match="this is no promptfoo configuration"):
        converted(text)
