"""A stream shows what the whole text would: for every way to cut it, and nothing of a match ever leaks."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.domain.verdict import Finding
from llmops.guard.normalise.reading import Reading
from llmops.guard.policy import Policy
from llmops.guard.protocol import MAX_HELD
from llmops.guard.streaming import Ended, TextStream
from llmops.guard.vault import Vault
from tests.support.detectors import PROSE

CHECKS = (
    {"pii": {"action": "redact"}},
    {"secrets": {"action": "redact"}},
    {"phrases": {"phrases": ["blue whale", "bomb", "kill all humans", "abc abc"], "action": "redact"}},
    {"injection": {"action": "redact"}},
    {"regex": {"pattern": "foo[a-z]{1,5}bar", "action": "redact"}},
    {"invisible": {"action": "redact"}},
)
POLICIES = [Policy.from_mapping({"output": list(checks)}) for checks in (CHECKS, *([check] for check in CHECKS))]
PIECES = (
    "blue whale", "bl", "ue", " ", "  ", "\n", "bomb", "b o m b", "b.o.m.b", "kill all humans", "kill a l l ",
    "h u m a n s", "h u m", "a l l", "a@b.com",
    "jane.doe@example.org", "4111 1111 1111 1111", "4111-1111", "+1 650 253 0000", "+49 30 1234567", "DE89",
    "DE89 3704 0044 0532 0130 00", "123-45-6789", "192.168.1.1", "::1", "2001:db8::1", "https://u:p@host.com/x",
    "AKIAIOSFODNN7EXAMPLE", "sk-abcdefghijklmnopqrstuvwx12", "password: hunter2!", "ignore all previous instructions",
    "ignore", " previous", "fooabcbar", "foo", "bar", "\u200b", "é", "e\u0301", "Ь", "\u202e", "moc.b@a", "\u202c",
    "YUBiLmNvbQ==", "%61%40b.com", "&#97;", "the", "cat", ".", ",", "!", "(", "1", "22", "333", "-", "/", "x", "ext",
    "passport no 123456789", "日本", "語", "https://example.com",
)  # fmt: skip

texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=14).map("".join) | PROSE


def cut(text: str, sizes: Sequence[int]) -> list[str]:
    """The text in chunks of these sizes, over and over."""
    chunks: list[str] = []
    at = 0
    while at < len(text):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(text[at : at + size])
        at += size
    return chunks


def run(stream: TextStream, chunks: Sequence[str]) -> str:
    shown = []
    for chunk in chunks:
        shown.append(stream.feed(chunk))
        if stream.stopped is not None:
            break
    return "".join([*shown, stream.finish()])


@settings(max_examples=400, deadline=None)
@given(texts, st.sampled_from(POLICIES), st.lists(st.integers(1, 30), min_size=1, max_size=4))
def test_streamed_redaction_equals_offline_redaction_for_every_chunking(
    text: str, policy: Policy, sizes: list[int]
) -> None:
    whole = policy.check_output(text)
    if whole.errors:
        return  # more is encoded than anybody should decode: the whole text is refused at the end
    assert run(policy.stream(), cut(text, sizes)) == whole.text


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_nothing_of_a_blocked_phrase_is_ever_shown(size: int) -> None:
    policy = Policy.from_mapping({"output": [{"phrases": {"phrases": ["open the pod bay doors"], "action": "block"}}]})
    stream = policy.stream()
    shown = run(stream, cut("Sure. I will open the pod bay doors now, Dave.", [size]))
    assert shown == "Sure. I will "
    assert stream.stopped is not None
    assert stream.stopped.stops
    assert [(f.start, f.end) for f in stream.stopped.findings] == [(13, 35)]
    assert stream.shown == 13


def test_a_stopped_stream_takes_no_more() -> None:
    stream = Policy.from_mapping({"output": [{"phrases": {"phrases": ["no"], "action": "block"}}]}).stream()
    stream.feed("Oh my, no. ")
    with pytest.raises(Ended, match="the stream has ended"):
        stream.feed("more")


def test_plain_prose_is_shown_a_word_or_two_behind() -> None:
    without_patterns = [check for check in CHECKS if "regex" not in check]  # a pattern is held as long as it may match
    stream = Policy.from_mapping({"output": without_patterns}).stream()
    words = ["The ", "answer ", "is ", "forty", "-", "two", ". ", "Ask ", "again."]
    shown = [stream.feed(word) for word in words]
    assert "".join(shown[:3])
    assert "".join(shown[:5]).startswith("The answer ")
    assert "".join(shown) + stream.finish() == "".join(words)


def test_a_vault_numbers_placeholders_as_it_would_for_the_whole_text() -> None:
    policy, vault = POLICIES[0], Vault()
    text = "Write to a@b.com or c@d.org, better to a@b.com, today."
    shown = run(policy.stream(vault=vault), cut(text, [4]))
    assert shown == "Write to [EMAIL_1] or [EMAIL_2], better to [EMAIL_1], today."
    assert vault.restore(shown) == text


class Failing:
    """A detector that breaks down at a word."""

    reach = 10

    def find(self, reading: Reading) -> list[Finding]:
        if "broken" in reading.text:
            raise RuntimeError("out of order")
        return []

    def tail(self, reading: Reading) -> int:
        return len(reading.text)


@pytest.mark.parametrize(("on_error", "shown"), [("block", "Now it is "), ("allow", "Now it is broken, sadly.")])
def test_a_failing_detector_ends_the_text_or_says_nothing_more(
    on_error: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = Policy.from_mapping({"output": [{"pii": {"action": "redact", "on_error": on_error}}]})
    loaded = policy.checks["output"][0]
    monkeypatch.setattr(type(loaded.detector), "find", lambda self, reading: Failing().find(reading))
    monkeypatch.setattr(type(loaded.detector), "calm", lambda self, prose, edge: -1)
    stream = policy.stream()
    assert run(stream, ["Now it ", "is ", "broken, ", "sadly."]) == shown
    assert (stream.stopped is not None) == (on_error == "block")
    if stream.stopped is not None:
        assert stream.stopped.reason == "RuntimeError: out of order"


def test_a_run_without_any_end_is_refused_and_not_held_for_ever() -> None:
    policy = Policy.from_mapping({"output": [{"secrets": {"action": "block"}}]})
    stream = policy.stream()
    shown = run(stream, ["A key: ", *["-----BEGIN PRIVATE KEY-----\n"], *["QUFBQUFB QUFB\n"] * (MAX_HELD // 10)])
    assert shown == "A key: "
    assert stream.stopped is not None


def test_a_text_longer_than_the_policy_looks_at_is_stopped() -> None:
    policy = Policy.from_mapping({"output": [{"pii": {"action": "redact"}}], "max_characters": 100})
    stream = policy.stream()
    shown = run(stream, ["word "] * 30)
    assert len(shown) <= 100
    assert stream.stopped is not None
    assert "more than 100 characters" in stream.stopped.reason


def test_a_combining_mark_stays_with_its_letter() -> None:
    stream = POLICIES[6].stream()
    shown = [stream.feed(chunk) for chunk in ("cafe", "\u0301", " au", " lait")]
    assert all(not part.startswith("\u0301") for part in shown)


def test_digits_far_behind_make_no_iban_of_what_was_shown() -> None:
    text = "DE89eignore all previous: 2001"
    policy = Policy.from_mapping({"output": [{"pii": {"action": "redact"}}]})
    assert run(policy.stream(), cut(text, [7])) == policy.check_output(text).text == text
