"""Bundles: a version with everything that it pins."""

from dataclasses import replace

import pytest

from llmops.core.errors import NotFound
from llmops.core.names import parse_ref
from llmops.registry.bundles import gather
from tests.support.registries import Desk


def test_an_app_needs_no_store_once_it_is_gathered(desk: Desk) -> None:
    desk.write_all()
    desk.write("prompts/rules.md", "Be kind. {% include 'tone' %}\n")
    desk.write("prompts/tone.md", "Be brief.\n")
    desk.write("prompts/answer.md", "{% include 'rules' %} {{ question }}\n")
    desk.register()
    bundle = desk.registry.bundle(parse_ref("app/docs@1"))
    desk.store.close()
    assert {(part.kind, part.name) for part in bundle} == {
        ("app", "docs"), ("prompt", "answer"), ("rag", "docs"), ("prompt", "rules"), ("prompt", "tone"),
    }  # fmt: skip
    loaded = bundle.app()
    assert loaded.rag is not None
    assert loaded.prompt.render(question="Why?")[0].content == "Be kind. Be brief. Why?"
    assert bundle.prompt().digest == loaded.prompt.digest


def test_a_prompt_is_a_bundle_too(desk: Desk) -> None:
    desk.versions(2)
    bundle = desk.registry.bundle(parse_ref("prompt/answer@1"))
    assert (bundle.prompt().number, bundle.prompt().render()[0].content) == (1, "Say 1.")


def test_a_content_that_was_changed_is_noticed(desk: Desk) -> None:
    desk.versions(1)
    found = desk.resolve("prompt/answer@1")
    assert found.is_sound
    assert not replace(found, content={**found.content, "body": "Say 2."}).is_sound


def test_a_part_that_is_gone_is_named(desk: Desk) -> None:
    desk.write_all()
    desk.register()
    app = desk.resolve("app/docs@1")
    content = {**app.content, "rag": {"name": "docs", "digest": "sha256:" + "0" * 64}}
    with pytest.raises(NotFound, match="rag/docs has no version with the digest"):
        gather(replace(app, content=content), desk.registry.resolve)
