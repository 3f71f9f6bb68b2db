"""Ask a policy about labelled texts and keep what it said, with the time it took.

A case has its text in `inputs.text` (or `inputs.question`), and says in `expectations` what is right (`domain.labelling`). A
policy **catches** a labelled text where it stops it or finds something in it, whatever follows; of a case that says `blocked`,
where it stops it. A check that could not tell is neither: such cases are counted apart.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmops.core.errors import InputError
from llmops.domain.labelling import Label, label_of
from llmops.domain.verdict import Finding, Stage, Verdict

if TYPE_CHECKING:
    from llmops.domain.evaluation import Case
    from llmops.guard.policy import Policy

AT_ONCE: Final = 8
"""How many texts are asked about at once by a policy with checks that wait for a model."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with what is right of it."""

    id: str
    text: str
    label: Label
    group: str = ""
    cluster: str = ""
    contexts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """What a policy said of a labelled text. `caught` is None where a check could not tell and nothing else was found; `checks`
    are those that found something or could not tell."""

    case: Labelled
    caught: bool | None
    score: float
    seconds: float
    findings: tuple[Finding, ...] = ()
    errors: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()


def read_labelled(cases: "Sequence[Case]", *, group: str = "group") -> list[Labelled]:
    """Read what is right from cases; `group` is the key of metadata that tells whose texts they are.

    Raises:
        InputError: a case has no text or no label, or there are only benign or only bad texts.
    """
    found = [_read(case, group) for case in cases]
    for kind, name in ((True, "bad"), (False, "benign")):
        if not any(one.label.is_bad == kind for one in found):
            raise InputError(
                f"there is no {name} text among these {len(found)} cases",
                hint="Write expectations.label: benign (or safe, allow) for good texts, any other label for bad ones.",
            )
    return found


def _read(case: "Case", group: str) -> Labelled:
    text = next((case.inputs[key] for key in ("text", "question") if key in case.inputs), None)
    if not isinstance(text, str):
        raise InputError(f"case {case.id} has no text to check", hint='Write it as inputs: {"text": "…"}.')
    label = label_of(case.expectations)
    if label is None:
        raise InputError(
            f"case {case.id} does not say whether its text is bad",
            hint='Write expectations: {"blocked": true}, or {"label": "benign"}.',
        )
    contexts = case.inputs.get("contexts")
    return Labelled(
        case.id,
        text,
        label,
        str(case.metadata.get(group, "")),
        case.cluster,
        tuple(map(str, contexts)) if isinstance(contexts, list) else (),
    )


def run_trials(policy: "Policy", cases: Sequence[Labelled], stage: Stage) -> list[Trial]:
    """Ask about each text in turn; a policy with slow checks about several at once.

    Raises:
        InputError: the policy has no checks at this stage.
    """
    if not policy.checks[stage]:
        raise InputError(
            f"this policy has no checks of {stage}s",
            hint=f"Say --stage {'output' if stage == 'input' else 'input'}.",
        )
    if all(check.slow is None for check in policy.checks[stage]):
        return [_timed(policy, case, stage) for case in cases]
    from llmops.core.bridge import run_sync

    return run_sync(_at_once(policy, cases, stage))


def _timed(policy: "Policy", case: Labelled, stage: Stage) -> Trial:
    started = time.perf_counter()
    if stage == "input":
        verdict = policy.check_input(case.text)
    else:
        verdict = policy.check_output(case.text, contexts=case.contexts)
    return judge(case, verdict, time.perf_counter() - started)


async def _at_once(policy: "Policy", cases: Sequence[Labelled], stage: Stage) -> list[Trial]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(case: Labelled) -> Trial:
        async with places:
            started = time.perf_counter()
            if stage == "input":
                verdict = await policy.acheck_input(case.text)
            else:
                verdict = await policy.acheck_output(case.text, contexts=case.contexts)
            return judge(case, verdict, time.perf_counter() - started)

    return list(await asyncio.gather(*map(one, cases)))


def judge(case: Labelled, verdict: Verdict, seconds: float) -> Trial:
    """What a verdict says of a labelled text."""
    errors = tuple(f"{outcome.check}: {outcome.reason}" for outcome in verdict.errors)
    stopped = any(outcome.action == "block" for outcome in verdict.outcomes)
    score = max((finding.score for finding in verdict.findings), default=1.0 if stopped else 0.0)
    checks = tuple(outcome.check for outcome in verdict.outcomes if outcome.action != "allow")
    return Trial(case, case.label.is_caught(verdict), score, seconds, verdict.findings, errors, checks)
