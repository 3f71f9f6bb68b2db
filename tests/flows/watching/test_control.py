"""Control sets: whether the judge changed, or the app did."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from llmops.core.errors import ModelError
from llmops.core.hashing import Json
from llmops.domain.interaction import Interaction
from llmops.flows.watching.control import Control, compare_scores, control_from_json
from llmops.monitor.signals.judged import Judged
from llmops.storage.store import Store
from tests.support.interactions import BEGAN, interaction

DAY = timedelta(days=1)
PAGE = [interaction(n) for n in range(40)]


class Hand:
    """A judge whose mood is set by hand."""

    def __init__(self) -> None:
        self.mood: float | Exception = 0.8
        self.asked: list[str] = []

    async def __call__(
        self, name: str, arguments: Mapping[str, Json], judge: str, page: Sequence[Interaction]
    ) -> Sequence[float | Exception | None]:
        if isinstance(self.mood, Exception):
            raise self.mood
        self.asked += [one.id for one in page]
        return [self.mood] * len(page)


def kept(hand: Hand, control: int = 20) -> tuple[Judged, Control]:
    signal, held = Judged("tone", control=control, score=hand), Control()
    held.keep(signal, PAGE, [0.8] * len(PAGE), BEGAN)
    return signal, control_from_json(held.to_json())


def test_it_is_judged_again_on_schedule_and_when_the_signal_drifts(sqlite_store: Store) -> None:
    log, hand = sqlite_store.interactions, Hand()
    log.add(PAGE)
    signal, control = kept(hand)
    control.look(signal, log, drifts=False, now=BEGAN + DAY)
    assert (hand.asked, control.said) == ([], "")
    control.look(signal, log, drifts=True, now=BEGAN + DAY / 2)
    assert hand.asked == [one.id for one in PAGE[:20]]
    assert control.said.startswith(
        "the judge scores as before: the 20 outputs of its control set got 0.8 at first and 0.8"
    )
    hand.mood = 0.5
    control.look(signal, log, drifts=True, now=BEGAN + DAY)
    assert len(hand.asked) == 20
    control.look(signal, log, drifts=False, now=BEGAN + 8 * DAY)
    assert len(hand.asked) == 40
    assert control.said.startswith("the judge changed, and not only the app: the 20 outputs of its control set got 0.8")


def test_a_judge_that_does_not_answer_is_told(sqlite_store: Store) -> None:
    sqlite_store.interactions.add(PAGE)
    hand = Hand()
    signal, control = kept(hand)
    hand.mood = ModelError("it is down", hint="Wait.")
    control.look(signal, sqlite_store.interactions, drifts=True, now=BEGAN)
    assert control.said.startswith("the control set could not be judged again: it is down")


def test_too_few_say_nothing(sqlite_store: Store) -> None:
    hand = Hand()
    signal, control = kept(hand, control=5)
    control.look(signal, sqlite_store.interactions, drifts=True, now=BEGAN)
    assert (hand.asked, control.said) == ([], "")
    assert compare_scores([(1.0, 0.0)] * 3, BEGAN) == "only 3 outputs of the control set could be judged again"


@pytest.mark.parametrize(("lower", "changed"), [(0, False), (5, False), (12, True)])
def test_a_few_other_scores_are_chance(lower: int, changed: bool) -> None:
    pairs = [(0.8, 0.7 if n < lower else 0.8) for n in range(30)]
    assert compare_scores(pairs, BEGAN).startswith("the judge changed") == changed
