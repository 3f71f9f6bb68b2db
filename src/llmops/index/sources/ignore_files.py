"""What `.gitignore` files leave out, by git's own rules: the last line that matches decides, and a folder that is left out is
not entered. Only files of the tree count, not those of a machine (`.git/info/exclude`, `core.excludesFile`)."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

NAME: Final = ".gitignore"


@dataclass(frozen=True, slots=True)
class _Line:
    regex: re.Pattern[str]
    keeps: bool
    folders_only: bool


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The lines of one file. A path is relative to the workspace; `skip` characters of it lead to the folder of the file, or
    `before` leads from there to the workspace."""

    lines: tuple[_Line, ...]
    skip: int = 0
    before: str = ""

    def decide(self, path: str, *, folder: bool) -> bool | None:
        """Whether the path is left out; None where no line is about it."""
        rest = self.before + path[self.skip :]
        for line in self.lines:
            if (folder or not line.folders_only) and line.regex.fullmatch(rest):
                return not line.keeps
        return None


Ignored: TypeAlias = tuple[IgnoreFile, ...]
"""The files that apply in a folder, the nearest first."""


def is_ignored(files: Ignored, path: str, *, folder: bool = False) -> bool:
    """Tell whether a path is left out; the nearest file that says anything decides."""
    for file in files:
        decision = file.decide(path, folder=folder)
        if decision is not None:
            return decision
    return False


def find_ignored(root: Path, base: str) -> Ignored:
    """The files that apply in a folder of the workspace: its parents', up to the top of the git repository that the workspace
    lies in, or else to the workspace. Its own is read when it is walked."""
    folder = root.resolve()
    outside: list[Path] = []
    for parent in (folder, *folder.parents):
        if (parent / ".git").exists():
            outside = [above for above in folder.parents if above == parent or parent in above.parents]
            break
    found = []
    parts = base.split("/") if base else []
    for depth in range(len(parts) - 1, -1, -1):
        prefix = "".join(f"{part}/" for part in parts[:depth])
        found += read_ignored(os.path.join(root, prefix), skip=len(prefix))
    for above in outside:
        found += read_ignored(str(above), before=folder.relative_to(above).as_posix() + "/")
    return tuple(found)


def read_ignored(folder: str, *, skip: int = 0, before: str = "") -> list[IgnoreFile]:
    """The file of one folder, if there is one that can be read and says anything."""
    try:
        with open(os.path.join(folder, NAME), encoding="utf-8-sig", errors="surrogateescape") as file:
            lines = [line for text in file.read().splitlines() if (line := _read(text))]
    except OSError:
        return []
    return [IgnoreFile(tuple(reversed(lines)), skip, before)] if lines else []


def _read(text: str) -> _Line | None:
    text = re.sub(r"(?<!\\) +$", "", text)
    if not text or text.startswith("#"):
        return None
    keeps = text.startswith("!")
    pattern = text[1:] if keeps else text
    folders_only = pattern.endswith("/")
    pattern = pattern.removesuffix("/")
    if not pattern:
        return None
    anywhere = "/" not in pattern
    try:
        regex = re.compile(("(?:.*/)?" if anywhere else "") + _translate(pattern.removeprefix("/")), re.DOTALL)
    except re.error:  # a class such as [z-a] matches nothing
        return None
    return _Line(regex, keeps, folders_only)


def _translate(pattern: str) -> str:
    out: list[str] = []
    position = 0
    while position < len(pattern):
        rest, char = pattern[position:], pattern[position]
        at_start = position == 0 or pattern[position - 1] == "/"
        if at_start and rest.startswith("**/"):
            out.append("(?:.*/)?")
            position += 3
        elif at_start and rest == "**":
            out.append(".+")
            position += 2
        elif char == "*":
            out.append("[^/]*")
            position += len(rest) - len(rest.lstrip("*"))
        elif char == "?":
            out.append("[^/]")
            position += 1
        elif char == "[" and (end := _end_of_class(rest)):
            out.append(_class(rest[1:end]))
            position += end + 1
        elif char == "\\" and len(rest) > 1:
            out.append(re.escape(rest[1]))
            position += 2
        else:
            out.append(re.escape(char))
            position += 1
    return "".join(out)


def _end_of_class(text: str) -> int:
    """Where the class that a text begins with ends; 0 where it does not."""
    start = 2 if text[1:2] in ("!", "^") else 1
    return max(0, text.find("]", start + 1))


def _class(body: str) -> str:
    negated = body[0] in "!^"
    letters = body[1:] if negated else body
    escaped = letters.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("&&", "&\\&")
    return f"(?!/)[{'^' if negated else ''}{escaped}]"


def nearer(files: Sequence[IgnoreFile], known: Ignored) -> Ignored:
    """Put the file of a folder before those of the folders around it."""
    return (*files, *known) if files else known
