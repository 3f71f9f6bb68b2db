"""What the log keeps of an entry."""

from datetime import UTC, datetime

from llmops.core.hashing import Json
from llmops.core.sections import LogSettings
from llmops.domain.corpus import Context
from llmops.domain.interaction import Interaction, Reply, Usage
from llmops.flows.interactions.entries import Entry, hashed, make_interaction
from llmops.flows.interactions.redaction import Redaction
from llmops.guard.policy import Policy

AT = datetime(2026, 3, 1, tzinfo=UTC)
KEY = "AKIAIOSFODNN7EXAMPLE"
POLICY = Policy.from_mapping(
    {"input": [{"secrets": {"action": "block"}}], "output": [{"length": {"max": 5, "action": "flag"}}]}
)


def made(text: str = "redacted", **fields: Json) -> Interaction:
    reply = Reply(
        id="reply-1",
        text=f"Write to jane.doe@example.org\x00, {KEY}",
        contexts=(Context(id="c", text="Ask bob@example.com.", score=0.5),),
        verdicts=(POLICY.check_input(f"my key is {KEY}"), POLICY.check_output("It is long")),
        usage=Usage(prompt_tokens=3, cost=0.1, latency=0.5, first_token=0.2),
        refs={"app": "sha256:1", "served_from": "store"},
        fingerprint="fp",
    )
    given: dict[str, Json] = {
        "inputs": {"question": f"my key is {KEY}", "n": [1, {"mail": "a@example.com"}]},
        "user": "user-77",
        "metadata": {"plan": "pro", "contact": "a@example.com"},
    }
    entry = Entry(source="ask", app="docs", at=AT, reply=reply, **{**given, **fields})
    return make_interaction(entry, LogSettings.model_validate({"text": text}), Redaction, "salt")


def test_nothing_personal_and_no_secret_is_kept() -> None:
    one = made(policy=POLICY)
    assert one.inputs == {"question": "my key is [AWS_KEY]", "n": [1, {"mail": "[EMAIL]"}]}
    assert one.output == "Write to [EMAIL]\ufffd, [AWS_KEY]"
    assert one.contexts[0].text == "Ask [EMAIL]."
    assert one.metadata == {"plan": "pro", "contact": "[EMAIL]"}
    for secret in (KEY, "example.org", "example.com", "user-77"):
        assert secret not in one.model_dump_json()


def test_everything_that_produced_it_is_kept() -> None:
    one = made()
    assert (one.id, one.at, one.source, one.app, one.version, one.fingerprint) == (
        "reply-1", AT, "ask", "docs", "sha256:1", "fp",
    )  # fmt: skip
    assert one.refs == {"app": "sha256:1"}
    assert one.action == "block"
    assert [(v["stage"], v["action"], v["checks"][0]["check"]) for v in one.verdicts] == [
        ("input", "block", "secrets"),
        ("output", "flag", "length"),
    ]
    assert one.verdicts[0]["checks"][0]["findings"] == {"AWS_KEY": 1}
    assert (one.usage.cost, one.usage.first_token, one.contexts[0].score) == (0.1, 0.2, 0.5)


def test_texts_can_be_left_out() -> None:
    one = made("none")
    assert (one.inputs, one.output, one.contexts[0].text) == ({}, "", "")
    assert one.metadata["plan"] == "pro"


def test_a_user_is_the_same_one_and_nobody_without_a_salt() -> None:
    assert hashed("ada", "salt") == hashed("ada", "salt") != hashed("ada", "other")
    assert hashed("ada", "") == hashed(None, "salt") == ""
