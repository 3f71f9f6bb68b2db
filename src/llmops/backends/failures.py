"""Say what a model server's refusal means and what to do about it, the same for every way of asking."""

import json

from llmops.backends.endpoints import Endpoint
from llmops.backends.retries import TRANSIENT, Failure
from llmops.core.errors import ModelError


def refused(endpoint: Endpoint, status: int, said: str, *, code: str = "", wait: float | None = None) -> Failure:
    """The failure behind an HTTP status.

    Args:
        endpoint: who was asked.
        status: the HTTP status.
        said: the server's own words; secrets are taken out here.
        code: the server's error code, if it gave one.
        wait: seconds that the server asks to wait.
    """
    what, hint = _meaning(endpoint, status, code)
    said = endpoint.hide(said)
    text = f"{endpoint.address} {what} (HTTP {status}, model {endpoint.model})" + (f": {said}" if said else "")
    again = status in TRANSIENT and code != "insufficient_quota"
    return Failure(ModelError(text, hint=hint, status=status, retry_after=wait), again)


def timed_out(endpoint: Endpoint) -> Failure:
    """No answer within the endpoint's time-out."""
    return Failure(
        ModelError(
            f"{endpoint.model} did not answer within {endpoint.timeout:g} s",
            hint=f'Raise timeout below [connections.{endpoint.provider}], for example timeout = "300s".',
        ),
        again=True,
    )


def unreachable(endpoint: Endpoint, why: str) -> Failure:
    """No connection. Not tried again: who waits for a server that is down wants to know at once."""
    return Failure(
        ModelError(
            f"{endpoint.address} was not reached: {endpoint.hide(why)}",
            hint=f"Is the server of {endpoint.model} running, and the address right?",
        ),
        again=False,
    )


def read_error(raw: bytes) -> tuple[str, str]:
    """What a server says about a failure, and its code: the OpenAI shape, `detail`, `message`, or the body itself."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return raw[:600].decode("utf-8", "replace"), ""
    error = data.get("error", data) if isinstance(data, dict) else data
    if isinstance(error, dict):
        return str(error.get("message") or error.get("detail") or ""), str(error.get("code") or "")
    return "" if error is None else str(error), ""


def _meaning(endpoint: Endpoint, status: int, code: str) -> tuple[str, str]:
    section = f"[connections.{endpoint.provider}]"
    if status in (401, 403):
        key = endpoint.key_env[0] if endpoint.key_env else f"key_env below {section}"
        return "refused the key", f"Check {key}: it must hold a valid key with access to {endpoint.name}."
    if code == "insufficient_quota":
        return "says that the account's quota is spent", "Check plan and billing with the provider."
    if status == 404:
        return f"does not know the model {endpoint.name!r}", "Check the model's name and the address."
    if status == 429:
        return "limits the rate", f"Evaluate with a lower --concurrency, or set rpm or tpm below {section}."
    if status >= 500:
        return "failed", "Try again later; look at the server's log or status page."
    if 300 <= status < 400:
        return "redirects, which llmops does not follow", f"Write the final address as api_base below {section}."
    return "refused the request", "Check parameters, tools and output schema of the prompt and app."
