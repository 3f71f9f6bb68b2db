"""An app as a program holds it."""

import asyncio
from pathlib import Path

import pytest

import llmops
from llmops.core.bridge import run_sync
from llmops.core.errors import WrongLoop
from llmops.domain.corpus import Context


def test_an_app_answers_with_digests_and_citations(ready: Path) -> None:
    with llmops.open(ready) as ws:
        app = ws.app("docs@1")
        reply = app.ask("How long are gift cards valid?")
        assert "three years" in reply.text
        assert reply.citations[0].key == "docs/gift-cards.md"
        assert reply.refs["app"] == ws.store.versions.get("app", "docs", 1).digest  # type: ignore[union-attr]
        assert app.model == "offline/extractive"
        assert set(app.refs) <= set(reply.refs)


def test_the_async_form_gives_the_same_answer(ready: Path) -> None:
    with llmops.open(ready) as ws:
        app = ws.app("docs")

        async def ask() -> str:
            return (await app.aask("How long are gift cards valid?")).text

        assert asyncio.run(ask()) == app.ask("How long are gift cards valid?").text


def test_given_contexts_replace_retrieval(ready: Path) -> None:
    with llmops.open(ready) as ws:
        context = Context(id="x", text="The moon is made of green cheese.")
        reply = ws.app("docs").ask("What is the moon made of?", contexts=[context])
        assert reply.contexts == (context,)
        assert "green cheese" in reply.text


def test_a_sync_call_on_the_loop_names_the_async_form(ready: Path) -> None:
    with llmops.open(ready) as ws:
        app = ws.app("docs")

        async def wrong() -> None:
            app.ask("x")

        with pytest.raises(WrongLoop, match="called synchronously"):
            run_sync(wrong())
