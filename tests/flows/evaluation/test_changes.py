"""What changed between the artifacts of two runs."""

from pathlib import Path

import llmops
from llmops.flows.evaluation.baselines import dossier_of
from llmops.flows.evaluation.changes import with_changes
from tests.support.workspaces import llmops as command


def test_a_comparison_shows_the_cause_next_to_the_effect(ready: Path) -> None:
    with llmops.open(ready) as ws:
        before = ws.eval("docs").run_id
    prompt = ready / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text() + "\nBe brief.\n")
    app = ready / "apps" / "docs.yaml"
    app.write_text(app.read_text().replace("min_similarity: 0.0", "min_similarity: 0.1"))
    assert command("register").code == 0
    with llmops.open(ready) as ws:
        after = ws.eval("docs", compare=before).run_id
        found = with_changes(ws.services, dossier_of(ws.store, after)).changes
    assert [(one.before, one.after) for one in found] == [
        ("app/docs@1", "app/docs@2"),
        ("prompt/answer@1", "prompt/answer@2"),
    ]
    fields = {field.field: (field.before, field.after) for field in found[0].fields}
    assert fields == {"parameters.min_similarity": ("0.0", "0.1")}  # and not the digest of the prompt
    (body,) = found[1].fields
    assert body.field == "body"
    assert "Be brief." in str(body.after)
    assert "Be brief." not in str(body.before)


def test_a_changed_policy_is_a_cause_too(ready: Path) -> None:
    (ready / "policies").mkdir()
    policy = ready / "policies" / "chat.yaml"
    policy.write_text("input: [secrets]\n")
    app = ready / "apps" / "docs.yaml"
    app.write_text(app.read_text() + "policy: chat\n")
    assert command("register").code == 0
    with llmops.open(ready) as ws:
        before = ws.eval("docs").run_id
    policy.write_text("input: [secrets, pii]\n")
    assert command("register").code == 0
    with llmops.open(ready) as ws:
        after = ws.eval("docs", compare=before).run_id
        found = with_changes(ws.services, dossier_of(ws.store, after)).changes
    assert ("policy/chat@1", "policy/chat@2") in [(one.before, one.after) for one in found]


def test_a_version_that_is_not_stored_is_said_to_be_so(ready: Path) -> None:
    prompt = ready / "prompts" / "answer.md"
    text = prompt.read_text()
    prompt.write_text(text + "\nNever registered.\n")
    with llmops.open(ready) as ws:
        before = ws.eval("docs").run_id
    prompt.write_text(text)
    with llmops.open(ready) as ws:
        after = ws.eval("docs", compare=before).run_id
        found = with_changes(ws.services, dossier_of(ws.store, after)).changes
    assert {one.fields for one in found} == {()}
    assert all("never registered" in one.note for one in found)


def test_nothing_changed_where_nothing_is_compared(ready: Path) -> None:
    with llmops.open(ready) as ws:
        run = ws.eval("docs").run_id
        assert with_changes(ws.services, dossier_of(ws.store, run)).changes == ()


def test_a_difference_is_written_as_a_page(ready: Path) -> None:
    prompt = ready / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text() + "\nBe brief.\n")
    said = command("diff", "prompt/answer@1", "-o", "diff.html")
    assert said.code == 0
    assert "<ins>Be brief.</ins>" in (ready / "diff.html").read_text()
    refused = command("diff", "prompt/answer@1", "-o", "diff.pdf")
    assert refused.code == 2
    assert "diff.pdf does not end in .html" in refused.err
    assert "Write -o diff.html" in refused.err
