"""Runs: what ends one, in what order it goes, and that it stays cheap."""

import asyncio
import math
import re
import time
import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.bridge import run_sync
from llmops.core.errors import ExtraMissing, ModelError, RenderError, StoreError
from llmops.core.hashing import Json
from llmops.domain.evaluation import CaseResult
from llmops.domain.interaction import Reply, Usage
from llmops.domain.ports import Target
from llmops.domain.spending import Budget, count_call
from llmops.evals import outages
from llmops.evals.allowance import Allowance
from llmops.evals.course import InOrder
from llmops.evals.executor import LocalExecutor
from llmops.evals.runner import Limits, RunTally, run_cases
from tests.support.bets import clustered, course, gate
from tests.support.eval_runs import GivenTarget, cases, loaded, reply

ECHO = GivenTarget(lambda inputs: reply(str(inputs["question"])))


def local(target: Target) -> LocalExecutor:
    return LocalExecutor(target, [loaded("given")])


def run(target: GivenTarget, n: int = 10, repeats: int = 1, **options: Json) -> tuple[list[CaseResult], RunTally]:
    kept: list[CaseResult] = []
    tally = asyncio.run(run_cases(InOrder(cases(n), repeats), local(target), sink=kept.extend, **options))
    return sorted(kept, key=lambda r: (r.case_id, r.repeat)), tally


def test_every_case_is_asked_scored_and_handed_over() -> None:
    results, tally = run(ECHO)
    assert [r.case_id for r in results] == [f"case-{i:04}" for i in range(10)]
    assert {r.scores["given"].value for r in results} == {1.0}
    assert results[3].output == "question 3"
    assert results[3].usage.prompt_tokens == 3
    assert (tally.results, tally.errors, tally.cached) == (10, 0, 0)
    assert tally.seconds > 0


def test_repeats_are_asked_apart_round_by_round() -> None:
    target = GivenTarget(lambda inputs: reply("x"))
    results, tally = run(target, n=3, repeats=2, concurrency=1)
    assert [repeat for _, repeat in target.asked] == [0, 0, 0, 1, 1, 1]
    assert [(r.case_id, r.repeat) for r in results][:2] == [("case-0000", 0), ("case-0000", 1)]
    assert tally.results == 6


def test_no_more_than_concurrency_are_asked_at_once() -> None:
    running = most = 0

    async def answer(inputs: Mapping[str, Json]) -> Reply:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        return reply("x")

    run(GivenTarget(answer), n=30, concurrency=4)
    assert most == 4


def test_a_model_that_never_answers_ends_the_run_early_with_its_error() -> None:
    def answer(inputs: Mapping[str, Json]) -> Reply:
        raise ModelError("401 from openai: wrong key", hint="Set OPENAI_API_KEY.")

    target, kept = GivenTarget(answer), list[CaseResult]()
    with pytest.raises(ModelError, match="401 from openai: wrong key") as caught:
        asyncio.run(run_cases(InOrder(cases(1000)), local(target), sink=kept.extend, concurrency=2))
    assert len(target.asked) < 10
    assert kept == []  # so that they are asked again when the run goes on
    assert caught.value.hint == "Set OPENAI_API_KEY.\nThe run stopped: the first 5 answers all failed."


def test_a_prompt_that_never_renders_ends_the_run_too() -> None:
    def answer(inputs: Mapping[str, Json]) -> Reply:
        raise RenderError("missing variable `context`")

    with pytest.raises(RenderError, match="the first 3 answers all failed"):
        run(GivenTarget(answer), n=3)


def test_a_missing_library_ends_the_run() -> None:
    def answer(inputs: Mapping[str, Json]) -> Reply:
        raise ExtraMissing("litellm", "litellm", needed_for="the model bedrock/m")

    with pytest.raises(ExtraMissing, match="the model bedrock/m needs litellm"):
        run(GivenTarget(answer))


def test_a_failing_answer_is_counted_and_stored() -> None:
    def answer(inputs: Mapping[str, Json]) -> Reply:
        if inputs["question"] == "question 3":
            raise ModelError("503 from the model server")
        return reply("3")

    results, tally = run(GivenTarget(answer))
    assert [r.error for r in results if r.error] == ["503 from the model server"]
    assert (tally.results, tally.errors) == (10, 1)


