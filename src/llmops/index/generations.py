"""Which generation serves a configuration, and what a new one is called."""

from collections.abc import Sequence
from datetime import datetime

from llmops.domain.corpus import RagSpec
from llmops.domain.manifest import Generation, short_hash
from llmops.domain.ports import Embedder
from llmops.index.prepare import PIPELINE, SERVED


def find_generation(generations: Sequence[Generation], spec: RagSpec, embedder: str | None = None) -> Generation | None:
    """The generation of a configuration that was synced last.

    Args:
        generations: those of the index, newest first.
        spec: the configuration.
        embedder: the identity of the embedder; None takes any, so that nothing needs to be loaded to ask.
    """
    fitting = [
        generation
        for generation in generations
        if generation.fingerprint == spec.fingerprint
        and generation.pipeline in SERVED
        and embedder in (None, generation.embedder)
    ]
    return max(fitting, key=lambda generation: generation.synced_at or generation.created_at, default=None)


def new_generation(index: str, spec: RagSpec, embedder: Embedder, vectors: str, now: datetime) -> Generation:
    """Describe a generation that is to be built."""
    identity = embedder.identity
    return Generation(
        index=index,
        uid=short_hash(spec.fingerprint, PIPELINE, identity)[:12],
        fingerprint=spec.fingerprint,
        pipeline=PIPELINE,
        embedder=identity,
        dimension=embedder.dimension,
        spec=spec,
        vectors=vectors,
        created_at=now,
    )


def why_new(generations: Sequence[Generation], spec: RagSpec, embedder: str | None = None) -> str:
    """Say what makes a configuration need a generation of its own."""
    if not generations:
        return "nothing has been built yet"
    last = generations[0]
    changed = [name for name in ("sources", "chunking", "embedding") if getattr(last.spec, name) != getattr(spec, name)]
    if changed:
        return f"{' and '.join(changed)} changed since generation {last.uid}"
    if last.pipeline not in SERVED:
        return f"this version of llmops reads or cuts documents otherwise than generation {last.uid}"
    return (
        f"the embedding model is {embedder or 'another one'} now; generation {last.uid} was built with {last.embedder}"
    )
