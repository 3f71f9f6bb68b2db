"""A plain sync keeps in step every generation that somebody needs, and retires the rest."""

from pathlib import Path

import pytest

import llmops
from llmops.domain.manifest import Generation
from tests.flows.test_index_needs import cut
from tests.support.workspaces import llmops as command


def generations(workspace: Path) -> dict[int, Generation]:
    """The generations of the index by the size of their chunks."""
    with llmops.open(workspace) as ws:
        return {g.spec.chunking.size: g for g in ws.store.corpus.generations("docs")}


def states(workspace: Path) -> dict[int, str]:
    """What `index generations` calls them, by the size of their chunks."""
    with llmops.open(workspace) as ws:
        listed = ws.index("docs").generations().generations
        sizes = {g.uid: g.spec.chunking.size for g in ws.store.corpus.generations("docs")}
    return {sizes[g.uid]: g.state for g in listed}


def build(size: int) -> None:
    """Change the chunking, register and build."""
    cut(Path.cwd(), size)
    done = command("index", "sync", "docs", "--build")
    assert done.code == 0, done.err


def promote() -> None:
    """Let production hold the latest version."""
    done = command("promote", "app/docs@latest", "--to", "production")
    assert done.code == 0, done.err


def documents(generation: Generation, workspace: Path) -> set[str]:
    with llmops.open(workspace) as ws:
        items = ws.store.corpus.items.all(generation.id, ws.store.corpus.sources(generation.id)[0])
        return {item.key for item in items}


def test_holders_of_now_and_before_are_kept_in_step_and_the_rest_is_retired(workspace: Path) -> None:
    for size in (64, 65):
        build(size)
        promote()
    build(66)  # the working file's own
    (workspace / "docs/new.md").write_text("# New\n\nA document that came later.\n")
    done = command("index", "sync", "docs")
    assert done.code == 0, done.err
    uids = {size: g.uid for size, g in generations(workspace).items()}
    assert f"docs generation {uids[65]}, for app/docs@production: 1 added" in done.err
    assert f"docs generation {uids[64]}, for app/docs@production (before): 1 added" in done.err
    for generation in generations(workspace).values():
        assert "docs/new.md" in documents(generation, workspace)
    assert states(workspace) == {64: "ready", 65: "active", 66: "ready"}
    promote()  # nothing needs what was held before the last but one
    assert states(workspace) == {64: "retired", 65: "ready", 66: "active"}
    (workspace / "docs/later.md").write_text("# Later\n\nAnother one.\n")
    assert command("index", "sync", "docs").code == 0
    assert ["docs/later.md" in documents(g, workspace) for _, g in sorted(generations(workspace).items())] == [
        False, True, True,
    ]  # fmt: skip


def test_a_sync_that_finds_nothing_new_in_any_generation_writes_nothing(workspace: Path) -> None:
    for size in (64, 65):
        build(size)
        promote()
    command("index", "sync", "docs")
    before = {size: g.model_copy(update={"synced_at": None}) for size, g in generations(workspace).items()}
    with llmops.open(workspace) as ws:
        report = ws.index("docs").sync()
        assert [(other.unchanged, other.embedded, other.upserted) for other in report.others] == [
            (report.unchanged, 0, 0)
        ]
        assert (report.retired, report.troubles, report.embedded) == ((), (), 0)
    after = {size: g.model_copy(update={"synced_at": None}) for size, g in generations(workspace).items()}
    assert after == before  # but for when the sources were listed


def test_a_retired_generation_must_be_in_step_before_it_is_promoted_again(workspace: Path) -> None:
    for size in (64, 65, 66):
        build(size)
        promote()
    assert states(workspace)[64] == "retired"
    refused = command("promote", "app/docs@1", "--to", "production")
    assert refused.code == 1
    assert "is retired: no sync has kept it in step with its sources" in refused.err
    assert "llmops index sync docs@1" in refused.err
    assert command("index", "sync", "docs@1").code == 0
    assert states(workspace)[64] == "ready"
    assert command("promote", "app/docs@1", "--to", "production").code == 0
    assert states(workspace)[64] == "active"


def test_production_stays_in_step_while_a_new_generation_waits_to_be_built(workspace: Path) -> None:
    build(64)
    promote()
    cut(workspace, 65)
    (workspace / "docs/new.md").write_text("# New\n\nA document that came later.\n")
    done = command("index", "sync", "docs")
    assert done.code == 2
    assert "needs a new generation: chunking changed" in done.err
    [generation] = generations(workspace).values()
    assert f"in step meanwhile: generation {generation.uid}, for app/docs@production" in done.err
    assert "docs/new.md" in documents(generation, workspace)


def test_what_cannot_be_kept_in_step_is_told_and_stops_nothing(workspace: Path) -> None:
    build(64)
    promote()
    cut(workspace, 65)
    forced = command("promote", "app/docs@latest", "--to", "staging", "--force", "--reason", "a test")
    assert forced.code == 0, forced.err
    cut(workspace, 66)
    assert command("index", "sync", "docs", "--build").code == 1
    done = command("index", "sync", "docs")
    assert done.code == 1
    assert "the generation for app/docs@staging is not in step: index 'docs' needs a new generation" in done.err
    assert "llmops index sync docs@2 --build" in done.err
    assert states(workspace) == {64: "active", 66: "ready"}


@pytest.mark.parametrize("budget", [0.0, 1.0])
def test_a_budget_is_for_all_generations_together(workspace: Path, budget: float) -> None:
    for size in (64, 65):
        build(size)
        promote()
    (workspace / "docs/new.md").write_text("# New\n\nA document that came later.\n")
    done = command("index", "sync", "docs", "--budget", str(budget))
    assert done.code == 0, done.err  # what runs here costs nothing
