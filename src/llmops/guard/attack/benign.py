"""What a policy costs those who mean no harm: the share of benign texts that it finds something in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from llmops.core.errors import InvalidFile
from llmops.domain.verdict import Stage, Verdict
from llmops.measures.intervals import wilson

if TYPE_CHECKING:
    from llmops.core.hashing import Json
    from llmops.guard.policy import Policy


@dataclass(frozen=True, slots=True)
class Share:
    """So many of all."""

    count: int
    of: int

    @property
    def bounds(self) -> tuple[float, float]:
        """Wilson's 95 % interval."""
        return wilson(self.count, self.of)

    @property
    def said(self) -> str:
        """As `3 of 200 (1.5 %)`."""
        return f"{self.count} of {self.of} ({self.count / self.of:.1%})".replace("%", " %")

    @property
    def interval(self) -> str:
        """As `0.5–4.3 %`."""
        low, high = self.bounds
        return f"{low * 100:.1f}–{high * 100:.1f} %"


@dataclass(frozen=True, slots=True)
class Cost:
    """The share of benign texts that do not go on as they are, and by check the share it finds something in or fails on."""

    total: Share
    checks: Mapping[str, Share]

    def as_value(self) -> "Json":
        """As JSON."""
        low, high = self.total.bounds
        return {
            "texts": self.total.of,
            "found": self.total.count,
            "share": self.total.count / self.total.of,
            "low": low,
            "high": high,
            "checks": {name: share.count for name, share in self.checks.items()},
        }


def cost_of(policy: "Policy", texts: Sequence[str], stages: Sequence[Stage]) -> Cost:
    """Check benign texts at all stages. A flag lets a text go on as it is and counts only for its check."""
    hindered, by_check = 0, dict.fromkeys((c.spec.name for stage in stages for c in policy.checks[stage]), 0)
    for text in texts:
        verdicts = [_decide(policy, stage, text) for stage in stages]
        hindered += any(verdict.blocked or verdict.text != text for verdict in verdicts)
        for name in {o.check for v in verdicts for o in v.outcomes if o.action != "allow"}:
            by_check[name] += 1
    return Cost(Share(hindered, len(texts)), {name: Share(count, len(texts)) for name, count in by_check.items()})


def _decide(policy: "Policy", stage: Stage, text: str) -> Verdict:
    return policy.check_input(text) if stage == "input" else policy.check_output(text)


def read_texts(path: Path) -> list[str]:
    """Read texts, one a line; of JSON lines `text`, `inputs.text` or `inputs.question`.

    Raises:
        InvalidFile: with the line; or there is none.
    """
    from llmops.text.yaml import read_text

    lines = read_text(path).split("\n")
    numbered = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    as_json = path.suffix in (".jsonl", ".ndjson")
    texts = [_text_of(line, path, number) if as_json else line for number, line in numbered]
    if not texts:
        raise InvalidFile(path, "there are no texts in it", hint="Write one text a line.")
    return texts


def _text_of(line: str, path: Path, number: int) -> str:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        hint = 'Write {"text": "…"} on each line, or name the file .txt.'
        raise InvalidFile(path, f"this is no JSON: {error}", line=number, hint=hint) from error
    inputs = row.get("inputs", row) if isinstance(row, dict) else None
    found = [inputs[key] for key in ("text", "question") if key in inputs] if isinstance(inputs, dict) else []
    if not found or not isinstance(found[0], str):
        hint = 'Write {"text": "…"} or {"inputs": {"text": "…"}}.'
        raise InvalidFile(path, "there is no text in this line", line=number, hint=hint)
    return found[0]
