"""Filters that a suite takes from its cases."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Case
from llmops.domain.interaction import Reply
from llmops.flows.evaluation.filtered import FilteredTarget


@dataclass
class Listening:
    """A target that remembers its inputs."""

    refs: Mapping[str, str] = field(default_factory=lambda: {"rag": "sha256:1"})
    asked: list[Mapping[str, Json]] = field(default_factory=list)

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        self.asked.append(inputs)
        return Reply(id="r", text="")


def filters_of(case: Case, filters: dict[str, Json]) -> Json:
    target = Listening()
    asyncio.run(FilteredTarget(target, filters).answer_case(case))
    return target.asked[0]["filters"]


def test_filters_come_from_the_case() -> None:
    case = Case(id="c1", inputs={"question": "x", "user": {"team": "b"}}, metadata={"tenant": "a"})
    assert filters_of(case, {"tenant": "metadata.tenant", "team": "inputs.user.team", "lang": "en", "year": 3}) == {
        "tenant": "a", "team": "b", "lang": "en", "year": 3,
    }  # fmt: skip
    own = case.model_copy(update={"inputs": {"question": "x", "filters": {"tenant": "z"}}})
    assert filters_of(own, {"tenant": "metadata.nothing", "lang": "en"}) == {"tenant": "z", "lang": "en"}


def test_a_case_that_does_not_say_is_an_error() -> None:
    with pytest.raises(InputError, match=r"case 'c1' has no metadata.tenant, which the suite filters by as 'tenant'"):
        filters_of(Case(id="c1", inputs={"question": "x"}), {"tenant": "metadata.tenant"})
