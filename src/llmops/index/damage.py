"""What is wrong with the vectors of a generation, chunk by chunk, and whether they can be put right one by one."""

from dataclasses import dataclass, field

from llmops.index.verification import Recall


@dataclass(slots=True)
class Faults:
    """What is wrong, by chunk: (cid, embedding key) to be put back, and ids to be removed. `doubled` ids are extra ones whose
    vector another id has; so many were `repeated` that an id occurs twice."""

    missing: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    misshapen: list[tuple[str, str]] = field(default_factory=list)
    uncached: list[tuple[str, str]] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    repeated: int = 0
    vectors: int = 0
    probed: int = 0
    unreachable: int = 0
    recall: Recall | None = None
    unusable: str = ""

    @property
    def to_rebuild(self) -> str:
        """Why the vector store is to be made again as a whole; empty if single vectors can be put right."""
        if self.unusable:
            return self.unusable
        if self.unreachable:
            return f"{self.unreachable} of {self.probed} vectors were not found"
        if self.misshapen:
            return f"{len(self.misshapen)} vectors had a wrong dimension"
        if self.repeated:
            return f"{self.repeated} ids were there twice"
        single = self.missing or self.wrong or self.extra or self.doubled  # put right, they may have been all of it
        poor = self.recall is not None and self.recall.is_poor and not single
        return "it found too few of the nearest chunks" if poor else ""
