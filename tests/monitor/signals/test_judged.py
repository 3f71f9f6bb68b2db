"""Quality as a scorer sees it, on a sample."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from llmops.core.errors import InputError, SettingsError
from llmops.core.hashing import Json
from llmops.domain.interaction import Interaction
from llmops.monitor.signals.judged import Judged
from tests.support.interactions import interaction


def test_only_the_sample_is_scored_and_always_the_same() -> None:
    asked: list[str] = []

    async def score(name: str, arguments: Mapping[str, Json], judge: str, page: Sequence[Interaction]) -> list[float]:
        assert (name, arguments, judge) == ("tone", {"k": 1}, "a/b")
        asked.extend(one.id for one in page)
        return [0.5] * len(page)

    signal = Judged("tone", sample=0.2, arguments={"k": 1}, judge="a/b", score=score)
    page = [interaction(n) for n in range(200)]
    values = asyncio.run(signal.measure_page([*page, interaction(900, output="")]))
    assert [one.id for one, value in zip(page, values, strict=False) if value is not None] == asked
    assert 15 < len(asked) < 70


def test_what_no_sample_is() -> None:
    async def score(*_: Json) -> list[float]:
        return []

    with pytest.raises(InputError, match="a sample of 2 is none"):
        Judged("tone", sample=2, score=score)
    with pytest.raises(InputError, match="a control set of 5000 is too large"):
        Judged("tone", control=5000, score=score)
    with pytest.raises(SettingsError, match="'often' is no duration"):
        Judged("tone", recheck="often", score=score)
