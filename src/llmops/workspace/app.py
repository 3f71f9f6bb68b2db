"""An app as a program holds it: one version, asked from sync and async code."""

from collections.abc import Mapping, Sequence

from llmops.core.bridge import on_loop, run_sync
from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import Reply
from llmops.flows.chat import Responder
from llmops.registry.prompts import Prompt


class App:
    """One version of an app, resolved once: every answer comes from this version, whatever moves meanwhile."""

    def __init__(self, responder: Responder) -> None:
        self._responder = responder

    @property
    def prompt(self) -> Prompt:
        """The pinned prompt."""
        return self._responder.prompt

    @property
    def model(self) -> str:
        """The pinned model string."""
        return self._responder.models[0][0]

    @property
    def parameters(self) -> Mapping[str, Json]:
        """The pinned model parameters."""
        return self._responder.parameters

    @property
    def refs(self) -> Mapping[str, str]:
        """The digests of everything this version holds."""
        return self._responder.refs

    def ask(
        self,
        question: str | Sequence[Mapping[str, Json]],
        *,
        inputs: Mapping[str, Json] | None = None,
        contexts: Sequence[Context] | None = None,
    ) -> Reply:
        """Answer a question, or the last turn of a conversation in the OpenAI shape.

        Args:
            question: the question, or the messages of a conversation that ends with the user.
            inputs: further inputs of the prompt.
            contexts: in place of retrieval.
        """
        return run_sync(self._answer(question, inputs, contexts))

    async def aask(
        self,
        question: str | Sequence[Mapping[str, Json]],
        *,
        inputs: Mapping[str, Json] | None = None,
        contexts: Sequence[Context] | None = None,
    ) -> Reply:
        """`ask`, for async code."""
        return await on_loop(self._answer(question, inputs, contexts))

    async def _answer(
        self,
        question: str | Sequence[Mapping[str, Json]],
        inputs: Mapping[str, Json] | None,
        contexts: Sequence[Context] | None,
    ) -> Reply:
        asked: dict[str, Json] = {"question": question} if isinstance(question, str) else {"messages": list(question)}
        return await self._responder.respond({**(inputs or {}), **asked}, contexts=contexts)
