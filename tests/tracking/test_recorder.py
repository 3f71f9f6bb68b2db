"""Recording a run, as a training loop does."""

import os
from pathlib import Path

import numpy as np
import pytest

from llmops.core.errors import Conflict, InputError
from llmops.domain.run import RunRecord
from llmops.storage.store import Store
from llmops.tracking.recorder import Recorder, as_texts
from llmops.tracking.system import SystemLoad
from tests.support.recording import make_recorder


def record_of(store: Store) -> RunRecord:
    (record,) = store.tracking.records(store.runs.runs(limit=1))
    return record


def test_a_run_keeps_what_it_is_told(store: Store, tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(b"model")
    with make_recorder(store) as run:
        run.log_params({"lr": 0.1, "layers": [64, 32]})
        run.log_param("lr", "0.1")  # the same again
        for step in range(3):
            run.log_metrics({"loss": np.float32(1 / (step + 1)), "auc": 0.5}, step=10 * step)
        run.log_metric("loss", 0.25)
        run.log_tags({"team": "x"})
        digest = run.log_file(tmp_path / "model.skops")
        run_id = run.id
    found = record_of(store)
    assert (found.run.id, found.run.type, found.run.status, found.run.experiment) == (
        run_id,
        "training",
        "finished",
        "churn",
    )
    assert found.run.ended_at is not None
    assert (found.params, found.tags) == ({"lr": "0.1", "layers": "[64, 32]"}, {"team": "x"})
    assert [(point.step, point.value) for point in store.tracking.history(run_id, "auc")] == [
        (0, 0.5),
        (10, 0.5),
        (20, 0.5),
    ]
    assert found.metrics["loss"].step == 21  # one after the last
    assert digest in {file.digest for file in found.files}
    assert store.blobs.get(digest) == b"model"


def test_an_exception_marks_the_run_failed_and_goes_on(store: Store) -> None:
    def train() -> None:
        with make_recorder(store) as run:
            run.log_metric("loss", float("nan"))
            raise ValueError("loss is not finite")

    with pytest.raises(ValueError, match="loss is not finite"):
        train()
    found = record_of(store)
    assert (found.run.status, found.tags) == ("failed", {"error": "ValueError: loss is not finite"})
    assert found.metrics["loss"].value is None


def test_ctrl_c_is_an_interruption(sqlite_store: Store) -> None:
    with pytest.raises(KeyboardInterrupt, match="stop"), make_recorder(sqlite_store):
        raise KeyboardInterrupt("stop")
    assert record_of(sqlite_store).run.status == "interrupted"


def test_a_notebook_starts_and_ends_it_itself(sqlite_store: Store) -> None:
    run = make_recorder(sqlite_store)
    with pytest.raises(InputError, match="the run has not begun"):
        run.log_metric("loss", 1.0)
    run.start()
    with pytest.raises(Conflict, match="has begun already"):
        run.start()
    run.log_metric("loss", 1.0)
    run.flush()
    assert record_of(sqlite_store).metrics["loss"].value == 1.0
    run.end()
    with pytest.raises(InputError, match="or has ended") as caught:
        run.log_param("a", 1)
    assert caught.value.hint == "Use it inside: with ws.run(…) as run: …"


def test_a_parameter_keeps_its_value(sqlite_store: Store) -> None:
    with make_recorder(sqlite_store) as run:
        run.log_param("lr", 0.1)
        with pytest.raises(Conflict, match=r"'lr' of run .* is '0.1' and cannot become '0.2'") as caught:
            run.log_params({"other": 1, "lr": 0.2})
        assert caught.value.hint == "Record what changes as a metric or a tag."
    assert record_of(sqlite_store).params == {"lr": "0.1"}


@pytest.mark.parametrize("key", ["", "  ", "a\nb", "x" * 251])
def test_keys_that_cannot_be_kept(key: str, sqlite_store: Store) -> None:
    with make_recorder(sqlite_store) as run:
        with pytest.raises(InputError, match="cannot be a key"):
            run.log_metric(key, 1.0)
        with pytest.raises(InputError, match="cannot be a key"):
            run.log_tags({key: 1})


def test_steps_are_whole_numbers_of_any_kind(store: Store) -> None:
    with make_recorder(store) as run:
        run.log_metric("loss", 1.0, step=np.int64(3))  # type: ignore[arg-type]
        run.log_metric("loss", 1.0, step=4.0)  # type: ignore[arg-type]
        run.log_metric("loss", 1.0)
        for step in (1.5, float("inf"), 2**70):
            with pytest.raises(InputError, match=r"cannot be a step of 'loss'"):
                run.log_metric("loss", 1.0, step=step)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="nan cannot be the time of 'loss'") as caught:
            run.log_metric("loss", 1.0, at=float("nan"))
        assert caught.value.hint == "Give seconds since 1970, such as time.time()."
        run_id = run.id
    assert [point.step for point in store.tracking.history(run_id, "loss")] == [3, 4, 5]


