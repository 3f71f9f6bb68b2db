"""Apps: parts pinned, model and parameters resolved."""

import pytest

from llmops.domain.artifact import AppSpec
from tests.support.registries import PROMPT, Desk


def test_parts_are_pinned_and_parameters_merged_key_by_key(desk: Desk) -> None:
    desk.write_all()
    spec = desk.resolve("app/docs").spec(AppSpec)
    assert (spec.prompt.name, spec.prompt.digest) == ("answer", desk.resolve("prompt/answer").digest)
    assert spec.rag is not None
    assert spec.rag.digest == desk.resolve("rag/docs").digest
    assert (spec.model, spec.parameters) == ("openai/gpt-4o-mini", {"temperature": 0, "max_tokens": 100})


@pytest.mark.parametrize(
    ("app", "prompt", "wanted"),
    [
        ("model: a/b\n", "model: c/d\n", "a/b"),
        ("", "model: c/d\n", "c/d"),
        ("", "description: x\n", "offline/extractive"),
    ],
)
def test_the_model_is_the_apps_then_the_prompts_then_the_workspaces(
    desk: Desk, app: str, prompt: str, wanted: str
) -> None:
    desk.write("apps/a.yaml", f"prompt: p\n{app}")
    desk.write("prompts/p.md", f"---\n{prompt}---\nHi\n")
    assert desk.resolve("app/a").spec(AppSpec).model == wanted


def test_inline_parts_become_artifacts_under_the_apps_name(desk: Desk) -> None:
    desk.write(
        "apps/bot.yaml",
        "prompt:\n  inputs: {question: string}\n  body: |\n    system:\n    Hi\n    user:\n    {{ question }}\n"
        "rag:\n  sources: [{files: x}]\n",
    )
    assert desk.registered() == ["+prompt/bot@1", "+rag/bot@1", "+app/bot@1"]
    loaded = desk.registry.load_app(desk.resolve("app/bot@1"))
    assert [m.content for m in loaded.prompt.render(question="Why?")] == ["Hi", "Why?"]
    assert loaded.rag is not None
    assert loaded.rag.sources[0].files == "x"


def test_a_selector_pins_a_registered_version(desk: Desk) -> None:
    desk.versions(2)
    desk.move("prompt/answer@1")
    for selector, number in (("@1", 1), ("@production", 1), ("@latest", 2), ("", 2)):
        desk.write("apps/a.yaml", f"prompt: answer{selector}\n")
        pinned = desk.resolve("app/a").spec(AppSpec).prompt.digest
        assert pinned == desk.store.versions.of("prompt", "answer")[number - 1].digest


def test_a_part_without_file_is_pinned_to_its_latest_version(desk: Desk) -> None:
    desk.versions(2)
    (desk.root / "prompts/answer.md").unlink()
    desk.write("apps/a.yaml", "prompt: answer\n")
    assert desk.registered() == ["+app/a@1"]
    assert desk.registry.load_app(desk.resolve("app/a@1")).prompt.number == 2


def test_a_changed_part_makes_a_new_app(desk: Desk) -> None:
    desk.write_all()
    desk.register()
    desk.write("prompts/answer.md", PROMPT + "More.\n")
    assert desk.registered("apps/docs.yaml") == ["+prompt/answer@2", "=rag/docs@1", "+app/docs@2"]
    assert desk.registry.load_app(desk.resolve("app/docs@1")).prompt.number == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prompt: anwser", "apps/a.yaml:1: there is no prompt called 'anwser'\nDid you mean 'answer'?"),
        ("prompt: answer@7", "apps/a.yaml:1: prompt/answer has no versions yet, only the file prompts/answer.md"),
        (
            "prompt: answer\nrag: nowhere",
            "apps/a.yaml:2: there is no rag called 'nowhere'\nThere is none yet; write rag/nowhere.yaml.",
        ),
        ("prompt: answer\npolicy: chat", "apps/a.yaml:2: there is no policy called 'chat'"),
        ("prompt: answer\nsnapshot: true", "snapshot pins the contents of an index, and the app has no rag"),
        ("prompt: answer\nmodle: x", "apps/a.yaml:2: unknown key 'modle'\nDid you mean 'model'?"),
        ("prompt:\n  body: Hi\n  modle: x", "apps/a.yaml:3: unknown key 'modle'\nDid you mean 'model'?"),
        ("prompt:\n  inputs: {q: string}\n  body: |\n    Hi\n    {{ x }}", "apps/a.yaml:5: 'x' is used here"),
        (
            "prompt: answer\nrag:\n  sources: [{file: x}]",
            "apps/a.yaml:3: unknown key 'sources[0].file'\nDid you mean 'files'?",
        ),
        (
            "prompt: answer\nrag:\n  sources: [{files: x}]\n  retrieval: {mode: hybrd}",
            "apps/a.yaml:4: rag.retrieval.mode cannot be",
        ),
        ("prompt: [answer]", 'apps/a.yaml:1: prompt must be text, not ["answer"]'),
        ("model: x", "apps/a.yaml:1: 'prompt' is missing"),
        ("- a", "apps/a.yaml:1: the file must be a map"),
        ("", "apps/a.yaml: the file must be a map"),
        ("prompt: answer\nfallbacks: x", "apps/a.yaml:2: fallbacks must be a list"),
        ("prompt: answer@", "apps/a.yaml:1: 'answer@': '' is no selector"),
    ],
)
def test_what_is_wrong_with_an_app(desk: Desk, text: str, said: str) -> None:
    desk.write("prompts/answer.md", "Hi")
    desk.write("apps/a.yaml", text)
    assert said in desk.complaint()


def test_a_part_written_twice(desk: Desk) -> None:
    desk.write("prompts/a.md", "Hi")
    desk.write("apps/a.yaml", "description: x\nprompt: {body: Hi}\n")
    assert desk.complaint().startswith("apps/a.yaml:2: prompt/a is written here and in prompts/a.md")
