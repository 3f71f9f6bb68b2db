"""The one door to an index."""

import os
import subprocess
import sys

import pytest

from llmops.core.errors import InputError
from llmops.domain.corpus import ChunkingSpec
from tests.support.indexes import SPEC, Library


def test_a_plan_says_what_a_sync_would_do_and_does_nothing(library: Library) -> None:
    library.write({"a.txt": "one", "b.txt": "two", "c.txt": "three"}).sync()
    library.write({"new.txt": "four", "a.txt": "changed"}).remove("b.txt")
    os.utime(library.root / "docs/c.txt", ns=(1, 1))
    rows, opened, loaded = library.rows(), library.opened, library.loaded
    plan = library.plan()
    assert plan.rows() == [
        ["update", "docs/a.txt"], ["delete", "docs/b.txt"], ["touch", "docs/c.txt"], ["add", "docs/new.txt"]
    ]  # fmt: skip
    assert (plan.generation, plan.unchanged, plan.is_empty) == (library.generation.uid, 0, False)
    assert (library.rows(), library.opened, library.loaded) == (rows, opened, loaded)
    report = library.sync()
    assert (report.added, report.updated, report.touched, report.deleted) == (1, 1, 1, 1)
    assert library.plan().is_empty


def test_a_plan_for_a_new_configuration_says_so(library: Library) -> None:
    plan = library.write({"a.txt": "one"}).plan()
    assert (plan.generation, plan.reason, plan.keys("add")) == ("", "nothing has been built yet", ["docs/a.txt"])
    library.sync()
    library.spec = SPEC.model_copy(update={"chunking": ChunkingSpec(size=32, overlap=0)})
    assert library.plan().reason == f"chunking changed since generation {library.generation.uid}"
    assert library.plan().keys("add") == ["docs/a.txt"]


def test_a_plan_warns_of_what_would_be_held_back(library: Library) -> None:
    library.write({f"{number}.txt": f"text {number}" for number in range(10)}).sync()
    library.remove(*(f"{number}.txt" for number in range(8)))
    assert library.plan().held == ("files:docs/**/*",)


def test_a_plan_shows_an_interrupted_sync(library: Library) -> None:
    def stop(step: str) -> None:
        if step == "T1":
            raise RuntimeError("stopped")

    library.write({"a.txt": "one"})
    library.fault = stop
    with pytest.raises(RuntimeError, match="stopped"):
        library.sync()
    assert (library.plan().pending, library.plan().changes, library.plan().is_empty) == (1, (), False)


def test_a_plan_without_sources_is_an_error(library: Library) -> None:
    (library.root / "docs").rmdir()
    with pytest.raises(InputError, match="there is no folder 'docs'"):
        library.plan()


def test_a_closed_index_opens_again(library: Library) -> None:
    library.write({"a.txt": "one"}).sync()
    index = library.index
    index.close()
    index.close()
    assert library.search("one") == [("docs/a.txt", "one")]


def test_importing_the_index_loads_nothing_heavy() -> None:
    script = (
        "import sys, llmops.index.index; "
        "print({'numpy', 'torch', 'chromadb', 'selectolax', 'pypdf', 'scipy', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
