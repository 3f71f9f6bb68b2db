"""The policy of a named app redacts what spans say."""

from pathlib import Path

import llmops
from llmops.domain.interaction import Wanted
from llmops.workspace.spans import SpanLog
from tests.support.served import plain as plain
from tests.support.spans import span


def test_the_policy_of_the_app_redacts(plain: Path) -> None:
    (plain / "policies").mkdir()
    (plain / "policies" / "p.yaml").write_text(
        "output:\n  - pii: {action: redact}\n  - phrases: {phrases: [Zanzibar], action: redact}\n"
    )
    (plain / "apps" / "plain.yaml").write_text("prompt: say\nmodel: offline/echo\npolicy: p\n")
    with llmops.open(plain) as ws:
        ws.register()
        log = SpanLog(ws, "plain@latest")
        told = {"gen_ai.operation.name": "chat", "gen_ai.completion": "Off to Zanzibar, a@example.com"}
        (id_,) = log.write_down([span(told)])
        ws.log.flush()
        (found,) = ws.store.interactions.texts(Wanted())
        assert (found.id, found.refs["policy"]) == (id_, ws.app("plain@latest").refs["policy"])
        assert "Zanzibar" not in found.output
        assert "example.com" not in found.output