def test_a_value_is_one_number(sqlite_store: Store) -> None:
    with make_recorder(sqlite_store) as run:
        run.log_metric("loss", np.array([0.5]))
        for value, shown in ((None, "None"), ("high", "'high'"), (np.array([1, 2]), "array")):
            with pytest.raises(InputError, match=f"{shown}.* cannot be a value of metric 'loss'") as caught:
                run.log_metric("loss", value)  # type: ignore[arg-type]
            assert "one number at a time" in (caught.value.hint or "")
        run.log_metric("loss", 0.25)
        run_id = run.id
    assert sqlite_store.tracking.history(run_id, "loss")[1].step == 1  # what was refused took no step


def test_values_are_texts() -> None:
    assert as_texts({"a": 1, "b": None, "c": "x\0\ud800"}) == {"a": "1", "b": "None", "c": "x\ufffd?"}
    with pytest.raises(InputError, match="the value of 'a' has 8001 characters") as caught:
        as_texts({"a": "x" * 8001})
    assert "run.log_text" in (caught.value.hint or "")


def test_a_seed_is_set_and_recorded(sqlite_store: Store) -> None:
    with make_recorder(sqlite_store) as run:
        run.seed(7)
        first = float(np.random.random())
        run.seed(7)
        assert float(np.random.random()) == first
    assert record_of(sqlite_store).params == {"seed": "7"}


def test_the_load_of_the_machine_is_recorded(sqlite_store: Store) -> None:
    pytest.importorskip("psutil")
    with make_recorder(sqlite_store, watch=SystemLoad()) as run:
        for act in list(run._journal._rounds):
            act()
    assert record_of(sqlite_store).metrics["system/memory_percent"].value > 0  # type: ignore[operator]
    assert run._journal._rounds == []


def test_a_fork_has_to_join(sqlite_store: Store) -> None:
    with make_recorder(sqlite_store) as run:
        child = os.fork()
        if child == 0:
            os._exit(_refuses(run))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def _refuses(run: Recorder) -> int:
    try:
        run.log_metric("loss", 1.0)
    except Conflict as error:
        return 7 if "run_id=" in (error.hint or "") else 1
    return 0


def test_files_of_all_kinds(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "roc.svg").write_text("<svg/>")
    with make_recorder(sqlite_store) as run:
        run.log_folder(tmp_path / "plots")
        run.log_text("hello", "notes/a.txt")
        run.log_table([{"epoch": 1, "loss": 0.5}], "losses.csv")
        run.log_figure(_Drawn(), "roc.png")
    found = {file.path: sqlite_store.blobs.get(file.digest) for file in record_of(sqlite_store).files}
    del found["llmops/environment.json"]
    drawn = b"drawn as png"
    losses = b"epoch,loss\n1,0.5\n"
    assert found == {"plots/roc.svg": b"<svg/>", "notes/a.txt": b"hello", "losses.csv": losses, "roc.png": drawn}


class _Drawn:
    """What matplotlib's figures have in common with any that can be saved."""

    def savefig(self, file: object, *, format: str, bbox_inches: str) -> None:  # noqa: A002  # its name there
        file.write(f"drawn as {format}".encode())  # type: ignore[attr-defined]


def test_a_store_that_fails_at_the_end_does_not_hide_what_the_training_raised(sqlite_store: Store) -> None:
    def train() -> None:
        with make_recorder(sqlite_store) as run:
            sqlite_store.runs.remove(run.id)
            raise ValueError("loss is not finite")

    with pytest.raises(ValueError, match="loss is not finite") as caught:
        train()
    assert "could not be ended: there is no run" in caught.value.__notes__[0]
