"""Policies for those who only guard: no workspace, no database, no model.

from llmops.guard.policy import Policy

policy = Policy.load("policies/chat.yaml")
verdict = policy.check_input("My card is 4111 1111 1111 1111")
verdict.action, verdict.text, verdict.findings
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmops.core.hashing import Json, digest
from llmops.domain.verdict import Stage, Verdict
from llmops.guard.aside import INLINE, run_aside
from llmops.guard.decisions import Placeholders, plain_placeholder, redact, worst
from llmops.guard.loading import Services, load_policy, read_policy
from llmops.guard.normalise.reading import Reading
from llmops.guard.pipeline import LoadedCheck, run_checks, run_slow_checks
from llmops.guard.protocol import Called, Subject
from llmops.text.beside import FilesBelow

if TYPE_CHECKING:
    from llmops.domain.corpus import Context
    from llmops.domain.interaction import ToolCall
    from llmops.domain.policy import PolicySpec
    from llmops.domain.verdict import Outcome
    from llmops.guard.streaming import TextStream
    from llmops.guard.vault import Vault

BLOCKED: Final = "This request was blocked by a guardrail."


class Policy:
    """A policy with its checks ready. Immutable; threads and event loops may share it."""

    def __init__(
        self, spec: "PolicySpec", services: Services | None = None, *, digest: str = "", ref: str = ""
    ) -> None:
        self.spec = spec
        self.digest = digest or digest_of(spec)
        self.ref = ref
        self.checks: Mapping[Stage, Sequence[LoadedCheck]] = load_policy(spec, services or Services())
        self._quick = {stage: [c for c in checks if c.slow is None] for stage, checks in self.checks.items()}
        self._slow = {stage: [c for c in checks if c.slow is not None] for stage, checks in self.checks.items()}

    @classmethod
    def load(cls, path: str | Path, services: Services | None = None) -> "Policy":
        """Read a policy's file. Files that it names are looked up from the workspace it lies in, else from its own folder.

        Raises:
            InvalidFile: with the line.
        """
        from llmops.text.yaml import read_yaml

        path = Path(path)
        root = services.root if services and services.root else folder_of(path)
        spec = read_policy(read_yaml(path), FilesBelow(root))
        return cls(spec, services or Services(root=root), ref=str(path))

    @classmethod
    def from_mapping(cls, written: Mapping[str, Json], services: Services | None = None) -> "Policy":
        """Read a policy that is written as a map, as a file would have it.

        Raises:
            InvalidFile: with the key.
        """
        from llmops.text.yaml import YamlDocument

        root = (services.root if services else None) or Path()
        document = YamlDocument("policy", dict(written), {})
        return cls(read_policy(document, FilesBelow(root)), replace(services or Services(), root=root))

    def check_input(
        self, text: str, *, vault: "Vault | None" = None, metadata: Mapping[str, Json] | None = None
    ) -> Verdict:
        """What the input checks say of a text. With a vault, redactions can be undone in the answer.

        Raises:
            WrongLoop: called on llmops' own event loop, with a policy that has slow checks; await `acheck_input` there.
        """
        return self._decide(self._subject("input", text, metadata=metadata), vault)

    async def acheck_input(
        self, text: str, *, vault: "Vault | None" = None, metadata: Mapping[str, Json] | None = None
    ) -> Verdict:
        """`check_input`, for async code."""
        return await self._adecide(self._subject("input", text, metadata=metadata), vault)

    def check_output(
        self,
        text: str,
        *,
        contexts: "Sequence[str | Context]" = (),
        system: str = "",
        tool_calls: "Sequence[ToolCall | Called]" = (),
        vault: "Vault | None" = None,
        metadata: Mapping[str, Json] | None = None,
        question: str = "",
    ) -> Verdict:
        """What the output checks say of an answer.

        Args:
            text: the answer.
            contexts: what it should rest on.
            system: the system prompt, which it should not repeat.
            tool_calls: what it asks to be called.
            vault: keeps what is redacted.
            metadata: for checks of your own.
            question: what it answers.
        """
        return self._decide(self._subject("output", text, contexts, system, tool_calls, metadata, question), vault)

    async def acheck_output(
        self,
        text: str,
        *,
        contexts: "Sequence[str | Context]" = (),
        system: str = "",
        tool_calls: "Sequence[ToolCall | Called]" = (),
        vault: "Vault | None" = None,
        metadata: Mapping[str, Json] | None = None,
        question: str = "",
    ) -> Verdict:
        """`check_output`, for async code."""
        return await self._adecide(
            self._subject("output", text, contexts, system, tool_calls, metadata, question), vault
        )

    def stream(self, *, stage: Stage = "output", vault: "Vault | None" = None) -> "TextStream":
        """A guard of a text that is still being written: `feed` it chunks and show what it returns.

        When it has ended, `check_output` on its `text` gives the verdict of all checks.
        """
        from llmops.guard.streaming import TextStream

        return TextStream(self.spec, self.checks[stage], plain_placeholder if vault is None else vault)

    def verdict(self, stage: Stage, outcomes: "Sequence[Outcome]", text: str) -> Verdict:
        """The verdict that outcomes add up to; `text` is what may go on if the text may."""
        if any([outcome.stops for outcome in outcomes]):  # noqa: C419  # a list is faster, and this is every request
            text = self.spec.block_message or BLOCKED
        return Verdict(worst(outcomes), text, stage, self.digest, tuple(outcomes), self.ref)

    def _subject(
        self,
        stage: Stage,
        text: str,
        contexts: "Sequence[str | Context]" = (),
        system: str = "",
        tool_calls: "Sequence[ToolCall | Called]" = (),
        metadata: Mapping[str, Json] | None = None,
        question: str = "",
    ) -> Subject:
        return Subject(
            Reading(text),
            stage,
            tuple(context if isinstance(context, str) else context.text for context in contexts) if contexts else (),
            system,
            tuple(Called(call.name, call.arguments) for call in tool_calls) if tool_calls else (),
            metadata or {},
            question=question,
        )

    def _decide(self, subject: Subject, vault: "Vault | None") -> Verdict:
        outcomes, waiting = self._first(subject)
        if waiting:
            from llmops.core.bridge import run_sync

            outcomes += run_sync(run_slow_checks(waiting, replace(subject, redacted=redact(subject.text, outcomes))))
        return self._verdict(subject, outcomes, vault)

    async def _adecide(self, subject: Subject, vault: "Vault | None") -> Verdict:
        if len(subject.text) > INLINE:
            outcomes, waiting = await run_aside(self._first, subject)
        else:
            outcomes, waiting = self._first(subject)
        if waiting:
            from llmops.core.bridge import on_loop

            slow = run_slow_checks(waiting, replace(subject, redacted=redact(subject.text, outcomes)))
            outcomes += await on_loop(slow)
        return self._verdict(subject, outcomes, vault)

    def _first(self, subject: Subject) -> "tuple[list[Outcome], list[LoadedCheck]]":
        """What the cheap checks say, and the slow ones that are still to be asked: none where the text stops already."""
        outcomes = run_checks(self._quick[subject.stage], subject, self.spec.max_characters)
        slow = self._slow[subject.stage]
        return outcomes, slow if slow and not any(outcome.stops for outcome in outcomes) else []

    def _verdict(self, subject: Subject, outcomes: "list[Outcome]", vault: "Vault | None") -> Verdict:
        placeholder: Placeholders = plain_placeholder if vault is None else vault
        return self.verdict(subject.stage, outcomes, redact(subject.text, outcomes, placeholder))


def digest_of(spec: "PolicySpec") -> str:
    """The digest of a policy, the same as the registry's."""
    from llmops.domain.noun import content_of

    return digest("policy", content_of(spec))


def folder_of(path: Path) -> Path:
    """The workspace that a policy's file lies in, or its own folder where it lies in none."""
    parents = path.resolve().parents
    return next((parent for parent in parents if (parent / "llmops.toml").is_file()), parents[0])
