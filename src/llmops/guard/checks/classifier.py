"""Texts that are like known attacks, in the opinion of a classifier that was trained on labelled ones."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import Field

from llmops.core.arguments import SERVICE
from llmops.core.errors import InputError, InvalidFile
from llmops.core.hashing import digest_bytes
from llmops.domain.verdict import Finding
from llmops.guard.protocol import Subject
from llmops.guard.trained.files import TRAIN, Classifier, load_classifier, require_libraries, require_trusted
from llmops.text.beside import FilesBelow

PIECE: Final = 20_000
"""Characters that are judged together; a longer text is as bad as its worst piece."""


@dataclass(frozen=True)
class ClassifierCheck:
    """Find texts that a trained classifier takes for attacks (`llmops guard train`).

    Args:
        file: what was trained, a `.skops` file of the workspace.
        min: the probability from which on a text is a finding.
        digest: of the file; what it is when the policy is read, unless it is written.
    """

    file: str
    min: Annotated[float, Field(gt=0, le=1)] = 0.9
    digest: str = field(default="", metadata={"digest_of_file": True, "how_made": TRAIN})
    root: Path = field(kw_only=True, repr=False, compare=False, metadata={SERVICE: True})
    action: ClassVar[str] = "block"
    timeout_ms: ClassVar[int] = 1_000

    def __post_init__(self) -> None:
        require_libraries()
        require_trusted(self._content(), self.file)

    def prepare(self) -> None:
        """Load the classifier, which takes seconds the first time.

        Raises:
            InputError: the file has changed, or holds no classifier.
        """
        _ = self._classifier

    async def ainspect(self, subject: Subject) -> Iterable[Finding]:
        """One finding over the whole text where it, or a text hidden inside, is likely an attack."""
        from llmops.core.bridge import to_thread

        sure = await to_thread(self._likelihood, subject)
        if sure < self.min:
            return ()
        note = f"like known attacks with a probability of {sure:.2f}"
        return (Finding(0, len(subject.text), "ATTACK", min(1.0, sure), note),)

    def _likelihood(self, subject: Subject) -> float:
        from llmops.guard.trained.training import likelihood

        texts = [layer.text for layer in subject.reading.layers]
        pieces = [text[at : at + PIECE] for text in texts for at in range(0, len(text), PIECE)]
        return max(likelihood(self._classifier, pieces)) if pieces else 0.0

    @cached_property
    def _classifier(self) -> Classifier:
        return load_classifier(self._content(), self.file)

    def _content(self) -> bytes:
        try:
            content = FilesBelow(self.root).read_bytes(self.file)
        except InvalidFile as error:
            raise InvalidFile(self.file, error.problem, hint=f"{error.hint} {TRAIN}") from error
        found = digest_bytes(content)
        if self.digest and found != self.digest:
            raise InputError(
                f"{self.file} has changed: it is {found[:19]}, and the policy was made with {self.digest[:19]}",
                hint="Put the file back, or register the policy again; a file name for each training keeps both.",
            )
        return content
