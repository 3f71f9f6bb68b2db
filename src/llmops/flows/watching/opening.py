"""Opens a monitor: its spec, and its signals with what the workspace supplies."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass

from llmops.core.errors import InputError, LlmopsError
from llmops.core.hashing import Json, digest
from llmops.core.names import Ref
from llmops.domain.artifact import AppSpec
from llmops.domain.interaction import Interaction
from llmops.domain.monitor import MonitorSpec
from llmops.domain.noun import content_of
from llmops.domain.ports import Sample
from llmops.domain.prompt import PromptSpec
from llmops.domain.suite import JudgeSpec, ScorerSpec
from llmops.flows.services import Services
from llmops.monitor.loading import AnySignal, SignalServices, load_signal
from llmops.monitor.signals.answers import Shape
from llmops.monitor.signals.judged import ScorePage

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class OpenMonitor:
    """A monitor made ready. `basis` is the digest of what cannot change without a new beginning; `versions` are the digests
    of the app that count, None for all."""

    name: str
    spec: MonitorSpec
    signals: Mapping[str, AnySignal]
    basis: str
    versions: frozenset[str] | None

    @property
    def app(self) -> str:
        """The name of the app whose interactions are read; empty for a model, whose rows carry its name."""
        return self.spec.target.app.partition("@")[0].removeprefix("app/") if self.spec.target.app else ""


def open_monitor(services: Services, ref: Ref) -> OpenMonitor:
    """Open a monitor.

    Raises:
        NotFound: there is no such monitor, or no such signal.
        InputError: a signal cannot be used here, or its reference is an alias that the app never had.
    """
    found = services.registry.resolve(ref)
    spec = found.spec(MonitorSpec)
    supplied = SignalServices(services.embedder, score_page(services), services.root, shapes(services))
    signals = {one.label: load_signal(one, supplied) for one in spec.signals}
    opened = OpenMonitor(found.name, spec, signals, basis_of(spec), None)
    alias = spec.reference.alias
    if alias is None or not opened.app:
        return opened
    moves = services.store.aliases.history("app", opened.app, alias)
    held = frozenset(move.to_digest for move in moves if move.to_digest is not None and move.action != "approve")
    if not held:
        raise InputError(
            f"app/{opened.app} has no alias {alias!r}, which monitor/{found.name} is compared with",
            hint=f"Move it: llmops promote app/{opened.app} --to {alias}; or write reference: {{last: 14d}}",
        )
    return OpenMonitor(found.name, spec, signals, opened.basis, held)


def basis_of(spec: MonitorSpec) -> str:
    """The digest of what cannot change without a new beginning."""
    parts: list[Json] = [content_of(spec.target), content_of(spec.reference), spec.block]
    parts += [spec.season] if spec.season else []
    return digest("monitor", parts)


def shapes(services: Services) -> Shape:
    """The schema of the output of the prompt that an interaction answered, by the version of the app; each is looked up once."""
    known: dict[tuple[str, str], Mapping[str, Json] | None] = {}

    def shape(one: Interaction) -> Mapping[str, Json] | None:
        key = (one.app, one.version)
        if not all(key):
            return None
        if key not in known:
            pin = services.registry.resolve(Ref("app", *key)).spec(AppSpec).prompt
            known[key] = services.registry.resolve(Ref("prompt", pin.name, pin.digest)).spec(PromptSpec).output
        return known[key]

    return shape


def score_page(services: Services) -> ScorePage:
    """Scores interactions with the scorers of evaluations; each is opened once."""
    loaded: dict[str, Json] = {}

    async def score(
        name: str, arguments: Mapping[str, Json], judge: str, page: Sequence[Interaction]
    ) -> Sequence[float | Exception | None]:
        key = digest("scorer", [name, dict(arguments), judge])
        if key not in loaded:
            from llmops.evals.loading import Services as ScorerServices
            from llmops.evals.loading import load_scorer
            from llmops.flows.judges import open_judge

            asked = open_judge(services, JudgeSpec(model=judge or None), cached=False, working=False)
            spec = ScorerSpec(scorer=name, label=name, arguments=dict(arguments))
            loaded[key] = load_scorer(spec, ScorerServices(services.embedder, services.root, asked)).scorer
        scorer = loaded[key]
        low, high = scorer.range or (None, None)
        if low is None or high is None:
            raise InputError(f"scorer {name!r} has no range", hint="Watch what it measures as a signal of its own.")
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one_of(one: Interaction) -> float | Exception | None:
            sample = Sample(one.output, one.inputs, {}, one.contexts, one.metadata)
            async with gate:
                try:
                    scored = scorer.score(sample)
                    score = await scored if isinstance(scored, Awaitable) else scored
                except (LlmopsError, ValueError, TypeError, LookupError, OSError) as error:
                    return error
            if score.status == "not_applicable":
                return None
            if score.value is None:
                return ValueError(score.reason)
            return float((score.value - low) / (high - low))

        return await asyncio.gather(*(one_of(one) for one in page))

    return score
