"""What differs between two versions: texts line by line, everything else field by field."""

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.registry.artifacts import Registry, Resolved
from llmops.registry.datasets import as_row

_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs; a side that is not there is None with `added` or `removed` set. `lines` is the unified
    difference of texts of several lines."""

    field: str
    before: Json = None
    after: Json = None
    added: bool = False
    removed: bool = False
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs between two versions, by field; of datasets by case and field, with a count in `summary`."""

    before: str
    after: str
    changes: tuple[Change, ...]
    summary: str = ""

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.changes and not self.summary

    def as_json(self) -> Json:
        """Plain values for `--json`."""
        changes = [
            {
                "field": change.field,
                **({} if change.added else {"before": change.before}),
                **({} if change.removed else {"after": change.after}),
            }
            for change in self.changes
        ]
        return {"before": self.before, "after": self.after, "same": self.same, "changes": changes}

    def as_text(self) -> str:
        """Lines to read: `-` before, `+` after."""
        lines = [f"--- {self.before}", f"+++ {self.after}", *([self.summary] if self.summary else ())]
        for change in self.changes:
            if change.lines:
                lines += [f"@ {change.field}", *change.lines]
                continue
            if not change.added:
                lines.append(f"- {change.field}: {_shown(change.before)}")
            if not change.removed:
                lines.append(f"+ {change.field}: {_shown(change.after)}")
        return "\n".join(lines)


def diff(a: Resolved, b: Resolved, registry: Registry | None = None) -> Diff:
    """Compare two contents of one kind. With the registry, datasets are compared case by case.

    Raises:
        InputError: they are of different kinds.
    """
    if a.kind != b.kind:
        raise InputError(f"{a.ref} and {b.ref} are of different kinds", hint="Compare two versions of one kind.")
    if registry is not None and a.kind == "dataset":
        return _diff_of_cases(a, b, registry)
    return Diff(_named(a), _named(b), tuple(_changes(a.content, b.content, "")))


def _diff_of_cases(a: Resolved, b: Resolved, registry: Registry) -> Diff:
    """Cases by their ids; only those that differ are held."""
    before, after = registry.cases(a), registry.cases(b)
    places = {case.id: place for place, case in enumerate(before)}
    changes: list[Change] = []
    added = changed = 0
    for case in after:
        place = places.pop(case.id, None)
        if place is None:
            changes.append(Change(case.id, after=as_row(case), added=True))
            added += 1
        elif (old := before[place]) != case:
            changes += _changes(as_row(old), as_row(case), case.id)
            changed += 1
    changes += [Change(name, before=as_row(before[place]), removed=True) for name, place in places.items()]
    summary = f"cases: {added} added, {len(places)} removed, {changed} changed" if changes else ""
    if not changes and a.digest != b.digest:
        summary = "the same cases in another order"
    return Diff(_named(a), _named(b), tuple(changes), summary)


def _changes(before: Json, after: Json, path: str) -> Iterator[Change]:
    if before is _ABSENT or after is _ABSENT:
        yield from _one_sided(before, after, path)
    elif isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):  # stored content has sorted keys, a working file its own
            yield from _changes(before.get(key, _ABSENT), after.get(key, _ABSENT), f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list) and any(isinstance(i, dict) for i in (*before, *after)):
        for index in range(max(len(before), len(after))):
            left = before[index] if index < len(before) else _ABSENT
            right = after[index] if index < len(after) else _ABSENT
            yield from _changes(left, right, f"{path}[{index}]")
    elif before != after or type(before) is not type(after):
        yield Change(path, before, after, lines=_unified(before, after))


def _one_sided(before: Json, after: Json, path: str) -> Iterator[Change]:
    if before is _ABSENT:
        yield Change(path, after=after, added=True, lines=_unified("", after))
    else:
        yield Change(path, before=before, removed=True, lines=_unified(before, ""))


def _unified(before: Json, after: Json) -> tuple[str, ...]:
    if not isinstance(before, str) or not isinstance(after, str) or "\n" not in before + after:
        return ()
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return tuple(line for number, line in enumerate(lines) if number >= 2)


def _named(found: Resolved) -> str:
    bare = f"{found.kind}/{found.name}"
    number = f"@{found.number}" if found.number else ""
    return f"{bare}{number} (working file)" if found.path else f"{bare}{number}"


def _shown(value: Json) -> str:
    return (
        value if isinstance(value, str) and "\n" not in value else json.dumps(value, ensure_ascii=False, sort_keys=True)
    )
