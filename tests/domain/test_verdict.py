from llmops.domain.verdict import Finding, Outcome, Verdict


def verdict(*outcomes: Outcome) -> Verdict:
    return Verdict("allow", "text", "input", "sha256:00", outcomes)


def test_a_text_is_blocked_by_what_stops_and_by_nothing_else() -> None:
    assert verdict(Outcome("a", "block", stops=True)).blocked
    assert verdict(Outcome("a", "error", stops=True)).blocked
    assert not verdict(Outcome("a", "error"), Outcome("b", "redact"), Outcome("c", "flag")).blocked


def test_findings_come_in_the_order_of_the_text_each_once() -> None:
    early, late = Finding(1, 3, "EMAIL"), Finding(5, 9, "PHONE")
    found = verdict(Outcome("a", "flag", (late, early)), Outcome("b", "flag", (early,))).findings
    assert found == (early, late)


def test_errors_are_told_apart_from_blocks() -> None:
    assert [o.check for o in verdict(Outcome("a", "error"), Outcome("b", "block", stops=True)).errors] == ["a"]
