"""From an index to a dataset: chunks are drawn, questions written from them and checked, cases appended as they come.

The file is never overwritten. One that this journey began is continued, from where a kill or an error left it: chunks that have
a case are passed over, and what was asked before comes from the reply cache.
"""

import asyncio
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from llmops.core.errors import Conflict, InputError, ModelError
from llmops.core.hashing import Json, canonical_json
from llmops.core.names import Ref, check_name
from llmops.domain.corpus import Chunk, RagSpec
from llmops.domain.interaction import ChatReply
from llmops.domain.judge import Judge
from llmops.domain.ports import Progress, no_progress
from llmops.domain.suite import JudgeSpec
from llmops.evals.questions import Written, as_case, is_worth_asking, write_question
from llmops.flows.judges import open_judge
from llmops.flows.services import Services
from llmops.index.generations import find_generation

WRITER: Final = "llmops index questions"
AT_ONCE: Final = 8
GIVE_UP_AFTER: Final = 5  # failures in a row: the next thousand would fail too
_OFFLINE: Final = "offline/"


@dataclass(frozen=True, slots=True)
class QuestionOptions:
    """How many cases the file is to have, by which model, drawn how, and where."""

    count: int = 50
    model: str = ""
    seed: int = 0
    output: str = ""


@dataclass(slots=True)
class QuestionReport:
    """What was written, what was left out and why, and what it took."""

    path: str
    model: str
    before: int = 0
    written: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    tokens: int = 0
    cost: float = 0.0

    def as_json(self) -> Json:
        """Plain values."""
        return {
            "path": self.path, "model": self.model, "before": self.before, "written": self.written,
            "left_out": dict(self.left_out), "calls": self.calls, "tokens": self.tokens, "cost": self.cost,
        }  # fmt: skip

    def in_words(self) -> str:
        """A sentence or two."""
        text = f"{self.written} questions were written to {self.path}, which has {self.before + self.written} now."
        if self.left_out:
            reasons = ", ".join(f"{count} ({reason})" for reason, count in self.left_out.most_common())
            text += f" Left out: {reasons}."
        return text

    def hear(self, reply: ChatReply) -> None:
        """Count a reply of the model."""
        self.calls += 1
        self.tokens += reply.usage.tokens
        if not reply.cached:
            self.cost += reply.usage.cost or 0.0


async def write_questions(
    services: Services, rag: Ref, options: QuestionOptions, progress: Progress = no_progress
) -> QuestionReport:
    """Write questions from an index into a dataset's file, until it has as many as asked for or the chunks have run out.

    Raises:
        InputError: the index has not been built, or the model is none that could write.
        Conflict: the file holds cases that somebody else wrote.
        ModelError: the model fails; what is written stays, and the next call goes on from there.
    """
    index, model = rag.name, options.model or services.settings.models.default
    if model.startswith(_OFFLINE):
        raise InputError(
            f"{model} is no language model and cannot write questions",
            hint=f"Pass one: llmops index questions {index} --model openai/gpt-4o-mini",
        )
    path = _path(services.root, options.output or f"{index}-questions")
    known = _continued(services, path, index)
    report = QuestionReport(services.registry.files.shown(path), model, before=len(known))
    judge = open_judge(services, JudgeSpec(model=model, parameters={"temperature": 0}))()
    metadata: dict[str, Json] = {"index": index, "model": model, "written_by": WRITER}
    failures = 0
    chunks = _drawn(services, rag, options.seed)
    chosen = (chunk for chunk in chunks if is_worth_asking(chunk) and chunk.cid not in known)
    while (wanted := options.count - report.before - report.written) > 0 and (
        batch := list(islice(chosen, min(AT_ONCE, wanted)))
    ):
        for chunk, found in zip(batch, await _ask(judge, batch, report), strict=True):
            failures = failures + 1 if isinstance(found, ModelError) else 0
            if isinstance(found, ModelError):
                if failures >= GIVE_UP_AFTER:
                    raise found
                report.left_out["the model gave no usable answer"] += 1
            elif found.left_out:
                report.left_out[found.left_out] += 1
            else:
                _append(path, canonical_json(as_case(found, chunk, metadata).model_dump(exclude_defaults=True)))
                report.written += 1
        progress(report.before + report.written, options.count, "questions")
    return report


async def _ask(judge: Judge, chunks: Sequence[Chunk], report: QuestionReport) -> list[Written | ModelError]:
    async def one(chunk: Chunk) -> Written | ModelError:
        try:
            return await write_question(judge, chunk.text, report.hear)
        except ModelError as error:
            return error

    return list(await asyncio.gather(*map(one, chunks)))


def _drawn(services: Services, rag: Ref, seed: int) -> Iterator[Chunk]:
    """The chunks of an index in an order that seed and chunk alone decide."""
    spec = services.registry.resolve(rag).spec(RagSpec)
    corpus = services.store.corpus
    generation = find_generation(corpus.generations(rag.name), spec)
    if generation is None or generation.state != "ready":
        raise InputError(f"index {rag.name!r} has not been built", hint=f"llmops index sync {rag.name}")
    ids = [cid for page in corpus.embedding_keys(generation.id) for cid, _ in page]
    ids.sort(key=lambda cid: hashlib.sha256(f"{seed}\n{cid}".encode()).digest())
    for start in range(0, len(ids), 100):
        found = corpus.chunks(generation.id, ids[start : start + 100])
        yield from (found[cid] for cid in ids[start : start + 100] if cid in found)


def _path(root: Path, name: str) -> Path:
    name = name.removeprefix("evals/data/").removesuffix(".jsonl")
    return root / "evals" / "data" / f"{check_name(name)}.jsonl"


def _continued(services: Services, path: Path, index: str) -> set[str]:
    """The chunks that a file has cases of, an unfinished last line cut off; empty where there is no file."""
    if not path.exists():
        return set()
    shown = services.registry.files.shown(path)
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    known = set()
    for line in whole.splitlines():
        try:
            metadata = json.loads(line)["metadata"]
            if (metadata["written_by"], metadata["index"]) != (WRITER, index):
                raise ValueError
            known.add(str(metadata["chunk"]))
        except (ValueError, KeyError, TypeError) as error:
            raise Conflict(
                f"{shown} holds cases that were not written from index {index!r}",
                hint=f"Choose another file: llmops index questions {index} -o NAME",
            ) from error
    if len(whole) < len(data):
        if not known:
            raise Conflict(f"{shown} is no dataset", hint=f"Choose another: llmops index questions {index} -o NAME")
        os.truncate(path, len(whole))
    return known


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
