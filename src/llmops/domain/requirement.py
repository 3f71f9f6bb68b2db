"""What a promotion asks for, and whether it is there."""

from typing import Literal

from llmops.domain.noun import Noun

RequirementState = Literal["met", "not met", "unknown"]


class Requirement(Noun):
    """One thing that a version needs before an alias may hold it. `command` is what to type where it is not met; `evidence`
    is the id of the run that it rests on."""

    name: str
    state: RequirementState
    detail: str
    command: str = ""
    evidence: str = ""

    @property
    def is_met(self) -> bool:
        """Whether it stands in no promotion's way."""
        return self.state == "met"