def test_one_answer_among_the_first_keeps_the_run_going() -> None:
    def answer(inputs: Mapping[str, Json]) -> Reply:
        if str(inputs["question"]).endswith("2"):
            return reply("x")
        raise ModelError("time-out")

    results, tally = run(GivenTarget(answer), n=40, concurrency=12)
    assert (len(results), tally.errors) == (40, 36)


@dataclass
class Provider:
    """A target that is down from one question to another; `asked` counts."""

    down_from: int
    down_to: float
    asked: int = 0

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        self.asked += 1
        if self.down_from < self.asked <= self.down_to:
            raise ModelError("connection refused", hint="Is it running?")
        return reply("x")


def test_an_outage_is_waited_for_and_costs_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "FIRST_PAUSE", 0.001)
    provider, kept = Provider(20, 34), list[CaseResult]()
    tally = asyncio.run(run_cases(InOrder(cases(60)), LocalExecutor(provider, []), sink=kept.extend, concurrency=4))
    assert (len({result.case_id for result in kept}), tally.results, tally.errors) == (60, 60, 0)
    assert tally.asked_again == 14
    assert provider.asked == 60 + 14


def test_an_outage_at_the_very_end_is_waited_for_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "FIRST_PAUSE", 0.001)
    provider, kept = Provider(50, 62), list[CaseResult]()
    tally = asyncio.run(run_cases(InOrder(cases(60)), LocalExecutor(provider, []), sink=kept.extend, concurrency=4))
    assert (len(kept), tally.errors) == (60, 0)


def test_a_provider_that_stays_down_ends_the_run_with_what_was_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "FIRST_PAUSE", 0.001)
    provider, kept = Provider(20, math.inf), list[CaseResult]()
    with pytest.raises(ModelError, match="connection refused") as caught:
        asyncio.run(
            run_cases(
                InOrder(cases(1000)),
                LocalExecutor(provider, []),
                sink=kept.extend,
                concurrency=4,
                limits=Limits(patience=0.05),
            )
        )
    assert re.search(r"Is it running\?\nThe run stopped: no answer came for .* in a row failed\.", caught.value.hint)
    assert len(kept) == 20
    assert all(result.error is None for result in kept)
    assert provider.asked < 60


def test_a_spent_budget_begins_nothing_more_and_keeps_what_is_done() -> None:
    async def answer(inputs: Mapping[str, Json]) -> Reply:
        await asyncio.sleep(0)
        count_call(Usage(prompt_tokens=8, completion_tokens=2, cost=0.01))
        return reply("x")

    kept: list[CaseResult] = []
    limits = Limits(allowance=Allowance(Budget(usd=0.25)))
    tally = asyncio.run(
        run_cases(InOrder(cases(100)), local(GivenTarget(answer)), sink=kept.extend, concurrency=10, limits=limits)
    )
    assert len(kept) == tally.spent.calls == 25
    assert tally.spent.tokens == 250
    assert tally.stopped.startswith("its budget of $0.25 is spent: $0.25 for 25 calls with 250 tokens in ")


@pytest.mark.parametrize("concurrency", [1, 3, 10])
@settings(deadline=None)
@given(prices=st.lists(st.integers(1, 9), min_size=1, max_size=40), limit=st.integers(1, 120))
def test_no_budget_is_exceeded_by_more_than_answers_turn_out_dearer(
    concurrency: int, prices: list[int], limit: int
) -> None:
    async def answer(inputs: Mapping[str, Json]) -> Reply:
        await asyncio.sleep(0)
        count_call(Usage(prompt_tokens=prices[int(str(inputs["question"]).split()[1])]))
        return reply("x")

    limits = Limits(allowance=Allowance(Budget(tokens=limit)))
    course, executor = InOrder(cases(len(prices))), local(GivenTarget(answer))
    kept: list[CaseResult] = []
    tally = asyncio.run(run_cases(course, executor, sink=kept.extend, concurrency=concurrency, limits=limits))
    assert tally.spent.tokens == sum(result.spent.tokens for result in kept)
    if len(set(prices)) == 1:
        assert tally.spent.tokens <= max(limit, prices[0])
        assert (tally.stopped != "") == (tally.results < len(prices))
    assert tally.spent.tokens <= limit + concurrency * (max(prices) - min(prices)) + max(prices)


