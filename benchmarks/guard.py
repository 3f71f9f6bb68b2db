"""What guarding a chat message costs: personal data, secrets, 1,000 phrases and the normaliser on 1 kB of ASCII.

The floor beside it is what re2 and Aho-Corasick alone take for the same search, without verdicts, offsets or normaliser; both
are timed in turn, so that a machine that changes its speed changes it for both.
"""

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import re2
from ahocorasick_rs import BytesAhoCorasick, Implementation
from support.measure import show

from llmops.guard.policy import Policy

PROSE = """
the quick brown fox jumps over lazy dog please help me with my order and delivery because it has not arrived yet thank
you very much for your support we would like to know when parcel will be sent again or whether money can be returned
"""
WORDS = PROSE.split()
FLOOR = (
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}",
    r"\d[\d ().-]{6,}\d",
    r"(?:\d{1,3}\.){3}\d{1,3}",
    r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}",
    r"://[^\s/:@]+:[^\s/@]+@",
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",
    r"gh[pousr]_[A-Za-z0-9]{36}",
    r"eyJ[\w-]{10,}\.eyJ",
    r"-----BEGIN [A-Z ]*PRIVATE",
)
ROUNDS = 40
CALLS = 200


def message(size: int, *, ending: str = "") -> str:
    """Prose of a size, with something at its end."""
    generator = random.Random(7)
    text = " ".join(generator.choice(WORDS) for _ in range(size // 4))
    return text[: size - len(ending)] + ending


def timed(call: Callable[[], object]) -> float:
    """Microseconds of one call, the mean of CALLS."""
    began = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - began) / CALLS * 1e6


def floor_on(text: str, phrases: list[str]) -> Callable[[], object]:
    """The bare search."""
    patterns = re2.Set.SearchSet()
    for pattern in FLOOR:
        patterns.Add(pattern)
    patterns.Compile()
    automaton = BytesAhoCorasick([phrase.encode() for phrase in phrases], implementation=Implementation.DFA)

    def search() -> object:
        data = text.encode()
        return patterns.Match(data), automaton.find_matches_as_indexes(data.lower(), overlapping=True)

    return search


def main() -> None:
    """Measure in turn and print medians and ratios."""
    generator = random.Random(1)
    phrases = [f"{''.join(generator.choices('abcdefghij', k=8))} {generator.choice(WORDS)}" for _ in range(1_000)]
    policy = Policy.from_mapping({"input": ["pii", "secrets", {"phrases": {"phrases": phrases}}]})
    clean, found = message(1_000), message(1_000, ending=" Order 12345 for bob@example.com.")
    calls: dict[str, Callable[[], object]] = {
        "floor": floor_on(clean, phrases),
        "clean": lambda: policy.check_input(clean),
        "found": lambda: policy.check_input(found),
        "accents": lambda: policy.check_input(message_with_accents),
    }
    message_with_accents = clean.replace("e", "é")
    runs: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            runs[name].append(timed(call))
    middle = {name: statistics.median(values) for name, values in runs.items()}
    ratio = statistics.median(mine / bare for mine, bare in zip(runs["clean"], runs["floor"], strict=True))
    long = message(64_000, ending=" bob@example.com")
    hostile = "1 2 3 4 " * 8_000
    imported = [
        float(subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    ]
    show(
        "Guard",
        [
            ("1 kB, nothing found", f"{middle['clean']:.0f} us (best {min(runs['clean']):.0f})", "aim <= 50 us"),
            ("re2 and Aho-Corasick alone", f"{middle['floor']:.0f} us (best {min(runs['floor']):.0f})", ""),
            ("ratio", f"{ratio:.1f}", ""),
            ("1 kB with an address and a number", f"{middle['found']:.0f} us", ""),
            ("1 kB with 100 accents", f"{middle['accents']:.0f} us", ""),
            ("64 kB of prose", f"{timed_once(lambda: policy.check_input(long)):.1f} ms", ""),
            ("64 kB of single digits", f"{timed_once(lambda: policy.check_input(hostile)):.1f} ms", "aim <= 20 ms"),
            ("import of llmops.guard.policy", f"{statistics.median(imported) * 1e3:.0f} ms", "aim <= 150 ms"),
        ],
    )


IMPORT = """
import time
began = time.perf_counter()
from llmops.guard.policy import Policy
print(time.perf_counter() - began)
"""


def timed_once(call: Callable[[], object]) -> float:
    """Milliseconds of one call, the median of five."""
    return statistics.median(timed_call(call) for _ in range(5))


def timed_call(call: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    main()
