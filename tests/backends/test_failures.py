"""Every refusal says what it means and what to do."""

import pytest

from llmops.backends.endpoints import Endpoint
from llmops.backends.failures import read_error, refused, timed_out, unreachable

HOUSE = Endpoint(
    model="house/m", provider="house", name="m", api_base="http://h/v1", key_env=("HOUSE_KEY",), timeout=2.5
)


@pytest.mark.parametrize(
    ("status", "says", "hint", "again"),
    [
        (401, "refused the key", "Check HOUSE_KEY", False),
        (403, "refused the key", "access to m", False),
        (404, "does not know the model 'm'", "Check the model's name", False),
        (429, "limits the rate", "set rpm or tpm below [connections.house]", True),
        (500, "failed", "Try again later", True),
        (503, "failed", "Try again later", True),
        (307, "redirects, which llmops does not follow", "as api_base", False),
        (400, "refused the request", "Check parameters", False),
    ],
)
def test_statuses(status: int, says: str, hint: str, again: bool) -> None:
    failure = refused(HOUSE, status, "their words")
    assert f"http://h/v1 {says} (HTTP {status}, model house/m): their words" == failure.error.message
    assert hint in failure.error.hint
    assert failure.again is again
    assert failure.error.status == status


def test_a_spent_quota_is_not_tried_again() -> None:
    failure = refused(HOUSE, 429, "", code="insufficient_quota")
    assert not failure.again
    assert failure.error.message == "http://h/v1 says that the account's quota is spent (HTTP 429, model house/m)"


def test_without_a_key_setting_the_hint_names_it() -> None:
    keyless = Endpoint(model="house/m", provider="house", name="m", api_base="http://h/v1")
    assert "key_env below [connections.house]" in refused(keyless, 401, "").error.hint


def test_no_answer_and_no_connection() -> None:
    assert timed_out(HOUSE).error.message == "house/m did not answer within 2.5 s"
    assert timed_out(HOUSE).again
    assert unreachable(HOUSE, "refused").error.message == "http://h/v1 was not reached: refused"
    assert not unreachable(HOUSE, "refused").again


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"error": {"message": "m", "code": "c"}}', ("m", "c")),
        (b'{"error": "plain"}', ("plain", "")),
        (b'{"detail": "d"}', ("d", "")),
        (b'{"message": "x"}', ("x", "")),
        (b"<html>", ("<html>", "")),
        (b"[1]", ("[1]", "")),
        (b"", ("", "")),
    ],
)
def test_the_servers_words_in_all_shapes(raw: bytes, expected: tuple[str, str]) -> None:
    assert read_error(raw) == expected
