"""Where the history left the aliases, so that one that was moved behind its back is found."""

from collections.abc import Iterable
from typing import NamedTuple

from llmops.core.errors import CheckFailed
from llmops.domain.artifact import Alias, Candidate, Move

Place = tuple[str, str, str]
"""Kind, name and alias."""


class Standing(NamedTuple):
    """What an alias holds and tries out, and how often that changed."""

    number: int | None = None
    digest: str | None = None
    candidate: Candidate | None = None
    epoch: int = 0

    def __str__(self) -> str:
        if self.number is None:
            return "unset"
        trial = f", trying {self.candidate}," if self.candidate else ""
        return f"version {self.number} ({(self.digest or '')[:19]}){trial} after {self.epoch} moves"


def replay(stands: dict[Place, Standing], move: Move) -> None:
    """Bring up to date where the alias of a row stands; rows that move nothing change nothing."""
    place = (move.kind, move.name, move.alias)
    before = stands.get(place, Standing())
    epoch = before.epoch + 1
    if move.action in ("move", "rollback"):
        stands[place] = Standing(move.to_number, move.to_digest, None, epoch)
    elif move.action in ("canary", "shadow"):
        trial = {"number": move.to_number, "digest": move.to_digest, "weight": move.weight, "mode": move.action}
        stands[place] = before._replace(candidate=Candidate.model_validate(trial), epoch=epoch)
    elif move.action == "abandon":
        stands[place] = before._replace(candidate=None, epoch=epoch)


def compare(stands: dict[Place, Standing], aliases: Iterable[Alias]) -> None:
    """Compare where the history left the aliases with where they are.

    Raises:
        CheckFailed: naming the first, by name, that is elsewhere.
    """
    are: dict[Place, Standing] = {
        (a.kind, a.name, a.alias): Standing(a.number, a.digest, a.candidate, a.epoch) for a in aliases
    }
    for place in sorted(stands.keys() | are.keys()):
        told, found = stands.get(place, Standing()), are.get(place, Standing())
        if told != found:
            kind, name, alias = place
            raise CheckFailed(
                f"{kind}/{name}@{alias} is {found}, but the history left it at {told}",
                hint="Somebody changed the database without llmops; compare with a copy.",
            )
