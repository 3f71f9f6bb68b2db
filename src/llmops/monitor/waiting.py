"""Measured interactions that wait for the detectors, in columns: a page at a time, for all signals and segments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops.domain.interaction import Interaction
from llmops.domain.monitor import Block
from llmops.monitor.series import Values

if TYPE_CHECKING:
    from numpy import float64, intp, object_
    from numpy.typing import NDArray

    Floats = NDArray[float64]
    Places = NDArray[intp]
    Words = NDArray[object_]


@dataclass(frozen=True, slots=True)
class Columns:
    """A page of interactions: when each was, from which version of the app, in which block (if they are blocked), in which
    places the interactions of each segment stand, and by signal what was measured of each, NaN where nothing was."""

    times: "Floats"
    versions: "Words"
    blocks: "Words | None"
    places: "Mapping[str, Places]"
    numbers: "Mapping[str, Floats]"

    def segments_with(self, label: str) -> list[str]:
        """The segments in which a signal measured something."""
        import numpy as np

        is_there = ~np.isnan(self.numbers[label])
        return [segment for segment, places in self.places.items() if is_there[places].any()]


def columns_of(
    page: Sequence[Interaction],
    numbers: Mapping[str, Sequence[float | None]],
    places: Mapping[str, Sequence[int]],
    block: Block | None,
) -> Columns:
    """Turn a page into columns."""
    import numpy as np

    return Columns(
        np.array([one.at.timestamp() for one in page]),
        np.array([one.version for one in page], dtype=object),
        None if block is None else np.array([block_of(block, one) for one in page], dtype=object),
        {segment: np.array(found, dtype=np.intp) for segment, found in places.items()},
        {label: np.array(found, dtype=float) for label, found in numbers.items()},
    )


def values_of(pages: Sequence[Columns], label: str, segment: str) -> Values:
    """What was measured by a signal in a segment, in its order."""
    import numpy as np

    found = Values([], [], [], [])
    for page in pages:
        if label in page.numbers and segment in page.places:
            places = page.places[segment]
            numbers = page.numbers[label][places]
            is_there = ~np.isnan(numbers)
            places = places[is_there]
            found.numbers.extend(numbers[is_there].tolist())
            found.times.extend(page.times[places].tolist())
            found.versions.extend(page.versions[places].tolist())
            if page.blocks is not None:
                found.blocks.extend(page.blocks[places].tolist())
    return found


def block_of(block: Block, interaction: Interaction) -> str:
    """Which values belong together; where nothing is known of an interaction it is by itself."""
    if block == "hour":
        return f"{interaction.at:%Y-%m-%dT%H}"
    if block == "session":
        return interaction.session or interaction.id
    return f"{interaction.user} {interaction.at:%Y-%m-%d}" if interaction.user else interaction.id
