"""Examples of a drift in vectors: which interactions show most of what is new in an embedding, and which are like all others.

They are ranked by the witness function f(x) = mean of k(x, before) - mean of k(x, now), which is lowest where what came since is
and what came before is not.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from llmops.domain.alert import Alert, Example
from llmops.domain.interaction import Interaction

MOST: Final = 200  # interactions of each side that are embedded again
FEWEST: Final = 20
SHOWN: Final = {"most shifted": 5, "typical now": 3, "typical before": 3}

Vector: TypeAlias = Sequence[float]
Vectors: TypeAlias = Callable[[str, Sequence[Interaction]], Sequence[Vector | None]]
"""The vectors of a signal for interactions; nothing where its values are none."""


def no_vectors(signal: str, page: Sequence[Interaction]) -> Sequence[Vector | None]:
    """For monitors without signals of vectors."""
    return ()


def find_examples(
    alert: Alert, before: Sequence[Interaction], since: Sequence[Interaction], vectors: Vectors
) -> list[Example]:
    """Examples by the vectors of the stream that drifts most and has some, beside the leading one; none where none has."""
    from llmops.measures.clouds import find_witnesses

    ordered = sorted(alert.streams, key=lambda one: -one.statistic / one.threshold)
    for signal in dict.fromkeys(one.signal for one in ordered if one.segment == ordered[0].segment):
        then, now = (_known(signal, side, vectors) for side in (before, since))
        if min(len(then), len(now)) < FEWEST:
            continue
        found = find_witnesses([vector for _, vector in then], [vector for _, vector in now])
        newest = found.newest(SHOWN["most shifted"])
        usual = [place for place in typical(found.current) if place not in newest][: SHOWN["typical now"]]
        old = typical(found.reference)[: SHOWN["typical before"]]
        return [
            *(Example(interaction=now[place][0].id, kind="most shifted") for place in newest),
            *(Example(interaction=now[place][0].id, kind="typical now") for place in usual),
            *(Example(interaction=then[place][0].id, kind="typical before") for place in old),
        ]
    return []


def _known(signal: str, side: Sequence[Interaction], vectors: Vectors) -> list[tuple[Interaction, Vector]]:
    """Interactions, drawn evenly, with their vectors where they have one."""
    drawn = side[:: max(1, -(-len(side) // MOST))]
    return [(one, vector) for one, vector in zip(drawn, vectors(signal, drawn), strict=False) if vector is not None]


def typical(values: Sequence[float]) -> list[int]:
    """Places by how near they are to the middle."""
    middle = sorted(values)[len(values) // 2]
    return sorted(range(len(values)), key=lambda place: (abs(values[place] - middle), place))
