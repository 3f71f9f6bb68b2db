"""A scorer of tool calls: what the model asked for against what it should have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.interaction import ToolCall
from llmops.domain.ports import Sample
from llmops.evals.scorers.definition import Definition
from llmops.evals.scorers.formats import is_same
from llmops.measures.likeness import best_pairs

MOST_CALLS = 200  # pairing takes their cube

_HINT = 'Write tool_calls: [{name: search, arguments: {query: "…"}}], or names alone.'


@dataclass(frozen=True)
class _Wanted:
    """A call as expected; `arguments` None: any."""

    name: str
    arguments: Json = None


@dataclass(frozen=True)
class ToolCalls(Definition):
    """Measure how well the tool calls of the answer match the expected ones.

    Definition: calls are paired one to one, each used once, so that as many pairs as possible match; precision is the share
    of the calls made that match, recall the share of the expected ones, and the value their harmonic mean (`measure: f1`),
    or one of the two. So an extra call costs precision. Two calls match when their names are equal and their `arguments`
    fit: `exact` (equal as JSON, 1 and 1.0 alike), `partial` (those expected are there and equal, in maps within them too;
    others may be added) or `ignore`. An expected call without arguments takes any. With `ordered` matching calls must also
    come in the expected order. Expected calls are `expectations.tool_calls`: a list of names, or of maps with `name` and
    `arguments`.
    Range: 0 to 1; higher is better. Empty input: 1 where no call is expected (`[]`) and none was made, 0 where only one side
    has any; no `expectations.tool_calls`: not applicable; no reply: missing.
    Source: precision, recall and F1 over multisets; ordered calls by their longest common subsequence.
    """

    arguments: Literal["exact", "partial", "ignore"] = "exact"
    ordered: bool = False
    measure: Literal["f1", "precision", "recall"] = "f1"
    name = "tool_calls"

    def score(self, sample: Sample) -> Score:
        """Pair the calls of the reply with the expected ones."""
        expected = sample.expectations.get("tool_calls")
        if expected is None:
            return Score.not_applicable("no expectations.tool_calls")
        if sample.reply is None:
            return Score.missing("no reply to take the calls from")
        wanted, made = _read(expected), sample.reply.tool_calls
        if not wanted or not made:
            both = not wanted and not made
            return Score(value=float(both), passed=both, reason=f"{len(made)} calls, {len(wanted)} expected")
        if max(len(wanted), len(made)) > MOST_CALLS:
            return Score.missing(f"{max(len(wanted), len(made))} calls; at most {MOST_CALLS} are paired")
        table = [[self._match(call, want) for want in wanted] for call in made]
        pairs = _in_order(table) if self.ordered else sum(table[i][j] for i, j in best_pairs(table))
        values = {
            "precision": pairs / len(made),
            "recall": pairs / len(wanted),
            "f1": 2 * pairs / (len(made) + len(wanted)),
        }
        complete = pairs == len(made) == len(wanted)
        reason = f"{int(pairs)} of {len(wanted)} expected, {len(made) - int(pairs)} others"
        return Score(value=values[self.measure], passed=complete, reason=reason)

    def _match(self, made: ToolCall, wanted: _Wanted) -> float:
        if made.name != wanted.name:
            return 0.0
        if self.arguments == "ignore" or wanted.arguments is None:
            return 1.0
        given = {} if made.arguments is None else made.arguments
        same = is_same(given, wanted.arguments) if self.arguments == "exact" else _covers(given, wanted.arguments)
        return float(same)


def _covers(given: Json, wanted: Json) -> bool:
    """Whether all that is wanted is there."""
    if isinstance(given, dict) and isinstance(wanted, dict):
        return all(key in given and _covers(given[key], value) for key, value in wanted.items())
    return is_same(given, wanted)


def _in_order(table: Sequence[Sequence[float]]) -> float:
    """The longest common subsequence of calls made and expected."""
    before = [0.0] * (len(table[0]) + 1)
    for row in table:
        here = [0.0]
        for column, match in enumerate(row):
            here.append(max(before[column] + match, before[column + 1], here[column]))
        before = here
    return before[-1]


def _read(expected: Json) -> list[_Wanted]:
    if not isinstance(expected, (list, tuple)):
        raise InputError(f"expectations.tool_calls is {expected!r:.100}, which is no list", hint=_HINT)
    return [_read_call(call) for call in expected]


def _read_call(call: Json) -> _Wanted:
    if isinstance(call, str) and call:
        return _Wanted(call)
    if isinstance(call, dict) and isinstance(call.get("name"), str) and call.keys() <= {"name", "arguments", "id"}:
        return _Wanted(call["name"], call.get("arguments"))
    raise InputError(f"expectations.tool_calls has {call!r:.100}, which is no call", hint=_HINT)
