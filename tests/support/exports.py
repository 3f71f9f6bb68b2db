"""Exports to look at and to spoil: a desk with something on it, and archives that no llmops wrote."""

import io
import json
import tarfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from llmops.core.hashing import Json, digest_bytes
from llmops.core.names import parse_ref
from llmops.domain.report import Report
from llmops.domain.run import Run
from llmops.registry.exchange.exporting import Exported, export
from llmops.registry.exchange.layout import MANIFEST
from tests.support import eval_runs
from tests.support.registries import NOW, Desk


def fill(desk: Desk) -> None:
    """Two versions of an app and its prompt, one of all else; production at the first, then at the second."""
    desk.write_all()
    desk.register(message="first")
    desk.move("app/docs@1")
    desk.write("prompts/answer.md", "Answer {{ question }} briefly.\n")
    desk.register(message="shorter")
    desk.move("app/docs@2", minutes=10)


def add_run(desk: Desk, run_id: str = "run-1", *, app: int = 1, minutes: int = 5, baseline: str = "") -> Run:
    """A finished run of the suite on a version of the app."""
    suite, target = desk.resolve("suite/docs@1"), desk.resolve(f"app/docs@{app}")
    results = [eval_runs.result("q1", 1.0), eval_runs.result("q2", None)]
    report = eval_runs.report(results, run_id=run_id)
    if baseline:
        comparison = {"baseline": "production", "baseline_run": baseline}
        report = Report.model_validate({**report.model_dump(), "comparison": comparison})
    started = NOW + timedelta(minutes=minutes)
    run = Run(
        id=run_id,
        name="docs",
        status="finished",
        started_at=started,
        ended_at=started + timedelta(seconds=2),
        refs={
            "suite": suite.digest,
            "dataset": suite.content["dataset"]["digest"],
            "app": target.digest,
            "prompt": target.content["prompt"]["digest"],
        },
        parameters={"cases": 2, "repeats": 1},
        summary=report.model_dump(mode="json"),
    )
    desk.store.runs.start(run)
    desk.store.runs.add_results(run_id, results)
    return run


def exported(desk: Desk, target: str = "out", *refs: str, **options: Json) -> Exported:
    """Export to a name below the desk's root."""
    return export(desk.registry, desk.root / target, [parse_ref(ref) for ref in refs], **options)


def files_of(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def spoil(folder: Path, path: str, change: Callable[[Json], Json], *, listed: bool = True) -> None:
    """Change the JSON of a file of an exported folder, and with `listed` the manifest too, as a forger would."""
    place = folder / path
    place.write_text(json.dumps(change(json.loads(place.read_text()))))
    if listed:
        relist(folder)


def relist(folder: Path) -> None:
    """Make the manifest of an exported folder list the files as they are now."""
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"] = {
        path: {"digest": digest_bytes(data), "size": len(data)}
        for path, data in files_of(folder).items()
        if path != MANIFEST
    }
    (folder / MANIFEST).write_text(json.dumps(manifest))


def write_tar(path: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> Path:
    """Write an archive with any entries; sizes are those of the bytes unless there are none."""
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for entry, data in entries:
            if data:
                entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data) if data else None)
    return path


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """The header of an entry."""
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, link
    return found
