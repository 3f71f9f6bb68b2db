"""Register, resolve, list, delete."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from llmops.core.errors import Conflict, InputError, InvalidFile, NotFound
from llmops.registry.artifacts import Registry
from tests.support.registries import APP, NOW, PROMPT, Desk, ref


def test_registering_twice_makes_one_version(any_desk: Desk) -> None:
    any_desk.write_all()
    first = ["prompt/answer@1", "rag/docs@1", "dataset/docs@1", "app/docs@1", "suite/docs@1"]
    assert any_desk.registered() == [f"+{name}" for name in first]
    assert any_desk.registered() == [f"={name}" for name in first]
    done = any_desk.register(message="unused")
    assert done[0].version.created_at == NOW


def test_going_back_to_an_old_content_is_the_old_version(desk: Desk) -> None:
    desk.versions(2)
    desk.write("prompts/answer.md", "Say 1.")
    assert desk.registered() == ["=prompt/answer@1"]
    desk.write("prompts/answer.md", "Say 3.")
    assert desk.registered() == ["+prompt/answer@3"]


def test_a_file_registers_with_its_parts_before_it(desk: Desk) -> None:
    desk.write_all()
    assert desk.registered("apps/docs.yaml") == ["+prompt/answer@1", "+rag/docs@1", "+app/docs@1"]


def test_nothing_is_written_where_one_file_is_wrong(any_desk: Desk) -> None:
    any_desk.write_all()
    any_desk.write("evals/zzz.yaml", "target: {app: docs}\ndataset: docs\nscorrers: [contains]\n")
    assert any_desk.complaint().startswith("evals/zzz.yaml:3: unknown key 'scorrers'")


def test_message_and_time_are_kept(desk: Desk) -> None:
    desk.write("prompts/a.md", "Hi")
    version = desk.register(message="first words")[0].version
    assert (version.origin.message, version.created_at) == ("first words", NOW)


def test_an_empty_workspace_has_nothing_to_register(desk: Desk) -> None:
    with pytest.raises(InputError, match=r"there is nothing to register in .*\nllmops init"):
        desk.register()


def test_two_registers_at_once_number_without_gaps(desk: Desk) -> None:
    for number in range(6):
        desk.write(f"prompts/p{number}.md", "Hi")
        desk.write(f"apps/a{number}.yaml", f"prompt: p{number}\n")
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: desk.register(), range(4)))
    assert sum(item.created for items in done for item in items) == 12
    assert {artifact.latest for artifact in desk.store.versions.artifacts()} == {1}


def test_without_selector_the_working_file_else_the_latest(desk: Desk) -> None:
    desk.versions(2)
    assert desk.resolve("prompt/answer").number == 2
    path = desk.write("prompts/answer.md", "Say nothing.")
    working = desk.resolve("prompt/answer")
    assert (working.number, working.path, working.content["body"]) == (None, path, "Say nothing.")
    assert desk.resolve("prompt/answer@working").digest == working.digest
    assert desk.resolve("prompt/answer@latest").number == 2
    assert desk.resolve(f"prompt/answer@{working.digest}").path == path
    path.unlink()
    assert desk.resolve("prompt/answer").number == 2
    with pytest.raises(NotFound, match=r"there is no file for prompt/answer\nWrite prompts/answer\.md"):
        desk.resolve("prompt/answer@working")
    with pytest.raises(NotFound, match=r"has no version with the digest"):
        desk.resolve(f"prompt/answer@{working.digest}")


def test_a_working_file_that_is_registered_has_its_number(desk: Desk) -> None:
    desk.versions(3)
    desk.write("prompts/answer.md", "Say 2.")
    assert desk.resolve("prompt/answer").number == 2


def test_a_broken_working_file_does_not_stop_what_is_pinned(desk: Desk) -> None:
    desk.versions(1)
    desk.write("prompts/answer.md", "{% if %}")
    assert desk.resolve("prompt/answer@1").number == 1
    with pytest.raises(InvalidFile, match=r"prompts/answer\.md:1"):
        desk.resolve("prompt/answer")


def test_a_working_app_loads_with_unregistered_parts(desk: Desk) -> None:
    desk.write_all()
    loaded = desk.registry.load_app(desk.resolve("app/docs"))
    assert (loaded.prompt.number, loaded.rag is not None) == (None, True)
    assert loaded.prompt.render(question="Why?", contexts=[])[-1].content == "Why?"


def test_a_pinned_app_never_mixes_versions(desk: Desk) -> None:
    desk.write_all()
    desk.register()
    desk.write("prompts/answer.md", PROMPT.replace("Answer from", "Quote"))
    desk.write("apps/docs.yaml", APP + "model: a/b\n")
    old, new = (desk.registry.load_app(desk.resolve(f"app/docs{selector}")) for selector in ("@1", ""))
    assert old.prompt.render(question="?", contexts=[])[0].content == "Answer from the excerpts."
    assert new.prompt.render(question="?", contexts=[])[0].content == "Quote the excerpts."
    assert (old.spec.model, new.spec.model) == ("openai/gpt-4o-mini", "a/b")


def test_listing_by_kind(desk: Desk) -> None:
    desk.write_all()
    desk.register()
    desk.move("prompt/answer@1")
    assert [f"{a.kind}/{a.name}" for a in desk.registry.list_artifacts()] == [
        "app/docs", "dataset/docs", "prompt/answer", "rag/docs", "suite/docs",
    ]  # fmt: skip
    assert [a.aliases for a in desk.registry.list_artifacts("prompts")] == [{"production": 1}]
    with pytest.raises(InputError, match=r"'promt' is no kind of artifact\nDid you mean 'prompt'\?"):
        desk.registry.list_artifacts("promt")


def test_history_is_all_versions(desk: Desk) -> None:
    desk.versions(3)
    assert [v.number for v in desk.registry.history(ref("prompt/answer"))] == [1, 2, 3]
    with pytest.raises(NotFound, match=r"there is no prompt called 'anwser'\nDid you mean 'answer'"):
        desk.registry.history(ref("prompt/anwser"))


def test_deleting_what_nothing_refers_to(any_desk: Desk) -> None:
    any_desk.write_all()
    any_desk.register()
    registry = any_desk.registry
    with pytest.raises(
        Conflict, match=r"prompt/answer@1 is part of app/docs@1\nDelete that first: llmops delete app/docs"
    ):
        registry.delete(ref("prompt/answer"))
    any_desk.move("app/docs@1", "staging")
    with pytest.raises(Conflict, match=r"app/docs is held by @staging"):
        registry.delete(ref("app/docs"))
    with pytest.raises(InputError, match=r"suite/docs@1 cannot be deleted alone"):
        registry.delete(ref("suite/docs@1"))
    registry.delete(ref("suite/docs"))
    registry.delete(ref("dataset/docs"))
    assert [a.kind for a in registry.list_artifacts()] == ["app", "prompt", "rag"]
    with pytest.raises(NotFound, match=r"suite/docs has no versions yet, only the file"):
        registry.delete(ref("suite/docs"))


def test_many_unchanged_files_register_quickly(desk: Desk) -> None:
    for number in range(150):
        desk.write(f"prompts/p{number}.md", PROMPT + f"{number}\n" + "More words. " * 100)
    desk.register()
    started = time.process_time()
    assert all(not done.created for done in Registry(desk.store, desk.root, desk.registry.settings).register(now=NOW))
    assert time.process_time() - started < 10  # 0.2 s on an idle machine


def test_paths_may_be_folders(desk: Desk) -> None:
    desk.write_all()
    assert desk.registered(str(Path("prompts")), "rag") == ["+prompt/answer@1", "+rag/docs@1"]
