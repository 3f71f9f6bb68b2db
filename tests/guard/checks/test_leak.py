from llmops.guard.checks.leak import Leak, shared_stretches
from tests.support.guarded import noted, subject

SYSTEM = (
    "You are the assistant of a small book shop. Never promise a refund that the manager has not approved. MARK-7f3a."
)


def test_a_stretch_of_the_system_prompt_is_found() -> None:
    said = "Sure! My rules: never promise a refund, that the manager has not approved... Anything else?"
    assert noted(Leak(words=8), subject(said, system=SYSTEM)) == [("SYSTEM_PROMPT", "words of the system prompt")]
    ((start, end),) = shared_stretches(said, SYSTEM, 8)
    assert said[start:end] == "never promise a refund, that the manager has not approved"


def test_a_few_shared_words_are_no_leak() -> None:
    assert noted(Leak(), subject("I am the assistant of a small book shop.", system=SYSTEM)) == []
    assert noted(Leak(), subject("Anything", system="")) == []


def test_a_canary_is_found_in_disguise() -> None:
    check = Leak(canary=("MARK-7f3a",))
    assert noted(check, subject("the code is mark-7F3A")) == [("CANARY", "a mark of the system prompt")]
    assert noted(check, subject("the code is M\u200bARK-7f3a"))
    assert noted(check, subject("there is no code")) == []


def test_two_stretches_are_two_findings() -> None:
    said = "you are the assistant of x never promise a refund that"
    assert [said[a:b] for a, b in shared_stretches(said, SYSTEM, 5)] == [
        "you are the assistant of", "never promise a refund that",
    ]  # fmt: skip
