"""A guardrail for litellm: its SDK, and its proxy, with every check of a policy.

    litellm.callbacks = [litellm_callback(ws.guard("chat@production"))]

| hook | called by | does |
|---|---|---|
| pre-call | proxy; before each deployment, SDK | redacts the request, or raises |
| moderation | proxy, beside the call | raises where the request is blocked |
| post-call success | proxy; after each deployment, SDK | redacts the answer, or raises |
| streaming iterator | proxy | the streamed answer as it may be shown, then an error where it is stopped |

What is blocked raises litellm's `BadRequestError` (HTTP 400). litellm's SDK has no hook that could hold back a stream: where it
streams without the proxy, pass what `acompletion` gives through `LitellmGuard(policy).streamed(response, request)`.
"""

import copy
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Protocol

from llmops.core.hashing import Json
from llmops.domain.verdict import Verdict
from llmops.guard.bodies.places import OpenAiShape
from llmops.guard.exchange import Blocked, Exchange, StreamedAnswer
from llmops.guard.holding import Holder, acurrent
from llmops.guard.noting import log_of
from llmops.guard.policy import Policy
from llmops.guard.refusal import refusal

if TYPE_CHECKING:
    from litellm.integrations.custom_guardrail import CustomGuardrail


class Response(Protocol):
    """An answer or a chunk of litellm."""

    def model_dump(self) -> dict[str, Json]:
        """It as JSON."""
        ...


class LitellmGuard:
    """Guards requests and answers in litellm's form. What it raises is litellm's own."""

    def __init__(self, policy: Policy | Holder) -> None:
        self._holder = policy

    async def asked(self, data: dict[str, Json]) -> dict[str, Json]:
        """The request as it may be sent; the one that was given stays as it was."""
        checked, exchange = copy.copy(data), await self._exchange()
        for key in ("messages", "prompt", "input"):
            if key in checked:
                checked[key] = copy.deepcopy(checked[key])
        try:
            await exchange.ask(checked)
        except Blocked as blocked:
            self._write_down(exchange)
            raise _refused(blocked.verdict, data) from blocked
        return checked

    async def answered(self, response: Response, data: dict[str, Json]) -> Response:
        """The answer as it may be shown."""
        exchange = await self._about(data)
        body = response.model_dump()
        try:
            is_changed = await exchange.answer(body)
        except Blocked as blocked:
            raise _refused(blocked.verdict, data) from blocked
        finally:
            self._write_down(exchange)
        return type(response)(**body) if is_changed else response

    async def streamed(self, response: AsyncIterator[Response], data: dict[str, Json]) -> AsyncIterator[Response]:
        """The chunks of an answer as they may be shown."""
        from litellm.types.utils import ModelResponseStream

        exchange = await self._about(data)
        answer = StreamedAnswer(exchange, refusal)
        try:
            async for chunk in response:
                for event in await answer.take(json.dumps(chunk.model_dump(), default=str)):
                    found = json.loads(event) if event != "[DONE]" else {}
                    if found.get("choices") is not None:
                        yield ModelResponseStream(**found)
                if answer.stopped is not None:
                    raise _refused(answer.stopped, data)
            for event in await answer.end():
                found = json.loads(event) if event != "[DONE]" else {}
                if found.get("choices") is not None:
                    yield ModelResponseStream(**found)
            if answer.stopped is not None:
                raise _refused(answer.stopped, data)
        finally:
            answer.close()
            self._write_down(exchange)

    async def _exchange(self) -> Exchange:
        return Exchange(await acurrent(self._holder), OpenAiShape())

    async def _about(self, data: dict[str, Json]) -> Exchange:
        """The exchange of a request that was checked before."""
        exchange = await self._exchange()
        turns = data.get("messages") or ()
        exchange.asked += [str(turn["content"]) for turn in turns if turn.get("role") == "user" and turn.get("content")]
        exchange.question = exchange.asked[-1] if exchange.asked else ""
        return exchange

    def _write_down(self, exchange: Exchange) -> None:
        log = log_of(self._holder)
        if log is not None:
            log.write_down(exchange.happening())


def litellm_callback(policy: Policy | Holder) -> "CustomGuardrail":
    """A callback for `litellm.callbacks`, or for the guardrails of the proxy.

    Args:
        policy: a Policy, or what holds one: `ws.guard(ref)`, `ws.app(ref).policy`. Its version is looked up for each request.
    """
    from litellm.integrations.custom_guardrail import CustomGuardrail
    from litellm.types.guardrails import GuardrailEventHooks

    guard = LitellmGuard(policy)

    class GuardCallback(CustomGuardrail):  # type: ignore[misc]  # litellm is read without its types
        async def async_pre_call_hook(self, user_api_key_dict: Json, cache: Json, data: Json, call_type: Json) -> Json:
            checked = await guard.asked(data)
            self.mark_pre_call_hook_ran(checked)
            return checked

        async def async_moderation_hook(self, data: Json, user_api_key_dict: Json, call_type: Json) -> None:
            if not self._pre_call_hook_already_ran(data):
                await guard.asked(data)

        async def async_post_call_success_hook(self, data: Json, user_api_key_dict: Json, response: Json) -> Json:
            return await guard.answered(response, data)

        async def async_post_call_streaming_iterator_hook(
            self, user_api_key_dict: Json, response: Json, request_data: Json
        ) -> AsyncIterator[Response]:
            async for chunk in guard.streamed(response, request_data):
                yield chunk

        async def async_pre_call_deployment_hook(self, kwargs: Json, call_type: Json) -> Json:
            return None if self._pre_call_hook_already_ran(kwargs) else await guard.asked(kwargs)

        async def async_post_call_success_deployment_hook(
            self, request_data: Json, response: Json, call_type: Json
        ) -> Json:
            if self._pre_call_hook_already_ran(request_data) or not hasattr(response, "choices"):
                return None  # the proxy's own hook looks at it, or there is no text
            return await guard.answered(response, request_data)

    hooks = [GuardrailEventHooks.pre_call, GuardrailEventHooks.post_call]
    return GuardCallback(guardrail_name="llmops", event_hook=hooks, default_on=True)


def _refused(verdict: Verdict, data: dict[str, Json]) -> Exception:
    import litellm

    body = refusal(verdict)
    error: Exception = litellm.BadRequestError(
        message=body["error"]["message"], model=str(data.get("model") or ""), llm_provider="llmops", body=body["error"]
    )
    return error
