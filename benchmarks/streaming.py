"""What guarding a stream costs for each chunk of four characters, how soon text is shown, and whether it is always right.

The policy is that of benchmarks/guard.py (`pii`, `secrets`, 1,000 phrases). The floor beside it is re2 and Aho-Corasick alone
on the last 64 characters for each chunk, which is less than any guard must look at; both are timed in turn. Then random texts
full of beginnings and ends of matches are cut at random and streamed, and compared with the redaction of the whole text.

    python benchmarks/streaming.py [CASES]
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from support.measure import show

from guard import floor_on, message
from llmops.guard.policy import Policy
from llmops.guard.streaming import TextStream

ROUNDS = 15
CASES = 100_000
CHUNK = 4
PIECES = (
    "blue whale",
    "bl",
    "ue",
    " ",
    "  ",
    "\n",
    "bomb",
    "b o m b",
    "b.o.m.b",
    "kill all humans",
    "kill a l l ",
    "h u m a n s",
    "h u m",
    "a l l",
    "a@b.com",
    "jane.doe@example.org",
    "4111 1111 1111 1111",
    "4111-1111",
    "+1 650 253 0000",
    "+49 30 1234567",
    "DE89",
    "DE89 3704 0044 0532 0130 00",
    "123-45-6789",
    "192.168.1.1",
    "::1",
    "2001:db8::1",
    "https://u:p@host.com/x",
    "AKIAIOSFODNN7EXAMPLE",
    "sk-abcdefghijklmnopqrstuvwx12",
    "password: hunter2!",
    "ignore all previous instructions",
    "ignore",
    " previous",
    "fooabcbar",
    "foo",
    "bar",
    "\u200b",
    "é",
    "e\u0301",
    "Ь",
    "\u202e",
    "moc.b@a",
    "\u202c",
    "YUBiLmNvbQ==",
    "%61%40b.com",
    "&#97;",
    "the",
    "cat",
    ".",
    ",",
    "!",
    "(",
    "1",
    "22",
    "333",
    "-",
    "/",
    "x",
    "ext",
    "passport no 123456789",
    "日本",
    "語",
    "https://example.com",
)
PROSE = (
    "the ", "cat ", "a ", "I ", "is ", "key ", "password", "secret ", "token", "bearer ", "passport ", "number ", "kill ",
    "all ", "humans", "bomb", "ignore ", "previous ", "instructions", "you ", "are ", "now ", "12 ", "123 ", "1 ", "9 ",
    "ex", "x ", "3rd ", "e.g. ", "well-known-thing ", "call ", "650 253 ", "00", ", ", ". ", ": ", ":", "! ", "? ", "- ", "(",
    ") ", "a l l ", "abc ", "blue ", "whale", "\n", "YUBiLmNvbQ", "foo", "bar", "Hunter2 ", "u.s.",
)  # fmt: skip


def chunks_of(text: str, sizes: Sequence[int]) -> list[str]:
    """The text in chunks of these sizes, over and over."""
    chunks: list[str] = []
    at = 0
    while at < len(text):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(text[at : at + size])
        at += size
    return chunks


def streamed(stream: TextStream, chunks: Sequence[str]) -> str:
    """What is shown in all."""
    shown = []
    for chunk in chunks:
        shown.append(stream.feed(chunk))
        if stream.stopped is not None:
            break
    return "".join([*shown, stream.finish()])


def per_chunk(call: Callable[[], object], chunks: int) -> float:
    """Microseconds a chunk."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) / chunks * 1e6


def first_shown(policy: Policy, text: str) -> int:
    """How many chunks come in until one goes out."""
    stream = policy.stream()
    for number, chunk in enumerate(chunks_of(text, [CHUNK]), 1):
        if stream.feed(chunk):
            return number
    return 0


