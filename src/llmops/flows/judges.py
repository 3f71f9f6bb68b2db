"""Who judges: a chat model with the judge prompts of this package, or with those of the workspace that have the same name.

A verdict is the whole of what the prompt's output schema describes, or there is none: what cannot be read is asked for once
more, with what was wrong, and is then an error, never a guess.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from llmops.core.errors import InputError, JudgeLost, ModelError, NotFound
from llmops.core.hashing import Json, digest
from llmops.core.names import LATEST, Ref
from llmops.domain.interaction import ChatReply, ChatRequest, Message
from llmops.domain.judge import Complaint, Judge, Verdict
from llmops.domain.ports import ChatModel
from llmops.domain.spending import count_call
from llmops.domain.suite import JudgeSpec
from llmops.flows.services import Services
from llmops.registry.packaged import packaged_prompt
from llmops.registry.prompts import Prompt

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

NO_JUDGES: Final = ("offline/extractive", "offline/echo")
WEIGHTS: Final[Mapping[str, Json]] = {"logprobs": True, "top_logprobs": 20}
LOST_AFTER: Final = 3  # questions without an answer to any
BOUNDARY: Final = "boundary"
_FENCED: Final = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n\s*```\s*", re.DOTALL)
_SHOWN: Final = 200  # characters of a schema's complaint


@runtime_checkable
class _Baseline(Protocol):
    """A model that reads the values of a prompt, and is no language model; `address` is what its verdicts depend on."""

    @property
    def reads_values(self) -> bool: ...

    @property
    def address(self) -> str: ...


class JudgePrompts:
    """The judge prompts of a workspace by name, each read once; working files count only where `working` says so."""

    def __init__(self, services: Services, *, working: bool = True) -> None:
        self._services = services
        self._selector = None if working else LATEST
        self._known: dict[str, JudgePrompt] = {}

    def __getitem__(self, name: str) -> "JudgePrompt":
        """The prompt of a name.

        Raises:
            InputError: the workspace's own does not take or give what the packaged one does.
        """
        if name not in self._known:
            prompt = self._services.registry.prompt(Ref("prompt", name, self._selector))
            self._known[name] = JudgePrompt(prompt)
        return self._known[name]


class JudgePrompt:
    """A judge prompt that is known to fit what scorers give it and read of its replies."""

    def __init__(self, prompt: Prompt) -> None:
        packaged = packaged_prompt(prompt.name)
        if packaged is None:
            raise NotFound(f"there is no judge prompt called {prompt.name!r}", hint="See docs/judged-scorers.md.")
        self.prompt = prompt
        self.schema: Json = packaged.content["output"]
        given = [name for name in packaged.content["inputs"] if name != BOUNDARY]
        _check_override(prompt, given, self.schema)

    @cached_property
    def validator(self) -> "Draft202012Validator":
        """Of the output schema."""
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self.schema)

    def render(self, values: Mapping[str, Json]) -> tuple[Message, ...]:
        """The messages. What delimits material is a digest of all of it, which no part of it can hold."""
        given = dict(values)
        if BOUNDARY in self.prompt.inputs:
            given[BOUNDARY] = digest("judged", values).removeprefix("sha256:")[:16]
        return tuple(self.prompt.render(**given))

    def read(self, reply: ChatReply, complaint: Complaint) -> tuple[Json, str]:
        """The verdict in a reply, and what is wrong with it; empty where nothing is."""
        if reply.finish_reason == "content_filter":
            return None, "the model refused"
        fenced = _FENCED.fullmatch(reply.text)
        try:
            value = json.loads(fenced[1] if fenced else reply.text)
        except ValueError:
            cut = ", as it was cut off" if reply.finish_reason == "length" else ""
            return None, f"it is no JSON{cut}"
        if isinstance(value, dict) and isinstance(value.get("cannot"), str):
            return value, ""
        wrong = next(iter(self.validator.iter_errors(value)), None)
        if wrong is not None:
            return value, f"it does not fit the schema: {wrong.message[:_SHOWN]}"
        return value, complaint(value)


class ChatJudge:
    """A chat model that judges."""

    def __init__(
        self, model: str, spec: JudgeSpec, prompts: JudgePrompts, open_model: Callable[[str], ChatModel]
    ) -> None:
        if model in NO_JUDGES:
            raise InputError(f"{model} cannot judge", hint="Write judge: offline/support, or a language model.")
        self.model = model
        self.repeats = spec.repeats
        self._spec = spec
        self._prompts = prompts
        self._open = open_model
        self._chat = open_model(model)
        self._gives_weights = True
        self._answers = self._failures = 0

    def identity(self, prompts: Sequence[str]) -> Json:
        """Model, parameters and prompt digests, and what a baseline's vectors depend on."""
        known: dict[str, Json] = {
            "model": self.model,
            "parameters": self._spec.parameters,
            "prompts": {name: self._prompts[name].prompt.digest for name in prompts},
        }
        return {**known, "method": self._chat.address} if isinstance(self._chat, _Baseline) else known

    def on(self, model: str) -> Judge:
        """The same prompts and parameters on another model."""
        return ChatJudge(model, self._spec, self._prompts, self._open)

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
        """Ask for a verdict; as `Judge.ask` says."""
        judged = self._prompts[prompt]
        request = ChatRequest(
            model=self.model,
            messages=judged.render(values),
            parameters={**judged.prompt.spec.parameters, **self._spec.parameters},
            output=judged.schema,
            repeat=index,
            prompt=prompt,
            values=dict(values),
        )
        problem = ""
        for _ in range(2):
            reply = await self._reply(request, weighted)
            heard(reply)
            if not reply.cached:
                count_call(reply.usage)
            value, problem = judged.read(reply, complaint)
            if not problem and "cannot" in value:
                raise ModelError(f"{self.model} cannot judge this: {value['cannot']}", hint="Choose another judge.")
            if not problem:
                return Verdict(value, reply)
            again = f"Your answer could not be used: {problem}. Answer again, with the whole JSON and nothing else."
            request = request.model_copy(
                update={"messages": (*judged.render(values), Message(role="user", content=again))}
            )
        raise ModelError(
            f"the judge {self.model} gave no verdict on {prompt}, twice: {problem}",
            hint="Look at the prompt, or choose another judge.",
        )

    async def _reply(self, request: ChatRequest, weighted: bool) -> ChatReply:
        """Ask as `_answer` does, and give up on a judge that has never answered."""
        try:
            reply = await self._answer(request, weighted)
        except ModelError as error:
            self._failures += 1
            if self._answers or self._failures < LOST_AFTER:
                raise
            lost = f"The judge {self.model} answered none of {self._failures} questions."
            raise JudgeLost(error.message, hint=f"{error.hint}\n{lost}".strip(), status=error.status) from error
        self._answers += 1
        return reply

    async def _answer(self, request: ChatRequest, weighted: bool) -> ChatReply:
        """Ask, with the probabilities of tokens if the model has not refused to give them."""
        if not weighted or not self._gives_weights:
            return await self._chat.chat(request)
        try:
            return await self._chat.chat(request.model_copy(update={"parameters": {**request.parameters, **WEIGHTS}}))
        except ModelError as error:
            if error.status is None or error.status not in (400, 422):
                raise
        reply = await self._chat.chat(request)
        self._gives_weights = False  # it answers, but not this
        return reply


