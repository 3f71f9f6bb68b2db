"""Canary questions: the app is asked the same ones again and again, so that a silent change of its provider's model shows without
any traffic.

Each replay is one test at p <= n / (c (K + 1)): n questions are n of the c interactions between false alarms, and the questions
are one source of alarms beside the K streams. The chance of a false alarm within so many interactions then is at most what it
is for a stream, however often it is looked at. Answers of another version of the app are no change but a new beginning.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from llmops.core.bridge import run_sync
from llmops.core.durations import seconds
from llmops.core.errors import LlmopsError
from llmops.core.hashing import Json
from llmops.core.names import parse_ref
from llmops.domain.evaluation import Case
from llmops.domain.interaction import Reply
from llmops.domain.monitor import MonitorSpec
from llmops.domain.ports import Asked
from llmops.domain.signal import SignalStatus
from llmops.flows.evaluation.targets import open_app
from llmops.flows.services import Services
from llmops.monitor.canary import Compared, compare_answers

SIGNAL: Final = "answers"
SEGMENT: Final = "canary questions"
_AT_ONCE: Final = 4


@dataclass(slots=True)
class Questions:
    """What the app answered at first, and what came of asking again.

    Attributes:
        app: the digest of the version that was asked.
        before: by question, what it answered at first.
        fingerprints: marks of the provider's model that were seen, and when first.
        compared: what the last replay gave; `since` when answers were first found to be others.
    """

    app: str = ""
    asked: str = ""
    before: list[list[str]] = field(default_factory=list)
    fingerprints: dict[str, str] = field(default_factory=dict)
    at: datetime | None = None
    since: datetime | None = None
    compared: Compared | None = None
    replays: int = 0
    problem: str = ""

    def ask(self, services: Services, spec: MonitorSpec, *, now: datetime) -> None:
        """Ask again, where it is time."""
        if spec.questions is None:
            return
        ref = parse_ref(spec.target.named, "app")
        if ref.selector is None and spec.reference.alias is not None:
            ref = ref.at(spec.reference.alias)
        try:
            target = open_app(services, ref)
            cases = list(services.registry.cases(spec.questions.dataset))
        except LlmopsError as error:
            self.problem = f"the questions could not be asked: {error.message}"[:300]
            return
        self.replay(target, cases, spec, now=now)

    def replay(self, target: Asked, cases: Sequence[Case], spec: MonitorSpec, *, now: datetime) -> None:
        """Ask a target again, where it is time."""
        questions = spec.questions
        assert questions is not None
        app, asked = target.refs.get("app", ""), questions.dataset.digest
        if (self.app, self.asked) != (app, asked):
            self.app, self.asked, self.before, self.replays = app, asked, [], 0
            self.at = self.since = self.compared = None
        if self.at is not None and now - self.at < timedelta(seconds=seconds(questions.every)):
            return
        first = not self.before
        rounds = [run_sync(_answers(target, cases, self.replays + n)) for n in range(questions.repeats if first else 1)]
        self.at, self.replays, self.problem = now, self.replays + len(rounds), ""
        failed = [one for one in rounds[-1] if isinstance(one, Exception)]
        for reply in (one for row in rounds for one in row if isinstance(one, Reply) and one.fingerprint):
            self.fingerprints.setdefault(reply.fingerprint, now.isoformat())
        if len(failed) * 2 > len(cases):
            self.at, self.problem = None, f"{len(failed)} of {len(cases)} questions got no answer: {failed[0]}"[:300]
            return
        texts = [[one.text if isinstance(one, Reply) else None for one in row] for row in rounds]
        if first:
            self.before = [[text for row in texts if (text := row[place]) is not None] for place in range(len(cases))]
            return
        self.compared = compare_answers(self.before, texts[0])

    def status(self, monitor: str, spec: MonitorSpec, streams: int, refs: dict[str, str]) -> SignalStatus:
        """How it stands; `streams` are all sources of alarms."""
        count = max(1, len(self.before))
        threshold = max(1.0, spec.false_alarms.mean_run_length * streams / count)
        compared, notes = self.compared, [self.problem] if self.problem else []
        drifts = compared is not None and 1 / compared.p >= threshold
        self.since = (self.since or self.at) if drifts else None
        if len(self.fingerprints) > 1:
            seen = ", ".join(f"{mark} since {at[:16]}" for mark, at in self.fingerprints.items())
            notes.append(f"the provider's model has had {len(self.fingerprints)} fingerprints: {seen}")
        if compared is None and not self.problem:
            notes.append("asked once; what comes next is compared with it" if self.before else "not asked yet")
        return SignalStatus(
            monitor=monitor,
            signal=SIGNAL,
            segment=SEGMENT,
            state="could_not_read" if self.problem else "drift" if drifts else "ok" if compared else "not_enough_data",
            statistic=0.0 if compared is None else 1 / compared.p,
            threshold=threshold,
            promised=spec.false_alarms.mean_run_length,
            observations=self.replays,
            reference=None if compared is None else compared.before,
            current=None if compared is None else compared.distance,
            since=self.since,
            note="; ".join(notes),
            app=spec.target.named,
            refs=refs,
        )

    def to_json(self) -> Json:
        """Its JSON form."""
        return {
            "app": self.app,
            "asked": self.asked,
            "before": self.before,
            "fingerprints": self.fingerprints,
            "at": None if self.at is None else self.at.isoformat(),
            "since": None if self.since is None else self.since.isoformat(),
            "compared": None if self.compared is None else list(self.compared),
            "replays": self.replays,
        }


def questions_from_json(value: Json) -> Questions:
    """Read the JSON form."""
    times = {key: None if value[key] is None else datetime.fromisoformat(value[key]) for key in ("at", "since")}
    compared = None if value["compared"] is None else Compared(*value["compared"])
    return Questions(**{**value, **times, "compared": compared})


async def _answers(target: Asked, cases: Sequence[Case], replay: int) -> list[Reply | Exception]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def answer(case: Case) -> Reply | Exception:
        async with gate:
            try:
                return await target.answer(case.inputs, repeat=replay)
            except (LlmopsError, OSError) as error:
                return error

    return list(await asyncio.gather(*(answer(case) for case in cases)))
