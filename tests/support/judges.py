"""A model server that plays the judge: it answers every judge prompt as a test programs it, and remembers what was asked.

    with judging(tmp_path) as bench:
        bench.program({"judge/statements": {"statements": ["a", "b"]}, "judge/faithfulness": verdicts(1, 0)})
        score = bench.score("faithfulness", Sample(output="…"))

A program maps prompts to a reply: a JSON value, a text that goes out as it is, a function of what the judge is shown, or a
list of these, one a call.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import llmops
from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.interaction import ChatReply
from llmops.domain.judge import Complaint, Judge, Verdict
from llmops.domain.ports import Sample
from llmops.domain.suite import JudgeSpec
from llmops.domain.suite import ScorerSpec as ScorerSpec
from llmops.evals.loading import Services as ScoringServices
from llmops.evals.loading import load_scorer
from llmops.flows.judges import open_judge
from llmops.flows.services import Services
from llmops.registry.packaged import packaged_names, packaged_prompt
from tests.support.model_server import Behaviour, ModelServer, model_server

MODEL = "exam/judge"


@dataclass(frozen=True)
class SilentJudge:
    """A judge that is there, and that nobody asks."""

    model: str = MODEL
    repeats: int = 1

    def identity(self, prompts: Sequence[str]) -> Json:
        return {"model": self.model, "prompts": list(prompts)}

    def on(self, model: str) -> Judge:
        return replace(self, model=model)

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
        raise AssertionError(f"nobody should ask for {prompt}")


def verdicts(*yes: int) -> Json:
    """Verdicts with the numbers from 1 on: 1 is yes, 0 is no."""
    return {
        "verdicts": [
            {"number": number, "reason": "because", "verdict": "yes" if found else "no"}
            for number, found in enumerate(yes, start=1)
        ]
    }


def prompt_of(body: Json) -> str:
    """Which judge prompt a request was rendered from."""
    system = body["messages"][0]["content"]
    for name in packaged_names():
        packaged = packaged_prompt(name)
        assert packaged is not None
        opening = packaged.content["body"].removeprefix("system:\n")
        if system.startswith(opening[: opening.index("\n")].split("{")[0]):
            return name
    raise AssertionError(f"no judge prompt begins so: {system[:80]!r}")


class Bench:
    """A judge behind a server, in an empty workspace whose embeddings are hashed words."""

    def __init__(self, server: ModelServer, services: Services) -> None:
        self.server = server
        self.services = services
        self.asked: list[str] = []

    def program(self, replies: Mapping[str, Json]) -> None:
        """Answer the prompts so from now on."""
        self.asked = []
        seen: Counter[str] = Counter()

        def reply(body: Json) -> str:
            name = prompt_of(body)
            self.asked.append(name)
            said = replies[name]
            if isinstance(said, list):
                said = said[min(seen[name], len(said) - 1)]
            seen[name] += 1
            if callable(said):
                said = said("\n".join(message["content"] for message in body["messages"]))
            return said if isinstance(said, str) else json.dumps(said)

        self.server.behaviour = Behaviour(reply=reply)

    def judge(self, model: str = MODEL, *, repeats: int = 1, cached: bool = False, **parameters: Json) -> Judge:
        """The judge itself."""
        spec = JudgeSpec(model=model, repeats=repeats, parameters=parameters)
        return open_judge(self.services, spec, cached=cached)()

    def scoring(self, model: str = MODEL, *, repeats: int = 1, cached: bool = False) -> ScoringServices:
        """What scorers use, with this judge."""
        judge = open_judge(self.services, JudgeSpec(model=model, repeats=repeats), cached=cached)
        return ScoringServices(embedder=self.services.embedder, root=self.services.root, judge=judge)

    def score(
        self,
        scorer: str,
        sample: Sample,
        /,
        *,
        model: str = MODEL,
        repeats: int = 1,
        cached: bool = False,
        **arguments: Json,
    ) -> Score:
        """The score of a sample, by the programmed judge or another model."""
        spec = ScorerSpec(scorer=scorer, label=scorer, arguments=arguments)
        loaded = load_scorer(spec, self.scoring(model, repeats=repeats, cached=cached))

        async def ask() -> Score:
            found = loaded.scorer.score(sample)
            score = found if isinstance(found, Score) else await found
            await self.services.close()
            return score

        return asyncio.run(ask())


@contextmanager
def judging(root: Path) -> Iterator[Bench]:
    """A bench in a folder."""
    with model_server() as server:
        (root / "llmops.toml").write_text(
            f'[models]\nembedding = "offline/hash"\n\n[connections.exam]\napi_base = "{server.api_base}"\n'
        )
        with llmops.open(root) as workspace:
            yield Bench(server, workspace.services)