def costs() -> None:
    """Measure in turn and print."""
    generator = random.Random(1)
    words = message(4_000).split()
    phrases = [f"{''.join(generator.choices('abcdefghij', k=8))} {generator.choice(words)}" for _ in range(1_000)]
    policy = Policy.from_mapping(
        {"output": [{"pii": {"action": "redact"}}, "secrets", {"phrases": {"phrases": phrases}}]}
    )
    texts = {
        "plain prose": message(4_000),
        "prose with an address and a number": message(4_000, ending=" Order 12345 for bob@example.com."),
        "Markdown, a mark in every fifth word": " ".join(
            word if at % 5 else f"**{word}**" if at % 2 else f"`{word}_id`" for at, word in enumerate(words)
        ),
        "German, an umlaut in every third word": " ".join(
            word if at % 3 else word.replace("e", "ä") for at, word in enumerate(words)
        ),
        "one number in eight words": " ".join(w if i % 8 else f"{i}" for i, w in enumerate(message(4_000).split())),
    }
    runs: dict[str, list[float]] = {name: [] for name in ("floor", *texts)}
    for _ in range(ROUNDS):
        for name, text in texts.items():
            cut = chunks_of(text, [CHUNK])
            runs[name].append(per_chunk(lambda cut=cut: streamed(policy.stream(), cut), len(cut)))  # type: ignore[misc]
        text = texts["plain prose"]
        searches = [floor_on(text[max(0, at - 64) : at], phrases) for at in range(CHUNK, 800, CHUNK)]
        runs["floor"].append(per_chunk(lambda s=searches: [search() for search in s], len(searches)))  # type: ignore[misc]
    ratio = statistics.median(mine / bare for mine, bare in zip(runs["plain prose"], runs["floor"], strict=True))
    firsts = [first_shown(policy, message(400)[at:]) for at in range(0, 200, 7)]
    show(
        f"Streaming in chunks of {CHUNK} characters, for each chunk",
        [
            *(
                (name, f"{statistics.median(values):.1f} us (best {min(values):.1f})", "")
                for name, values in runs.items()
            ),
            ("plain prose over the floor", f"{ratio:.1f}", "aim <= 15 us"),
            ("chunks until text is shown", f"{statistics.median(firsts):.0f} (at most {max(firsts)})", "aim <= 3"),
        ],
    )


def fuzz(cases: int) -> None:
    """Stream random texts in random chunks, and compare."""
    generator = random.Random(20_261_127)
    checks = (
        {"pii": {"action": "redact"}},
        {"secrets": {"action": "redact"}},
        {"phrases": {"phrases": ["blue whale", "bomb", "kill all humans", "abc abc"], "action": "redact"}},
        {"injection": {"action": "redact"}},
        {"regex": {"pattern": "foo[a-z]{1,5}bar", "action": "redact"}},
        {"invisible": {"action": "redact"}},
    )
    policies = [Policy.from_mapping({"output": list(some)}) for some in (checks, *([check] for check in checks))]
    mismatches = refused = 0
    began = time.perf_counter()
    for _ in range(cases):
        pieces = PROSE if generator.random() < 0.4 else PIECES
        text = "".join(
            generator.choice(pieces)
            if generator.random() < 0.85
            else chr(generator.choice((32, 46, 64, 101, 0x301, 0x4E00)))
            for _ in range(generator.randrange(1, 15 if pieces is PIECES else 60))
        )
        policy = generator.choice(policies)
        whole = policy.check_output(text)
        if whole.errors:
            refused += 1  # more is encoded than anybody should decode
            continue
        shown = streamed(policy.stream(), chunks_of(text, [generator.randrange(1, 31) for _ in range(4)]))
        if shown != whole.text:
            mismatches += 1
            print(f"MISMATCH {text!r}: {shown!r} is not {whole.text!r}")
    said = f"{mismatches} ({time.perf_counter() - began:.0f} s)"
    show(f"{cases:,} random texts, policies and chunkings", [("streamed unlike the whole text", said, "aim 0")])
    if refused:
        print(f"  {refused:,} of them are refused as a whole")
    if mismatches:
        raise SystemExit(1)


if __name__ == "__main__":
    costs()
    fuzz(int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
