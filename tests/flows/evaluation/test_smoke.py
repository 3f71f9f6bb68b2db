"""A generation that was just built is asked beside the old one; nothing is stored, and nothing stands in the way."""

from pathlib import Path

import llmops
from tests.flows.test_index_needs import cut
from tests.support.workspaces import llmops as command


def built(workspace: Path, size: int) -> tuple[str, str]:
    """Build a generation; what was printed, as data and as talk."""
    cut(workspace, size)
    done = command("index", "sync", "docs", "--build")
    assert done.code == 0, done.err
    return done.out, done.err


def test_the_suite_of_the_app_says_what_both_generations_find(workspace: Path) -> None:
    out, err = built(workspace, 64)
    assert "smoke" not in err  # there is nothing to compare with
    assert out == ""
    assert command("promote", "app/docs@1", "--to", "production").code == 0
    out, err = built(workspace, 16)
    with llmops.open(workspace) as ws:
        new, old = ws.store.corpus.generations("docs")
    assert f"old {old.uid}" in out
    assert f"new {new.uid}" in out
    [row] = [line for line in out.splitlines() if line.startswith("hit_rate")]
    assert row.split()[-1] == "12"
    assert f"smoke-evaluated on 12 cases of suite docs, beside generation {old.uid}" in err
    assert "contains" not in out  # that asks for answers, not for contexts
    assert command("runs", "list", "--json").out.strip() == "[]"


def test_what_finds_nothing_any_more_is_told_as_worse(workspace: Path) -> None:
    built(workspace, 64)
    assert command("promote", "app/docs@1", "--to", "production").code == 0
    path = workspace / "apps/docs.yaml"
    (workspace / "other").mkdir()
    (workspace / "other/a.md").write_text("# Nothing\n\nThis says nothing of books.\n")
    path.write_text(path.read_text().replace("docs/**/*.md", "other/*.md"))
    _, err = built(workspace, 64)
    assert "worse in hit_rate" in err


def test_a_suite_of_the_configuration_itself_comes_first(workspace: Path) -> None:
    (workspace / "rag").mkdir()
    built(workspace, 64)
    assert command("promote", "app/docs@1", "--to", "production").code == 0
    (workspace / "evals/zz.yaml").write_text(
        "target: {rag: docs}\ndataset: evals/data/docs.jsonl\nscorers: [recall_at_k, mrr]\n"
    )
    out, err = built(workspace, 65)
    assert "of suite zz, beside" in err
    assert [line.split()[0] for line in out.splitlines() if line.startswith(("recall", "mrr", "hit"))] == [
        "recall_at_k", "mrr",
    ]  # fmt: skip


def test_without_a_suite_that_is_said(workspace: Path) -> None:
    (workspace / "evals/docs.yaml").unlink()
    built(workspace, 64)
    assert command("promote", "app/docs@1", "--to", "production").code == 0
    out, err = built(workspace, 65)
    assert out == ""
    assert "not smoke-evaluated: no suite of this workspace has rag/docs, or an app that answers from it" in err


def test_a_suite_that_cannot_be_read_stops_no_sync(workspace: Path) -> None:
    built(workspace, 64)
    assert command("promote", "app/docs@1", "--to", "production").code == 0
    cut(workspace, 65)
    (workspace / "evals/broken.yaml").write_text("target: {rag: docs}\n")
    done = command("index", "sync", "docs", "--build")
    assert done.code == 0, done.err
    assert "not smoke-evaluated: evals/broken.yaml:1: 'dataset' is missing" in done.err
