from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from llmops.domain.verdict import Finding, Outcome
from llmops.guard.decisions import RedactedSpan, merge_spans, redact, replace_spans, worst

FINDINGS = st.lists(
    st.builds(
        lambda start, size, kind: Finding(start, start + size, kind),
        st.integers(0, 30), st.integers(1, 8), st.sampled_from("AB"),
    ),
    max_size=8,
)  # fmt: skip


def test_the_heaviest_outcome_decides() -> None:
    flag, redacted = Outcome("a", "flag"), Outcome("b", "redact")
    passing, stopping = Outcome("c", "error"), Outcome("d", "error", stops=True)
    assert worst([]) == "allow"
    assert worst([flag, passing]) == "error"
    assert worst([passing, redacted]) == "redact"
    assert worst([redacted, stopping]) == "error"
    assert worst([stopping, Outcome("e", "block", stops=True)]) == "block"


@given(FINDINGS, st.randoms())
def test_merged_spans_are_the_union_whatever_the_order(findings: list[Finding], shuffler: "object") -> None:
    spans = merge_spans(findings)
    shuffler.shuffle(findings)  # type: ignore[attr-defined]
    assert merge_spans(findings) == spans
    covered = {at for span in spans for at in range(span.start, span.end)}
    assert covered == {at for finding in findings for at in range(finding.start, finding.end)}
    assert all(one.end <= other.start for one, other in pairwise(spans))


def test_overlapping_findings_are_called_after_the_longest() -> None:
    assert merge_spans([Finding(0, 5, "PHONE"), Finding(3, 12, "CREDIT_CARD")]) == [RedactedSpan(0, 12, "CREDIT_CARD")]


def test_only_redacting_outcomes_redact() -> None:
    outcomes = [Outcome("a", "flag", (Finding(0, 2, "A"),)), Outcome("b", "redact", (Finding(3, 5, "B"),))]
    assert redact("ab cd ef", outcomes) == "ab [B] ef"


def test_a_placeholder_may_depend_on_what_it_replaces() -> None:
    assert (
        replace_spans("ab cd", [RedactedSpan(3, 5, "B")], lambda kind, original: f"<{kind}:{original}>") == "ab <B:cd>"
    )
