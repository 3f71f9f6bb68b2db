"""How well the guard's checks find what they should, on the labelled sets beside the project (skipped where they are absent).

Nothing is trained here; what the rules were written from and whether they were tuned on a set, docs/checks-*.md say.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from llmops.domain.verdict import Finding
from llmops.guard.checks.injection import Injection
from llmops.guard.checks.pii import Pii
from llmops.guard.checks.secrets import Secrets
from llmops.guard.decisions import merge_spans
from llmops.guard.normalise.reading import Reading
from llmops.measures.intervals import wilson

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "guard"
ENTITIES = {
    "EMAIL_ADDRESS": "EMAIL", "PHONE_NUMBER": "PHONE", "CREDIT_CARD": "CREDIT_CARD", "IBAN_CODE": "IBAN", "US_SSN": "SSN",
    "IP_ADDRESS": "IP",
}  # fmt: skip
ATTACKS = ("jailbreak_inthewild", "cyberseceval_injection", "injection_valid")
BENIGN = ("notinject", "xstest", "benign_cyber", "injection_valid")


@dataclass
class Tally:
    """What was found of what there is, and what was found beside it."""

    hits: int = 0
    misses: int = 0
    extra: int = 0

    def row(self, name: str) -> str:
        """Precision and recall with their 95 % intervals (Wilson)."""
        recall, precision = share(self.hits, self.hits + self.misses), share(self.hits, self.hits + self.extra)
        return f"  {name:<24} recall {recall:<32} precision {precision}"


def share(part: int, whole: int) -> str:
    """A share with its interval, as `0.913 (0.801–0.966), 43 of 47`."""
    if not whole:
        return "none"
    low, high = wilson(part, whole)
    return f"{part / whole:.3f} ({low:.3f}–{high:.3f}), {part} of {whole}"


def read(name: str) -> list[Mapping[str, object]]:
    """The rows of a set."""
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def measure_pii() -> None:
    """Spans of personal data: one that overlaps a labelled one of its type is found."""
    check, tallies = Pii(), {ours: Tally() for ours in ENTITIES.values()}
    for row in read("pii"):
        text, spans = str(row["text"]), row["spans"]
        assert isinstance(spans, list)
        found = merge_spans(check.find(Reading(text)))
        labelled = [(start, end, ENTITIES[kind]) for start, end, kind in spans if kind in ENTITIES]
        for start, end, kind in labelled:
            if any(span.type == kind and span.start < end and start < span.end for span in found):
                tallies[kind].hits += 1
            else:
                tallies[kind].misses += 1
        for span in found:
            if span.type in tallies and not any(
                kind == span.type and span.start < end and start < span.end for start, end, kind in labelled
            ):
                tallies[span.type].extra += 1
    print("Personal data (presidio-research synth v2, half of it)")
    for kind, tally in tallies.items():
        print(tally.row(kind))


def flagged(find: Callable[[Reading], Iterable[Finding]], rows: Sequence[Mapping[str, object]]) -> int:
    """How many texts have a finding."""
    return sum(any(True for _ in find(Reading(str(row["text"])))) for row in rows)


def measure_injection() -> None:
    """Texts with a known phrase among attacks and among harmless texts."""
    check = Injection()
    print("Known phrases of injection")
    for name in ATTACKS:
        rows = [row for row in read(name) if row["label"] == "injection"]
        print(f"  {name:<24} recall {share(flagged(check.find, rows), len(rows))}")
    for name in BENIGN:
        rows = [row for row in read(name) if row["label"] == "benign"]
        print(f"  {name:<24} false positives {share(flagged(check.find, rows), len(rows))}")


def measure_false_secrets() -> None:
    """Secrets among texts that have none."""
    rows = [row for name in BENIGN for row in read(name) if row["label"] == "benign"]
    print("Secrets")
    print(f"  {'all benign sets':<24} false positives {share(flagged(Secrets().find, rows), len(rows))}")
    rows = read("pii")
    print(f"  {'pii sentences':<24} false positives {share(flagged(Secrets().find, rows), len(rows))}")


def main() -> None:
    """Measure what there is data for."""
    if not DATA.is_dir():
        print(f"Skipped: there are no labelled sets in {DATA}.")
        return
    measure_pii()
    measure_injection()
    measure_false_secrets()


if __name__ == "__main__":
    main()
