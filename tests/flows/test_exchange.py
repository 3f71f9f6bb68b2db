"""Files of other tools, found and converted; exports out of one workspace into another."""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from llmops.core.errors import InputError, InvalidFile
from llmops.core.names import parse_ref
from llmops.core.settings import load_settings
from llmops.flows.exchange import TOOLS, export_store, import_foreign, import_store
from llmops.flows.services import Services
from llmops.registry.artifacts import Registry
from llmops.storage.store import Store
from tests.support.registries import NOW


@pytest.fixture
def services(sqlite_store: Store, tmp_path: Path) -> Services:
    """Services of an empty workspace."""
    root = tmp_path / "workspace"
    root.mkdir()
    registry = Registry(sqlite_store, root, load_settings(root, {}))
    return Services(root, registry.settings, sqlite_store, registry)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder with files of every tool."""
    folder = tmp_path / "inbox"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.json").write_text('{"name": "a", "prompt": "Hi {{x}}"}')
    (folder / "mlflow.json").write_text('[{"name": "m", "version": 1, "template": "Hi"}]')
    (folder / "deep" / "b.prompty").write_text("---\nname: B\n---\nuser:\nHi\n")
    (folder / "c.prompt").write_text("Hi {{y}} {{>d}}")
    (folder / "deep" / "_d.prompt").write_text("Bye")
    (folder / "promptfooconfig.yaml").write_text("prompts: [Hi]\n")
    return folder


def made(services: Services, path: Path, tool: str) -> list[str]:
    """The files that an import writes."""
    return [file.path for file in import_foreign(services, str(path), tool).files]


def test_folders_are_searched_and_files_are_read(services: Services, inbox: Path) -> None:
    assert made(services, inbox, "prompty") == ["prompts/deep/b.md"]
    assert made(services, inbox, "dotprompt") == ["prompts/deep/d.md", "prompts/c.md"]
    assert made(services, inbox, "promptfoo") == ["prompts/inbox.md"]
    assert made(services, inbox / "promptfooconfig.yaml", "promptfoo") == ["prompts/inbox.md"]
    assert made(services, inbox / "a.json", "langfuse") == ["prompts/a.md"]
    assert made(services, inbox / "mlflow.json", "mlflow") == ["prompts/m.md"]
    assert (services.root / "prompts" / "a.md").is_file()


def test_one_bad_file_of_a_folder_does_not_stop_the_others(services: Services, inbox: Path) -> None:
    (inbox / "bad.prompt").write_text("---\nx: [\n---\n")
    found = import_foreign(services, str(inbox), "dotprompt")
    assert [file.path for file in found.files] == ["prompts/deep/d.md", "prompts/c.md"]
    assert any("bad.prompt:3: this file was left out: this is no YAML" in str(remark) for remark in found.remarks)
    with pytest.raises(InvalidFile, match=r"bad\.prompt:3: this is no YAML"):
        import_foreign(services, str(inbox / "bad.prompt"), "dotprompt")


@pytest.mark.parametrize("tool", TOOLS)
def test_hostile_files_are_told_and_never_crash(services: Services, tmp_path: Path, tool: str) -> None:
    place = tmp_path / ("x.json" if tool in ("langfuse", "mlflow") else "x")
    for text in (
        "",
        "[" * 10_000,
        "---\n" * 3,
        "{{" * 1000,
        "\x00",
        "a: &a [*a]",
        '{"name": "../../x", "prompt": "{{", "template": []}',
    ):
        place.write_text(text)
        with suppress(InputError):
            found = import_foreign(services, str(place), tool)
            assert all(file.path.startswith(("prompts/", "evals/")) and ".." not in file.path for file in found.files)
    place.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidFile, match="this is not UTF-8 text"):
        import_foreign(services, str(place), tool)


def test_what_is_not_there_is_told(services: Services, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"files of 'langfus' cannot be imported\nDid you mean 'langfuse'"):
        import_foreign(services, str(tmp_path), "langfus")
    with pytest.raises(
        InputError, match=r"there is no file of prompty at .*\nName a file, or a folder with \*\*/\*\.prompty"
    ):
        import_foreign(services, str(tmp_path), "prompty")
    with pytest.raises(InputError, match="there is nothing at"):
        import_foreign(services, str(tmp_path / "nowhere"), "dotprompt")
    with pytest.raises(InputError, match="needs mlflow, which is not installed"):
        import_foreign(services, "http://127.0.0.1:5000", "mlflow")


def test_an_export_comes_back(services: Services, tmp_path: Path) -> None:
    (services.root / "prompts").mkdir()
    (services.root / "prompts" / "a.md").write_text("Hi.\n")
    services.registry.register(now=NOW)
    done = export_store(services, tmp_path / "out.tar.gz", [parse_ref("prompt/a")])
    found = import_store(services, tmp_path / "out.tar.gz", dry_run=True)
    assert found.digest == done.digest
    assert [version.created for version in found.versions] == [False]
    assert json.dumps(done.history.model_dump())
