"""What a run would ask, and take, before it is run; no chat model is asked for it.

Prompts are rendered for a seeded sample of the answers, retrieval included, as they would be for the run; in place of the model
stands one that takes note of the request. Tokens are counted as four characters each, which is within about a quarter of what
tokenizers of English say. What answers will be long is taken from the latest run of the same suite, else assumed.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, runtime_checkable

from llmops.backends.catalogs import price_of
from llmops.core.errors import LlmopsError, ModelError
from llmops.core.names import Ref
from llmops.domain.estimate import CallEstimate, Estimate
from llmops.domain.evaluation import Case
from llmops.domain.interaction import ChatReply, ChatRequest
from llmops.evals.course import InOrder, Job
from llmops.evals.hearing import expected_calls
from llmops.flows.evaluation.options import EvalOptions
from llmops.flows.evaluation.plan import Plan, make_plan
from llmops.flows.services import Services
from llmops.flows.serving.chat import Responder
from llmops.presentation.figures import count

SAMPLE: Final = 200  # answers whose prompts are rendered
LOOK_BACK: Final = 500  # results of an earlier run that are read
CHARACTERS_A_TOKEN: Final = 4
ASSUMED_ANSWER: Final = 200  # tokens, where no earlier run tells
ASSUMED_VERDICT: Final = 100
JUDGE_INSTRUCTIONS: Final = 300  # tokens of a judge prompt beside what is judged
SEED: Final = 20261127


@runtime_checkable
class _KnowsKeys(Protocol):
    """A chat model before a reply cache."""

    def key(self, request: ChatRequest) -> str: ...


class _Listener:
    """Stands in for a chat model and only takes note of what it is asked."""

    def __init__(self) -> None:
        self.heard: ChatRequest | None = None

    async def chat(self, request: ChatRequest) -> ChatReply:
        self.heard = request
        raise ModelError("this is an estimate, nothing is asked")


@dataclass(frozen=True, slots=True)
class _Lengths:
    """Mean tokens of what goes in and comes out, and where that is known from."""

    prompt: float | None = None
    answer: float | None = None
    judged: float | None = None
    source: str = ""


async def estimate(services: Services, suite: Ref, options: EvalOptions) -> Estimate:
    """Estimate a run; the answers to it would be made with the same options.

    Raises:
        InputError: what running it would raise before it asks anything.
    """
    plan = make_plan(services, suite, options)
    sample = _sample(plan)
    before = _earlier(services, plan)
    parts: list[CallEstimate] = []
    notes: list[str] = []
    asked = plan.target.responder
    if isinstance(asked, Responder):
        part, said = await _target_calls(services, plan, asked, sample, before)
        parts.append(part)
        notes += said
    else:
        notes.append(f"{plan.target.name} is no prompt for a model of ours: what it asks is not known.")
    inside = parts[0].prompt_tokens / max(1, plan.jobs) if parts else 0.0
    parts += _judge_calls(services, plan, [job.case for job in sample], before, inside)
    if before.source:
        notes.append(f"Lengths of answers are those of {before.source}.")
    elif parts:
        notes.append(
            f"No earlier run of {plan.suite} tells how long answers are: {ASSUMED_ANSWER} tokens are assumed for an answer, "
            f"{ASSUMED_VERDICT} for a verdict."
        )
    if len(sample) < plan.jobs:
        notes.append(f"Prompts and cache were looked at for {count(len(sample), 'answer')} of {plan.jobs:,}.")
    notes.append(f"Tokens are counted as {CHARACTERS_A_TOKEN} characters each.")
    return Estimate(
        suite=plan.suite,
        target=plan.target.name,
        cases=len(plan.cases),
        repeats=plan.repeats,
        parts=tuple(parts),
        notes=tuple(notes),
    )


def _sample(plan: Plan) -> list[Job]:
    """Jobs drawn from all of the run; all of them where they are few."""
    total = plan.jobs
    if total <= SAMPLE:
        return list(InOrder(plan.cases, plan.repeats).jobs())
    drawn = sorted(random.Random(SEED).sample(range(total), SAMPLE))  # noqa: S311  # no secret is drawn
    return [Job(plan.cases[at % len(plan.cases)], at // len(plan.cases)) for at in drawn]


async def _target_calls(
    services: Services, plan: Plan, asked: Responder, sample: Sequence[Job], before: _Lengths
) -> tuple[CallEstimate, list[str]]:
    name, chat = asked.models[0]
    prompt_tokens, cached, failed, reason = 0.0, 0, 0, ""
    for job in sample:
        listener = _Listener()
        try:
            await replace(asked, models=[(name, listener)]).answer(job.case.inputs, repeat=job.repeat)
        except LlmopsError as error:
            if listener.heard is None:
                failed, reason = failed + 1, error.message
        request = listener.heard
        if request is None:
            continue
        prompt_tokens += sum(len(message.content) for message in request.messages) / CHARACTERS_A_TOKEN
        if plan.options.use_cache and isinstance(chat, _KnowsKeys):
            cached += services.store.replies.get(chat.key(request)) is not None
    rendered = max(1, len(sample) - failed)
    longest = asked.parameters.get("max_tokens")
    answer = before.answer or float(ASSUMED_ANSWER)
    if isinstance(longest, int):
        answer = min(answer, float(longest))
    share = plan.jobs / len(sample)
    notes = [f"{count(failed, 'prompt')} of the sample would not be asked: {reason}"] if failed else []
    calls = round((len(sample) - failed) * share)
    return _part(services, "target", name, calls, round(cached * share), prompt_tokens / rendered, answer), notes


def _judge_calls(
    services: Services, plan: Plan, sample: Sequence[Case], before: _Lengths, inside: float
) -> list[CallEstimate]:
    """The calls of judges; what they judge goes into their prompts once more."""
    if plan.judge is None:
        return []
    contexts = 5
    asked = sum(expected_calls(loaded.scorer, case, contexts) for case in sample for loaded in plan.scorers)
    calls = math.ceil(asked / len(sample) * plan.jobs)
    prompt = before.judged or JUDGE_INSTRUCTIONS + inside + (before.answer or ASSUMED_ANSWER)
    models = plan.judge.models
    each = math.ceil(calls / len(models))
    return [_part(services, "judge", model, each, 0, prompt, float(ASSUMED_VERDICT)) for model in models]


def _part(
    services: Services, role: str, model: str, calls: int, cached: int, prompt: float, answer: float
) -> CallEstimate:
    price = price_of(model, services.settings)
    to_pay = calls - cached
    return CallEstimate(
        role=role,
        model=model,
        calls=calls,
        cached=cached,
        prompt_tokens=round(prompt * calls),
        completion_tokens=round(answer * calls),
        cost=None if price is None else to_pay * (prompt * price.input + answer * price.output),
    )


def _earlier(services: Services, plan: Plan) -> _Lengths:
    """Lengths in the latest finished run of the suite, whatever its versions were."""
    for run in services.store.runs.runs(name=plan.suite, limit=20):
        if run.status != "finished":
            continue
        answers, judged, judge_calls, seen = 0, 0, 0, 0
        for result in services.store.runs.results(run.id):
            if result.error is None:
                seen += 1
                answers += result.usage.completion_tokens
                for score in result.scores.values():
                    if score.judging is not None:
                        judged += score.judging.tokens
                        judge_calls += score.judging.calls
            if seen >= LOOK_BACK:
                break
        if seen and answers:
            spoken = judged / judge_calls - ASSUMED_VERDICT if judge_calls else None
            return _Lengths(None, answers / seen, max(1.0, spoken) if spoken else None, run.id)
    return _Lengths()
