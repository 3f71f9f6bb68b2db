"""What people said about the outputs of a run, on its way from one store to another."""

from collections.abc import Collection

from llmops.core.errors import Conflict, InvalidFile
from llmops.domain.calibration import Label, LabelSample
from llmops.domain.noun import Noun
from llmops.registry.exchange.archive import Archive
from llmops.registry.exchange.layout import labels_path
from llmops.registry.exchange.records import CHANGED, noun_bytes, read_noun
from llmops.registry.exchange.writing import Draft
from llmops.storage.store import Store


class RunLabels(Noun):
    """Labels of a run, and the samples of outputs that were drawn to be labelled."""

    samples: tuple[LabelSample, ...] = ()
    labels: tuple[Label, ...] = ()


def write_labels(store: Store, run_id: str, draft: Draft) -> None:
    """Put what people said about a run into an export, where they said something."""
    held = RunLabels(samples=tuple(store.labels.samples(run_id)), labels=tuple(store.labels.of_run(run_id)))
    if held != RunLabels():
        draft.add(labels_path(run_id), [noun_bytes(held)])


def read_labels(archive: Archive, run_id: str) -> RunLabels:
    """What an export holds of that; nothing where it has no such file.

    Raises:
        InvalidFile: it is another file, or about another run.
    """
    path = labels_path(run_id)
    if path not in archive.paths:
        return RunLabels()
    shown = archive.name(path)
    found = read_noun(RunLabels, archive.read(path), shown)
    about: tuple[LabelSample | Label, ...] = (*found.samples, *found.labels)
    for one in about:
        if one.run_id != run_id:
            raise InvalidFile(shown, f"it speaks of the run {one.run_id}", hint=CHANGED)
        if one.at.tzinfo is None:
            raise InvalidFile(shown, "a time has no time zone", hint=CHANGED)
    return found


def check_labels(archive: Archive, run_id: str, outputs: Collection[tuple[str, int]]) -> None:
    """Check that labels are about outputs of the run: pairs of a case's id and a repeat.

    Raises:
        InvalidFile: one is not.
    """
    for label in read_labels(archive, run_id).labels:
        if (label.case_id, label.repeat) not in outputs:
            raise InvalidFile(
                archive.name(labels_path(run_id)),
                f"the run has no case {label.case_id!r} with repeat {label.repeat}",
                hint=CHANGED,
            )


def add_labels(archive: Archive, store: Store, run_id: str, *, dry_run: bool = False) -> int:
    """Bring the labels of a run into the store, and return how many are new there.

    Raises:
        Conflict: somebody said otherwise about an output here, or other outputs were drawn.
    """
    found = read_labels(archive, run_id)
    held = {_key(label): label.value for label in store.labels.of_run(run_id)}
    pools = {sample.pool for sample in (*store.labels.samples(run_id), *found.samples)}
    other = next((label for label in found.labels if held.get(_key(label), label.value) != label.value), None)
    if other is not None or len(pools) > 1:
        problem = (
            "other outputs were drawn to be labelled"
            if other is None
            else f"{other.who or 'somebody'} said {held[_key(other)]:g} about case {other.case_id!r}, there {other.value:g}"
        )
        raise Conflict(
            f"the labels of run {run_id} in the store are not those in the export: {problem}",
            hint="Agree on one, say it in both stores with llmops judge calibrate … --replace, and export again."
            if other is not None
            else "The runs were labelled in two stores; go on labelling in one of them.",
        )
    new = [label for label in found.labels if _key(label) not in held]
    if not dry_run:
        store.labels.keep_samples(found.samples)
        store.labels.add(new)
    return len(new)


def _key(label: Label) -> tuple[str, str, int, str]:
    return (label.scorer, label.case_id, label.repeat, label.who)
