"""Labels of people: added, and never changed behind anybody's back."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Row, select

from llmops.core.errors import Conflict
from llmops.core.hashing import Json
from llmops.domain.calibration import Label, LabelSample
from llmops.storage.engine import Database
from llmops.storage.tables.labels import LABEL_SAMPLES, LABELS
from llmops.storage.upserts import insert_new, insert_or_update

_L: Final = LABELS.c
_S: Final = LABEL_SAMPLES.c


class LabelRepository:
    """Reads and writes labels, and the samples that were drawn for them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, labels: Sequence[Label], *, replace: bool = False) -> int:
        """Add labels, all or none, and return how many are new or changed; the same again is nothing.

        Raises:
            Conflict: someone said otherwise about an output before, and `replace` is not given.
        """
        with self._database.transaction() as connection:
            known: dict[tuple[str, ...], float] = {}
            for run_id in sorted({label.run_id for label in labels}):
                for row in connection.execute(select(LABELS).where(_L.run_id == run_id)):
                    known[_key(_label(row))] = row.value
            new = [label for label in labels if known.get(_key(label)) != label.value]
            other = next((label for label in new if _key(label) in known), None)
            if other is not None and not replace:
                who = other.who or "somebody"
                raise Conflict(
                    f"{who} said {known[_key(other)]:g} about case {other.case_id!r} (repeat {other.repeat}) before, "
                    f"now {other.value:g}",
                    hint="Correct the file, name another person in `who`, or add --replace.",
                )
            insert_or_update(connection, LABELS, [label.model_dump() for label in new])
        return len(new)

    def of_run(self, run_id: str, scorer: str | None = None) -> list[Label]:
        """The labels of a run, by scorer, case, repeat and person."""
        query = select(LABELS).where(_L.run_id == run_id)
        if scorer is not None:
            query = query.where(_L.scorer == scorer)
        with self._database.read() as connection:
            found = [_label(row) for row in connection.execute(query)]
        return sorted(found, key=lambda label: (label.scorer, label.case_id, label.repeat, label.who))

    def draw(self, sample: LabelSample) -> LabelSample:
        """Note that outputs were drawn; returns it with the pool that the first drawing of the run set."""
        with self._database.transaction() as connection:
            first = connection.execute(
                select(_S.pool).where(_S.run_id == sample.run_id).order_by(_S.at, _S.size)
            ).first()
            if first is not None:
                sample = sample.model_copy(update={"pool": first.pool})
            insert_new(connection, LABEL_SAMPLES, [sample.model_dump()])
        return sample

    def keep_samples(self, samples: Sequence[LabelSample]) -> None:
        """Note samples that were drawn in another store; those that are known stay as they are."""
        with self._database.transaction() as connection:
            insert_new(connection, LABEL_SAMPLES, [sample.model_dump() for sample in samples])

    def samples(self, run_id: str) -> list[LabelSample]:
        """The samples that were drawn of a run, the smallest first."""
        query = select(LABEL_SAMPLES).where(_S.run_id == run_id).order_by(_S.size)
        with self._database.read() as connection:
            return [LabelSample.model_validate(dict(row._mapping)) for row in connection.execute(query)]

    def drawn(self, run_id: str) -> LabelSample | None:
        """The largest sample that was drawn of a run; None where none was."""
        query = select(LABEL_SAMPLES).where(_S.run_id == run_id).order_by(_S.size.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else LabelSample.model_validate(dict(row._mapping))


def _key(label: Label) -> tuple[str, ...]:
    return (label.run_id, label.scorer, label.case_id, str(label.repeat), label.who)


def _label(row: Row[tuple[Json, ...]]) -> Label:
    return Label.model_validate(dict(row._mapping))