def test_cancelling_saves_what_is_finished_and_is_not_swallowed() -> None:
    kept: list[CaseResult] = []
    started = asyncio.Event()

    async def answer(inputs: Mapping[str, Json]) -> Reply:
        if inputs["question"] == "question 7":
            started.set()
            await asyncio.sleep(60)
        return reply("x")

    async def interrupted() -> None:
        task = asyncio.create_task(
            run_cases(InOrder(cases(20)), local(GivenTarget(answer)), sink=kept.extend, concurrency=1)
        )
        await started.wait()
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError, match=r"^$"):
        asyncio.run(interrupted())
    assert [r.case_id for r in kept] == [f"case-{i:04}" for i in range(7)]


def test_a_keyboard_interrupt_passes_through() -> None:
    def answer(inputs: Mapping[str, Json]) -> Reply:
        raise KeyboardInterrupt("stop")

    with pytest.raises(KeyboardInterrupt, match="stop"):
        run(GivenTarget(answer), n=2)


def test_a_full_disk_ends_the_run_at_once_with_the_stores_error() -> None:
    def sink(results: Sequence[CaseResult]) -> None:
        raise StoreError("the disk is full")

    async def answer(inputs: Mapping[str, Json]) -> Reply:
        await asyncio.sleep(0 if inputs["question"] == "question 0" else 60)
        return reply("x")

    started = time.monotonic()
    with pytest.raises(StoreError, match="the disk is full"):
        asyncio.run(run_cases(InOrder(cases(50)), local(GivenTarget(answer)), sink=sink, concurrency=50))
    assert time.monotonic() - started < 30


def test_progress_counts_to_the_end() -> None:
    seen: list[tuple[int, int | None, str]] = []
    run(ECHO, n=3, repeats=2, progress=lambda *told: seen.append(told))
    assert seen == [(i, 6, "cases") for i in range(1, 7)]


class UntilThree(InOrder):
    """Has seen enough after three results."""

    seen = 0

    @property
    def decided(self) -> bool:
        return self.seen >= 3

    def learn(self, result: CaseResult) -> None:
        self.seen += 1


def test_a_course_that_has_decided_begins_no_further_job_and_loses_none_under_way() -> None:
    target, kept = GivenTarget(lambda inputs: reply("x")), list[CaseResult]()
    tally = asyncio.run(run_cases(UntilThree(cases(100)), local(target), sink=kept.extend, concurrency=2))
    assert 3 <= tally.results <= 4
    assert len(kept) == len(target.asked) == tally.results


def test_a_course_that_waits_for_one_slow_answer_asks_few_that_it_may_not_need() -> None:
    order = clustered(300)
    bets, _ = course([gate(scorer="given", min=0.5)], order, scorers=[loaded("given")])
    target, kept = SlowFirst(), list[CaseResult]()
    asyncio.run(run_cases(bets, local(target), sink=kept.extend, concurrency=3))
    assert bets.decided
    assert len(kept) == target.asked <= 3 + 2 * 3 + bets.cases - 1


class SlowFirst:
    """The answer that was asked for first comes when all others that were begun have come."""

    asked = 0

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        self.asked += 1
        before = 0 if self.asked == 1 else self.asked
        while before < self.asked:
            before = self.asked
            for _ in range(20):  # turns of the loop, in which an answer is scored, stored and followed by the next
                await asyncio.sleep(0)
        return reply("x")


def test_it_runs_on_the_background_loop() -> None:
    kept: list[CaseResult] = []
    tally = run_sync(run_cases(InOrder(cases(3)), local(ECHO), sink=kept.extend))
    assert tally.results == len(kept) == 3


def test_no_cases_are_no_error() -> None:
    assert run(ECHO, n=0)[1].results == 0


def test_memory_stays_flat_and_a_case_stays_cheap() -> None:
    big = GivenTarget(lambda inputs: reply("x" * 20_000 + str(inputs["question"])))

    def measure(n: int) -> tuple[float, int]:
        batch = cases(n)
        tracemalloc.start()
        asyncio.run(run_cases(InOrder(batch), local(big), sink=lambda results: None, concurrency=50))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        started = time.process_time()
        asyncio.run(run_cases(InOrder(batch), local(big), sink=lambda results: None, concurrency=50))
        return (time.process_time() - started) / n, peak

    measure(50)
    few, few_peak = measure(500)
    many, many_peak = measure(4000)
    assert many_peak < few_peak + 4_000_000  # 4,000 outputs of 20 kB would be 80 MB
    assert many < 4 * few + 0.001
