"""How an attack on a policy is shown: a table of what gets through, or JSON."""

from typing import TYPE_CHECKING

from llmops.cli.output import emit, emit_json, say
from llmops.presentation.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmops.core.hashing import Json
    from llmops.guard.attack.benign import Cost
    from llmops.guard.attack.red_team import Attack, Try
    from llmops.guard.attack.samples import Kind
    from llmops.presentation.tables import Cell, Row

SHOWN_PAIRS = 10


def show_attack(attack: "Attack", cost: "Cost | None", *, allow: int) -> None:
    """Print the table of disguises, the pairs that let most through, and what benign texts pay."""
    from llmops.guard.attack.disguises import DISGUISES
    from llmops.presentation.tables import print_table

    kinds = attack.kinds
    names = [disguise.name for disguise in DISGUISES]
    by_name = _by_name(attack.singles)
    rows: list[Row] = [
        [name, *(_cell(by_name[name], kind) for kind in kinds), _example(by_name[name])] for name in names
    ]
    right = range(1, len(kinds) + 1)
    print_table(["disguise", *kinds, "gets through"], rows, right=list(right), optional=[len(kinds) + 1])
    emit("")
    for kind in kinds:
        same = sum(not any(t.changed for t in by_name[name] if t.sample.kind == kind) for name in names)
        stopped = len(names) - len(attack.leaks(kind))
        note = f" ({same} of them leave it as it is)" if same else ""
        emit(f"{kind}: {stopped} of {len(names)} disguises let nothing through{note}")
    _show_pairs(attack.pairs)
    if cost is not None:
        _show_cost(cost)
    for sample in attack.missed_plainly:
        say(f"not tried, as it is not caught plainly either: {sample.bad} ({sample.kind})")
    if attack.left_out:
        say(f"left out, as an attack asks thousands of times: {', '.join(attack.left_out)}")
    beyond = attack.worst > allow
    say(f"at most {attack.worst} disguises of one kind get through; {allow} may{' (--allow)' if beyond else ''}")


def emit_attack(attack: "Attack", cost: "Cost | None", policy: str) -> None:
    """Print everything as JSON."""
    emit_json(
        {
            "policy": policy,
            "kinds": {kind: _summary(attack, kind) for kind in attack.kinds},
            "through": [_as_value(one) for one in (*attack.singles, *attack.pairs) if one.fate != "caught"],
            "missed_plainly": [{"kind": s.kind, "text": s.bad} for s in attack.missed_plainly],
            "left_out": list(attack.left_out),
            "benign": None if cost is None else cost.as_value(),
        }
    )


def _summary(attack: "Attack", kind: "Kind") -> "Json":
    return {
        "disguises": len({one.disguise for one in attack.singles}),
        "through": attack.leaks(kind),
        "tries": sum(one.sample.kind == kind for one in attack.singles),
        "unchanged": sum(one.sample.kind == kind and not one.changed for one in attack.singles),
        "pairs": {
            "tries": sum(one.sample.kind == kind for one in attack.pairs),
            "through": sum(one.sample.kind == kind and one.fate == "through" for one in attack.pairs),
        },
    }


def _as_value(one: "Try") -> "Json":
    return {
        "disguise": one.disguise,
        "kind": one.sample.kind,
        "plain": one.sample.bad,
        "text": one.text,
        "stage": one.stage,
        "fate": one.fate,
        "partly_redacted": one.partly,
    }


def _by_name(tries: "Iterable[Try]") -> "dict[str, list[Try]]":
    found: dict[str, list[Try]] = {}
    for one in tries:
        found.setdefault(one.disguise, []).append(one)
    return found


def _cell(tries: "Sequence[Try]", kind: "Kind") -> "Cell":
    """How many of a kind are caught; `held` where an error stopped them, `same` where the disguise changes nothing."""
    from llmops.presentation.tables import Cell

    mine = [one for one in tries if one.sample.kind == kind]
    if not any(one.changed for one in mine):
        return Cell("same", "quiet")
    through = sum(one.fate == "through" for one in mine)
    held = sum(one.fate == "held" for one in mine)
    said = f"{len(mine) - through}/{len(mine)}" + (f" ({held} held)" if held else "")
    return Cell(said, "bad" if through else "good")


def _example(tries: "Sequence[Try]") -> str:
    leaked = next((one for one in tries if one.fate == "through"), None)
    return "" if leaked is None else clean(leaked.text)[:60]


def _show_pairs(tries: "Sequence[Try]") -> None:
    from llmops.presentation.tables import print_table

    if not tries:
        return
    by_name = _by_name(tries)
    through = {name: [one for one in of if one.fate == "through"] for name, of in by_name.items()}
    leaking = sorted((name for name, of in through.items() if of), key=lambda name: -len(through[name]))
    emit(f"pairs: {len(by_name) - len(leaking)} of {len(by_name)} let nothing through")
    if leaking:
        emit("")
        rows = [
            [name, f"{len(through[name])}/{len(by_name[name])}", ", ".join(sorted({t.sample.kind for t in through[name]}))]
            for name in leaking[:SHOWN_PAIRS]
        ]  # fmt: skip
        print_table(["pair", "through", "of kind"], rows, right=[1])
        if len(leaking) > SHOWN_PAIRS:
            say(f"and {len(leaking) - SHOWN_PAIRS} more pairs; --json has all of them")


def _show_cost(cost: "Cost") -> None:
    emit("")
    emit(f"benign texts: {cost.total.said} are stopped or altered; 95 % interval {cost.total.interval}")
    for name, share in cost.checks.items():
        emit(f"  {name}: {share.said}")
