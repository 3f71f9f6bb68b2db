"""Who needs what of an index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from llmops.domain.manifest import Generation


@dataclass(frozen=True, slots=True)
class Needs:
    """Who needs what of an index: working files, and what aliases hold, held before and try out.

    Attributes:
        who: those who need a configuration, by its fingerprint.
        held: fingerprints of configurations that an alias answers from now, or tries out.
        pins: sequences that apps with a `snapshot` answer from, by the uid of the generation, with those who do.
    """

    who: Mapping[str, Sequence[str]]
    held: frozenset[str] = frozenset()
    pins: Mapping[str, Mapping[int, Sequence[str]]] = field(default_factory=dict)

    def of(self, generation: Generation) -> tuple[str, ...]:
        """Who needs a generation."""
        pinned = [who for by in self.pins.get(generation.uid, {}).values() for who in by]
        return tuple(dict.fromkeys([*self.who.get(generation.fingerprint, ()), *pinned]))

    def is_active(self, generation: Generation) -> bool:
        """Whether an alias answers from a generation now."""
        return generation.fingerprint in self.held

    def first_pin(self, generation: Generation) -> tuple[int, str] | None:
        """The earliest sequence of a generation that somebody answers from, and who does; None if nobody is pinned to any."""
        pins = self.pins.get(generation.uid)
        return (min(pins), ", ".join(pins[min(pins)])) if pins else None
