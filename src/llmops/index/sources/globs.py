"""Read file globs: `docs/**/*.md`, `guide.{md,html}`; one regular expression each, over paths relative to the root."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from llmops.core.errors import InputError

_WILD = re.compile(r"[*?\[{]")


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled glob. `base` is the folder that the walk may begin in; `depth` how many names a match has below it
    (None: any number)."""

    pattern: str
    base: str
    depth: int | None
    regex: re.Pattern[str]

    def matches(self, path: str) -> bool:
        """Tell whether a relative path with forward slashes matches."""
        return self.regex.fullmatch(path) is not None


def compile_glob(pattern: str) -> Glob:
    """Compile a glob; `*`, `?` and `[…]` stay inside a name, `**` spans folders, `{a,b}` is either.

    Raises:
        InputError: it is empty, absolute, climbs out with `..`, or has an unclosed bracket.
    """
    written = pattern.removeprefix("./")
    parts = written.split("/")
    if not written or written.startswith("/") or ".." in parts or "\\" in written or re.match(r"[A-Za-z]:", written):
        raise InputError(
            f"file pattern {pattern!r} does not stay below the workspace",
            hint="Write it relative to the folder of llmops.toml, with forward slashes: docs/**/*.md",
        )
    plain = 0
    while plain < len(parts) - 1 and not _WILD.search(parts[plain]):
        plain += 1
    below = parts[plain:]
    return Glob(
        pattern,
        str(PurePosixPath(*parts[:plain])) if plain else "",
        None if any("**" in part for part in below) else len(below),
        re.compile(_translate(written, pattern)),
    )


def _translate(text: str, pattern: str) -> str:
    out: list[str] = []
    position, braces = 0, 0
    while position < len(text):
        rest, char = text[position:], text[position]
        step = 1
        if rest.startswith("**/"):
            out.append("(?:.*/)?")
            step = 3
        elif rest.startswith("**"):
            out.append(".*")
            step = 2
        elif char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[":
            step = rest.find("]", 2) + 1
            if step == 0:
                raise InputError(f"file pattern {pattern!r}: '[' is never closed", hint="Write [ab] or [0-9].")
            body = rest[1 : step - 1].replace("\\", "\\\\")
            out.append(f"(?!/)[{'^' + body[1:] if body[0] in '!^' else body}]")
        elif char == "{":
            braces += 1
            out.append("(?:")
        elif char == "}" and braces:
            braces -= 1
            out.append(")")
        elif char == "," and braces:
            out.append("|")
        else:
            out.append(re.escape(char))
        position += step
    if braces:
        raise InputError(f"file pattern {pattern!r}: '{{' is never closed", hint="Write *.{md,html}.")
    return "".join(out)