def open_judge(
    services: Services, spec: JudgeSpec | None, *, cached: bool = True, working: bool = True
) -> Callable[[], Judge]:
    """Who judges for a suite, opened when a scorer first asks for it.

    Args:
        services: the workspace.
        spec: what the suite says.
        cached: whether equal questions are answered from the reply cache.
        working: whether working files of judge prompts count, or only registered ones.
    """
    opened: list[ChatJudge] = []

    def judge() -> Judge:
        if not opened:
            written = spec or JudgeSpec()
            model = written.model or services.settings.models.judge
            prompts = JudgePrompts(services, working=working)
            opened.append(ChatJudge(model, written, prompts, lambda name: services.chat_model(name, cached=cached)))
        return opened[0]

    return judge


def _check_override(prompt: Prompt, given: Sequence[str], schema: Json) -> None:
    """Refuse a prompt of the workspace that cannot stand in for the packaged one."""
    takes = f"It takes {', '.join(given)}, and {BOUNDARY} if it likes: llmops show prompt/{prompt.name}"
    for name in given:
        if name not in prompt.inputs:
            raise InputError(f"{prompt} does not take the input {name!r}, which the judge is given", hint=takes)
    for name, spec in prompt.inputs.items():
        if name not in (*given, BOUNDARY) and spec.default is None and not spec.optional:
            raise InputError(f"{prompt} needs the input {name!r}, which no judge is given", hint=takes)
    if prompt.spec.output not in (None, schema):
        raise InputError(f"{prompt} has another output schema than scorers read", hint="Leave `output` out.")
    if prompt.spec.model is not None or prompt.spec.tools:
        raise InputError(
            f"{prompt} names a model or tools", hint="The suite says who judges: judge: openai/gpt-4o-mini"
        )
