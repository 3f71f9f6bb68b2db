"""A policy as a target: `{policy: chat}`. The output is the verdict's action, so that suites and gates judge policies too."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import new_id
from llmops.domain.interaction import Reply, Usage

if TYPE_CHECKING:
    from llmops.guard.policy import Policy


@dataclass(frozen=True, slots=True)
class PolicyTarget:
    """Asks a policy about the texts of cases. Nothing of it is cached: the checks are what is evaluated."""

    name: str
    policy: "Policy"

    @property
    def refs(self) -> Mapping[str, str]:
        """The policy's digest."""
        return {"policy": self.policy.digest}

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        """Check `text` (or `question`) as what goes in, `answer` with `contexts` as what comes out.

        Raises:
            InputError: the inputs hold none of them, or the policy has no checks there.
        """
        key = next((key for key in ("text", "question", "answer") if isinstance(inputs.get(key), str)), None)
        if key is None:
            raise InputError(
                f"{self.name} has no text to check",
                hint="Give cases the input `text` for the checks of inputs, or `answer` for those of outputs.",
            )
        if not self.policy.checks["output" if key == "answer" else "input"]:
            raise InputError(
                f"{self.name} has no checks of {'outputs' if key == 'answer' else 'inputs'}",
                hint=f"Give cases the input `{'text' if key == 'answer' else 'answer'}` instead of `{key}`.",
            )
        started = time.perf_counter()
        if key == "answer":
            contexts = inputs.get("contexts")
            given = [str(context) for context in contexts] if isinstance(contexts, list) else []
            verdict = await self.policy.acheck_output(inputs[key], contexts=given)
        else:
            verdict = await self.policy.acheck_input(inputs[key])
        return Reply(
            id=new_id("reply"),
            text=verdict.action,
            data={"action": verdict.action, "text": verdict.text, "types": [f.type for f in verdict.findings]},
            usage=Usage(latency=time.perf_counter() - started),
            model=self.name,
            at=datetime.now(UTC),
            verdicts=(verdict,),
            blocked=verdict.blocked,
            refs=dict(self.refs),
        )
