"""Who judges: the port between scorers and the chat model that gives them verdicts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from llmops.core.hashing import Json
from llmops.domain.interaction import ChatReply


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge found: the value that the output schema of its prompt describes, and the reply that it was read from."""

    value: Json
    reply: ChatReply


Complaint: TypeAlias = Callable[[Json], str]
"""Says what is wrong with a value that has the right shape, such as three verdicts for four items; `""` if nothing is."""


@runtime_checkable
class Judge(Protocol):
    """Asks a chat model to judge, with a judge prompt, and hands on a whole verdict or none."""

    @property
    def model(self) -> str:
        """The model string."""
        ...

    @property
    def repeats(self) -> int:
        """How often each score is asked for."""
        ...

    def identity(self, prompts: Sequence[str]) -> Json:
        """What verdicts depend on: model, parameters, and the digests of these prompts."""
        ...

    def on(self, model: str) -> "Judge":
        """The same judge on another model."""
        ...

    async def ask(
        self,
        prompt: str,
        values: Mapping[str, Json],
        *,
        complaint: Complaint,
        index: int,
        heard: Callable[[ChatReply], None],
        weighted: bool = False,
    ) -> Verdict:
        """Ask, and ask once more where the reply is no verdict.

        Args:
            prompt: the name of a judge prompt, such as `judge/faithfulness`.
            values: for the inputs of the prompt.
            complaint: what is wrong with a verdict.
            index: keeps the replies of several questions in the same words apart in the reply cache.
            heard: called with every reply, also with those that are no verdict.
            weighted: ask for the probabilities of tokens too, where the model gives them.

        Raises:
            ModelError: the model did not answer, twice gave no verdict, or says that it cannot judge.
        """
        ...
