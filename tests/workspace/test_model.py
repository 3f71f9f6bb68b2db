"""Models as a program meets them."""

import re
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import NotFound
from llmops.core.names import parse_ref


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace with a file."""
    (tmp_path / "llmops.toml").write_text('[cache]\nalias_ttl = "0s"\n')
    (tmp_path / "model.bin").write_bytes(b"weights")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMOPS_ACTOR", "ada@example.com")
    return tmp_path


def test_the_lines_of_the_contract(desk: Path) -> None:
    with llmops.open() as ws:
        with ws.run("baseline", experiment="churn") as run:
            run.log_metric("auc", 0.91, step=3)
            run.log_file("model.bin")
        (desk / "model.bin").unlink()
        model = ws.register_model("churn", run, files=["model.bin"], example=[{"age": 3}])
        ws.promote("model/churn@1", to="production")
        served = ws.model("churn@production")
        assert served.path.read_bytes() == b"weights"
        assert served.path == served.file("model.bin") == model.path
        assert (served.name, served.number, served.digest, served.run) == ("churn", 1, model.digest, run.id)
        assert served.refs == {"model": model.digest}
        assert [str(column) for column in served.signature.inputs] == ["age: int64"]
        assert (served.example, served.dataset) == ([{"age": 3}], None)
        with pytest.raises(NotFound, match=re.escape("model/churn@1 has no file 'modle.bin'")) as caught:
            served.file("modle.bin")
        assert caught.value.hint == "Did you mean 'model.bin'?"


def test_a_model_is_registered_while_its_run_goes_on(desk: Path) -> None:
    with llmops.open() as ws, ws.run("baseline") as run:
        run.log_file("model.bin")
        assert ws.register_model("churn", run, files=["model.bin"]).run == run.id
        assert ws.register_model("churn", run.id, files=["model.bin"]).number == 1


def test_several_files_are_a_folder(desk: Path) -> None:
    (desk / "words.txt").write_text("a b")
    with llmops.open() as ws:
        model = ws.register_model("churn", files=["model.bin", "words.txt"])
        assert sorted(path.name for path in model.path.iterdir() if path.suffix != ".json") == [
            "model.bin",
            "words.txt",
        ]


def test_an_alias_is_followed_and_tries_out_versions(desk: Path) -> None:
    with llmops.open() as ws:
        ws.register_model("churn", files=["model.bin"])
        ws.promote("model/churn@1", to="production")
        (desk / "model.bin").write_bytes(b"better")
        ws.register_model("churn", files=["model.bin"])
        ws.promote("model/churn@2", to="production", canary=0.5)
        sides = {user: ws.model("churn@production", user=user).number for user in map(str, range(40))}
        assert set(sides.values()) == {1, 2}
        assert all(ws.model("churn@production", user=user).number == number for user, number in sides.items())
        ws.promote("model/churn@2", to="production")
        assert ws.model("churn@production").path.read_bytes() == b"better"
        assert ws.rollback("model/churn@production").to_number == 1
        assert ws.model("churn@production").path.read_bytes() == b"weights"


def test_a_model_outlives_an_outage_of_the_store(desk: Path) -> None:
    with llmops.open() as ws:
        ws.register_model("churn", files=["model.bin"])
        ws.promote("model/churn@1", to="production")
        ws.model("churn@production")
        store = desk / ".llmops" / "store.db"
        store.rename(desk / "away.db")
        (store.parent / "store.db").write_bytes(b"no database")
    with llmops.open() as fresh:
        assert fresh.model("churn@production").path.read_bytes() == b"weights"


def test_models_are_deleted_as_everything_else(desk: Path) -> None:
    with llmops.open() as ws:
        ws.register_model("churn", files=["model.bin"])
        ws.registry.delete(parse_ref("model/churn"))
        with pytest.raises(NotFound, match="there is no model called 'churn'"):
            ws.model("churn")
