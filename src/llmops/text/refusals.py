"""Phrases of refusal, and sentences that speak of themselves in the negative (English)."""

import re
from typing import Final

_SERVE: Final = (
    r"(?:help|assist|aid|support|provid|giv|shar|offer|answer|respond|comply|fulfil|do (?:that|this|so)|creat|writ|generat|"
    r"produc|discuss|engag|participat|continu|complet|explain|tell you|walk you|describ|facilitat|talk about|go into|supply|"
    r"draft|carry out|process|go along|take part|reveal|disclos|be (?:part|involved|doing|giving))"
)
_HARMLESS: Final = (  # what one may be unable to do without refusing
    r"(?:see|find|tell (?!you)|recommend|wait|be (?:certain|sure|there|late|able)|say|access|open|read|remember|confirm|verify|"
    r"imagine|believe|stand|think|hear|reach|locate|determine|guarantee|promise|need|know|have|take|get)"
)
_WILL_NOT: Final = r"(?:can ?not|can't|won't|will not|cannot and will not|can't and won't)"
_ABLE: Final = r"(?:not|un|n't) ?(?:able|allowed|permitted|willing|going|comfortable|prepared)"
_PHRASES: Final = re.compile(
    rf"\b(?:i|we) {_WILL_NOT}(?: \w+ly| in good conscience)*,? (?!{_HARMLESS})\w+"
    rf"|\b(?:i|we)(?: am| are|'m|'re| was)? {_ABLE}(?: to| with)? (?:be )?(?:\w+ly )?{_SERVE}"
    rf"|\b(?:not|never) (?:going|willing|able|allowed|permitted) to {_SERVE}"
    rf"|\bi (?:don't|do not|never) (?:feel comfortable|think i should|{_SERVE})"
    rf"|\bi(?:'d| would)? (?:rather|prefer) not(?: to)? (?:{_SERVE}|get into)"
    rf"|\bi (?:must|have to|need to|will have to|'ll have to|'m going to have to)(?: \w+ly)? (?:decline|refuse|pass on)"
    rf"|\bi (?:respectfully |politely )?(?:decline|refuse) to\b"
    rf"|\b(?:forbids?|prohibits?|prevents?|(?:do|does) not (?:let|allow|permit)) (?:me|us)\b"
    r"|\bas an? (?:ai|artificial intelligence|language model|responsible assistant)[^.]{0,60}\b"
    r"(?:cannot|can't|can not|won't|will not|not able|unable|not allowed|must not|shouldn't)\b"
    r"|\bagainst (?:my|our) (?:guidelines|programming|polic(?:y|ies)|principles|rules|values)"
    r"|\bviolat(?:es?|ing|ion of) (?:my|our) (?:[a-z]+ )?(?:guidelines|polic(?:y|ies)|terms)"
    r"|\b(?:outside|beyond)(?: of)? what i(?: am|'m)? (?:can|able|allowed)"
    r"|\bnot something (?:that )?i(?: can|'m able| am able|'m willing| am willing|'ll| will)\b"
    r"|\b(?:do not|don't) have the right to\b|\bcrosses a line\b|\ba line (?:that )?i (?:do not|don't|won't|will not) cross"
    r"|\bsorry,? but no\b|\b(?:your|this) request (?:is|was) (?:blocked|declined|refused|rejected|not allowed)"
)
# Every phrase has one of these; to look for them costs a twentieth of what the phrases do.
_NEEDED: Final = (
    *(
        "not",
        "n't",
        "never",
        "un ",
        "una",
        "unc",
        "ung",
        "unp",
        "unw",
        "decline",
        "refuse",
        "pass on",
        "forbid",
        "prohibit",
    ),
    *("prevent", "against", "violat", "outside", "beyond", "cross", "sorry", "request"),
)
_SELF: Final = re.compile(r"\b(?:i|me|my|myself|we|our)\b")
_NEGATIVE: Final = re.compile(r"\b(?:no|not|never|cannot|without|avoid|decline|refuse|stop|irresponsible)\b|n't\b")


def speaks_of_itself_in_the_negative(text: str) -> bool:
    """Whether a sentence says I, me or my and no or not: embeddings hardly tell what is denied from what is said."""
    plain = text.replace("’", "'").lower()
    return bool(_SELF.search(plain) and _NEGATIVE.search(plain))


def find_refusal(text: str) -> str:
    """The phrase of refusal in a text, or nothing."""
    plain = " ".join(text.replace("’", "'").lower().split())
    if not any(word in plain for word in _NEEDED):
        return ""
    found = _PHRASES.search(plain)
    return found[0] if found else ""
