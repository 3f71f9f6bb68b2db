"""No promotion to a generation that is not there, not whole, or was never verified; each refusal says what to type."""

from pathlib import Path

import pytest

import llmops
from llmops.domain.artifact import Version
from llmops.domain.manifest import GenerationState
from llmops.domain.requirement import Requirement
from llmops.flows.promotion.generations import check_generation
from llmops.index.index import utc_now
from tests.support.workspaces import llmops as command


def requirement(kind: str = "app") -> Requirement:
    with llmops.open(Path.cwd()) as ws:
        version = ws.store.versions.latest(kind, "docs")  # type: ignore[arg-type]
        assert isinstance(version, Version)
        [found] = check_generation(ws.services, version)
        return found


def mark(state: GenerationState, *, verified: bool = True) -> None:
    with llmops.open(Path.cwd()) as ws:
        corpus = ws.store.corpus
        [generation] = corpus.generations("docs")
        verified_at = generation.verified_at if verified else None
        lease = corpus.leases.acquire("docs", "a test", utc_now())
        changed = generation.model_copy(update={"state": state, "verified_at": verified_at})
        corpus.save(changed, lease, utc_now())
        corpus.leases.release(lease)


@pytest.mark.parametrize("kind", ["app", "rag"])
def test_a_ready_and_verified_generation_is_promoted(ready: Path, kind: str) -> None:
    found = requirement(kind)
    assert found.is_met
    assert found.detail.endswith("is ready and verified")
    assert command("promote", f"{kind}/docs@latest", "--to", "production").code == 0


@pytest.mark.parametrize("kind", ["app", "rag"])
@pytest.mark.parametrize(
    ("state", "verified", "problem", "typed"),
    [
        ("building", True, "is building, not ready", "llmops index sync docs@1"),
        ("broken", False, "is broken: a verification found it damaged", "llmops index verify docs@1 --repair"),
        ("retired", True, "is retired: no sync has kept it in step", "llmops index sync docs@1"),
        ("ready", False, "was never verified", "llmops index verify docs@1"),
    ],
)
def test_what_stands_in_the_way_is_said_with_the_command_that_mends_it(
    ready: Path, kind: str, state: GenerationState, verified: bool, problem: str, typed: str
) -> None:
    mark(state, verified=verified)
    found = requirement(kind)
    assert (found.is_met, found.command) == (False, typed)
    assert problem in found.detail
    refused = command("promote", f"{kind}/docs@latest", "--to", "production")
    assert (refused.code, problem in refused.err, typed in refused.err) == (1, True, True)
    done = command(*typed.split()[1:])
    assert done.code == 0, done.err
    assert requirement(kind).is_met
    assert command("promote", f"{kind}/docs@latest", "--to", "production").code == 0
