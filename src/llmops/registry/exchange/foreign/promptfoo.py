"""A promptfoo configuration: its prompts, its tests as a dataset, and a suite for each prompt."""

import json
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Final

from llmops.core.errors import RenderError
from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.beside import Beside
from llmops.registry.exchange.foreign.conversion import Conversion, as_name
from llmops.registry.exchange.foreign.model_settings import ModelSettings
from llmops.registry.exchange.foreign.prompt_text import PromptText, write_yaml
from llmops.registry.exchange.foreign.promptfoo_prompts import FoundPrompt, read_prompts, read_provider
from llmops.registry.exchange.foreign.promptfoo_scorers import Scorers, convert_assertions
from llmops.registry.exchange.foreign.promptfoo_tests import Test, TestReader
from llmops.text.templates import compile_template
from llmops.text.yaml import YamlDocument, parse_yaml

_KNOWN: Final = frozenset(
    {"$schema", "description", "prompts", "providers", "targets", "tests", "defaultTest", "evaluateOptions"}
)
_MAX_ID: Final = 100


def convert_promptfoo(conversion: Conversion, text: str, shown: str, folder: Path) -> None:
    """Convert a configuration; files that it names are read below its folder.

    Raises:
        InvalidFile: it is no YAML, or has no prompts.
    """
    document = parse_yaml(text, shown)
    if not isinstance(document.data, dict) or "prompts" not in document.data:
        raise document.error(
            (), "this is no promptfoo configuration: it has no `prompts`", hint="Name promptfooconfig.yaml."
        )
    for key in document.data:
        if key not in _KNOWN:
            conversion.note(document, (key,), f"{key!r} has no counterpart and was left out")
    name = _name(shown, folder)
    beside = Beside(folder, shown)
    settings = read_provider(conversion, document)
    prompts = read_prompts(conversion, document, beside, name)
    tests = TestReader(conversion, beside).read(document)
    repeats = _repeats(conversion, document)
    names = [_add_prompt(conversion, prompt, tests, settings) for prompt in prompts]
    if not tests or not names:
        conversion.note(
            document, ("tests",), "there are no tests to make a suite of" if not tests else "there is no prompt to test"
        )
        return
    scorers = convert_assertions(conversion, tests)
    dataset = conversion.add("dataset", name, _cases(tests, scorers), shown)
    if not scorers.scorers and not any(scorers.of_cases):
        conversion.note(document, ("tests",), "no assertion could be converted; the suite measures latency alone")
    if not scorers.scorers:
        scorers.scorers.append("latency")
    for prompt_name in names:
        target: dict[str, Json] = {"prompt": prompt_name, "model": settings.model, "parameters": settings.parameters}
        suite: dict[str, Json] = {
            "description": str(document.data.get("description") or ""),
            "target": {key: value for key, value in target.items() if value},
            "dataset": f"evals/data/{dataset}.jsonl",
            "repeats": repeats,
            "scorers": scorers.scorers,
        }
        kept = {key: value for key, value in suite.items() if value and (key, value) != ("repeats", 1)}
        conversion.add("suite", name if len(names) == 1 else f"{name}-{prompt_name}", write_yaml(kept), shown)


def _name(shown: str, folder: Path) -> str:
    stem = PurePath(shown).name.removesuffix(".yaml").removesuffix(".yml").removesuffix(".json")
    own = stem.removeprefix("promptfooconfig").strip("-._")
    return as_name(own or folder.resolve().name or "promptfoo")


def _repeats(conversion: Conversion, document: YamlDocument) -> int:
    options = document.data.get("evaluateOptions")
    options = options if isinstance(options, dict) else {}
    for key in options:
        if key != "repeat":
            conversion.note(document, ("evaluateOptions", key), f"`{key}` was left out; see llmops eval --help")
    repeat = options.get("repeat")
    return repeat if isinstance(repeat, int) and not isinstance(repeat, bool) and 1 <= repeat <= 1000 else 1


def _add_prompt(conversion: Conversion, prompt: FoundPrompt, tests: Sequence[Test], settings: ModelSettings) -> str:
    """Declare what the tests give and what the template takes, so that no value of a test is unknown to the prompt."""
    used: set[str] = set()
    for role, text in prompt.messages:
        try:
            used |= compile_template(text, name=f"{prompt.file} ({role})").variables
        except RenderError:
            continue  # said when the new file is checked
    given = dict.fromkeys(key for test in tests for key in _inputs(test, 0))
    inputs: dict[str, Json] = {}
    for key in [*given, *sorted(used - given.keys())]:
        always = bool(tests) and all(key in _inputs(test, 0) for test in tests)
        inputs[key] = "any" if always or (not tests and key in used) else {"type": "any", "optional": True}
    written = PromptText(inputs=inputs, output=settings.output, tools=settings.tools, messages=prompt.messages)
    return conversion.add("prompt", prompt.name, written.write(), prompt.file)


def _inputs(test: Test, number: int) -> dict[str, Json]:
    """A case needs an input; a test without variables gets its own number as one."""
    return test.values or {"case": number}


def _cases(tests: Sequence[Test], scorers: Scorers) -> str:
    lines, taken = [], set()
    found = zip(tests, scorers.expectations, scorers.of_cases, strict=True)
    for number, (test, expectations, own) in enumerate(found, 1):
        wanted = as_name(test.description)[:_MAX_ID] if test.description else f"test-{number}"
        case_id = wanted if wanted not in taken else f"{wanted}-{number}"
        taken.add(case_id)
        metadata = {**({"description": test.description} if test.description else {}), **test.metadata}
        case = {"id": case_id, "inputs": _inputs(test, number), "expectations": expectations, "metadata": metadata}
        case["scorers"] = own
        lines.append(json.dumps({key: value for key, value in case.items() if value}, ensure_ascii=False))
    return "\n".join(lines) + "\n"
