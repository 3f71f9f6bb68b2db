"""The promises of a detector (llmops.guard.protocol) as properties, for every detector and for new ones."""

from hypothesis import strategies as st

from llmops.domain.verdict import Finding
from llmops.guard.normalise.prose import plain_prose
from llmops.guard.normalise.reading import Reading
from llmops.guard.protocol import LOOK_BEHIND, Calming, Detector

PIECES = (
    "hello", " ", "\n", ", ", ".", "-", "bob@example.com", "b@", "@", "+1 202-555-0173", "4111 1111 1111 1111", "4111-1111-",
    "1111", "7", "12", "(0", "DE89 3704 0044 0532 0130 00", "DE89", "078-05-1120", "10.0.0.1", "2001:db8::1", "passport no. ",
    "C01X00T47", "https://u:pw@", "host/x", "AKIAABCDEFGHIJKLMNOP", "sk-proj-", "a1B2c3D4e5F6g7H8i9J0k1L2",
    "password = ", "hunter2!",
    "-----BEGIN PRIVATE KEY-----\n", "MIIabc123\n", "-----END PRIVATE KEY-----", "eyJhbGciOiJIUzI1NiJ9.",
    "kill ", "switch", "kill",
    "k i l l  s w i t c h", "k i l l ", "s w i t c h", "s w i", " t c",
    "k1ll ", "**ki**ll ", "ignore all ", "previous ", "instructions", "you are now ", "dan", "Bearer ",
    "\u200b", "\u0301", "і", "ｓ", "é", "日本", "%6b", "&#107;", "&#115;", "%77itch", "%20", "\\u006b",
    "aWdub3JlIGFsbCBwcmV2aW91cyBpbnN0cnVjdGlvbnM=",
    "\u202e", "llik", "\u202c", "x" * 40, "_", "ACME-1234",
)  # fmt: skip
WORDS = (
    "the ", "cat ", "a ", "I ", "is ", "key ", "Password", "secret ", "token", "Bearer ", "passport ", "number ", "kill ",
    "switch", "ignore ", "all ", "previous ", "instructions", "you ", "are ", "now ", "dan", "12 ", "123 ", "1 ", "9 ", "ex",
    "x ", "3rd ", "de89 ", "e.g. ", "well-known-thing ", "call ", "650 253 ", "00", ", ", ". ", ": ", ":", "::", "! ", "- ",
    "(", ") ", "a l l ", "k1ll ", "w", "\n", "YUBiLmNvbQ", "aGVsbG8gdGhl", "Hunter2 ", "u.s.", "www", "javascript:", "-----B",
)  # fmt: skip
PROSE = st.lists(st.sampled_from(WORDS), max_size=20).map("".join)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def held(detector: Detector, text: str) -> int:
    """Where what may still change begins."""
    reading = Reading(text)
    return min(detector.tail(reading), reading.tail)


def before(detector: Detector, text: str, end: int) -> set[Finding]:
    """The findings that start before a place."""
    return {finding for finding in detector.find(Reading(text)) if finding.start < end}


def assert_stable(detector: Detector, text: str, cut: int) -> None:
    """Whatever comes after the cut, what was found before the tail stays, and nothing is added."""
    end = held(detector, text[:cut])
    assert before(detector, text[:cut], end) == before(detector, text, end)


def assert_local(detector: Detector, text: str, cut: int) -> None:
    """What was emitted can be forgotten, but for the run over the mark and a little before it."""
    mark = held(detector, text[:cut])
    while any(f.start < mark < f.end for f in detector.find(Reading(text[:cut]))):
        mark = next(f.start for f in detector.find(Reading(text[:cut])) if f.start < mark < f.end)
    kept = max(0, held(detector, text[:mark]) - LOOK_BEHIND)
    whole = {(f.start, f.end, f.type) for f in detector.find(Reading(text)) if f.start >= mark}
    window = {(f.start + kept, f.end + kept, f.type) for f in detector.find(Reading(text[kept:]))}
    assert whole == {found for found in window if found[0] >= mark}


def assert_calm(detector: Calming, text: str) -> None:
    """Where it says that prose holds nothing for it, it finds nothing, and holds no more than it says."""
    prose = plain_prose(text)
    edge = -1 if prose is None else detector.calm(prose, prose.edge)
    if prose is not None and edge >= 0:
        assert isinstance(detector, Detector)
        assert not list(detector.find(Reading(text)))
        assert edge <= min(prose.edge, detector.tail(Reading(text)))


def assert_in_reach(detector: Detector, text: str) -> None:
    """Findings are no longer than promised, and lie in the text."""
    for finding in detector.find(Reading(text)):
        assert 0 <= finding.start < finding.end <= len(text)
        assert finding.end - finding.start <= detector.reach
