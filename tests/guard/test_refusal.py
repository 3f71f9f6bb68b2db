"""The error that a client sees says who decided and by which policy, and not what was said."""

import json

from llmops.guard.policy import Policy
from llmops.guard.refusal import refusal, unreadable


def test_a_refusal_names_policy_and_checks_and_never_the_text() -> None:
    policy = Policy.from_mapping({"input": [{"phrases": {"phrases": ["hocus pocus"], "action": "block"}}]})
    body = refusal(policy.check_input("so: hocus pocus!"))
    assert body["error"]["code"] == "content_filter"
    assert body["error"]["guard"] == {
        "policy": policy.digest,
        "action": "block",
        "checks": [{"check": "phrases", "action": "block"}],
    }
    assert "hocus" not in json.dumps(body)


def test_what_cannot_be_read_is_said_with_a_hint() -> None:
    error = unreadable("the body is no JSON", "Send JSON.")["error"]
    assert (error["message"], error["code"]) == ("the body is no JSON. Send JSON.", "unreadable")
