"""The shape rules of the house, each a test, without an allow-list."""

import ast
import importlib
import inspect
import json
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import llmops
from llmops.core.catalog import Catalog

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "llmops"
TESTS = ROOT / "tests"
SOURCES = sorted(PACKAGE.rglob("*.py"))
# A migration is a record of the past: Alembic calls it by its path, and its test walks all of them up and down.
MODULES = [path for path in SOURCES if path.name != "__init__.py" and "migrations" not in path.parts]

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
HEAVY = {
    "alembic",
    "chromadb",
    "fsspec",
    "litellm",
    "numpy",
    "pydantic",
    "scipy",
    "sqlalchemy",
    "torch",
    "transformers",
}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, FUNCTION))


def classes(path: Path) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef))


def where(path: Path, node: ast.stmt | ast.expr) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_modules_are_at_most_300_lines() -> None:
    long = {str(p.relative_to(ROOT)): n for p in SOURCES if (n := len(p.read_text().splitlines())) > 300}
    assert not long


def test_functions_are_at_most_60_lines() -> None:
    long = [
        f"{where(path, node)} {node.name}"
        for path in SOURCES
        for node in functions(path)
        if (node.end_lineno or 0) - node.lineno + 1 > 60
    ]
    assert not long


def test_classes_have_at_most_15_public_methods() -> None:
    wide = [
        f"{where(path, node)} {node.name}"
        for path in SOURCES
        for node in classes(path)
        if sum(isinstance(item, FUNCTION) and not item.name.startswith("_") for item in node.body) > 15
    ]
    assert not wide


def test_functions_have_at_most_7_parameters() -> None:
    many = []
    for path in SOURCES:
        if path.parent.name == "cli":
            continue  # commands and constructors aside
        for node in functions(path):
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            if node.name != "__init__" and len([n for n in names if n not in ("self", "cls")]) > 7:
                many.append(f"{where(path, node)} {node.name}")
    assert not many


def test_inheritance_is_at_most_2_deep_inside_the_package() -> None:
    deep = []
    for path in SOURCES:
        if "migrations" in path.parts:
            continue
        module = importlib.import_module(dotted(path))
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if cls.__module__ == module.__name__:
                own = [c for c in cls.__mro__ if c.__module__.startswith("llmops.")]
                limit = 4 if issubclass(cls, Exception) else 3  # the class itself counts as one
                if _depth(cls) > limit:
                    deep.append(f"{cls.__module__}.{cls.__name__}: {[c.__name__ for c in own]}")
    assert not deep


def _depth(cls: type) -> int:
    """How many classes of this package stand on the longest path from the class to its root."""
    if not cls.__module__.startswith("llmops."):
        return 0
    return 1 + max((_depth(parent) for parent in cls.__bases__), default=0)


def test_rooms_are_named_for_what_they_hold() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "base", "impl"}
    assert not [str(p) for p in PACKAGE.rglob("*") if p.stem in vague]
    banned = re.compile(r"(Manager|Helper|Utils?|Handler|Base|Impl|Mixin|Data|Info)$")
    assert not [f"{where(p, c)} {c.name}" for p in SOURCES for c in classes(p) if banned.search(c.name)]


def test_every_module_has_its_test() -> None:
    missing = [
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if not (TESTS / path.relative_to(PACKAGE).with_name(f"test_{path.stem.strip('_')}.py")).is_file()
    ]
    assert not missing


def test_every_test_module_has_tests() -> None:
    empty = [
        str(p) for p in TESTS.rglob("test_*.py") if not any("def test_" in line for line in p.read_text().splitlines())
    ]
    assert not empty


def test_every_module_opens_with_what_it_is_for() -> None:
    assert not [str(path.relative_to(ROOT)) for path in SOURCES if not ast.get_docstring(tree(path))]


def test_every_module_imports_alone() -> None:
    """Each in a fork of an interpreter that has loaded only the floors below it, which cannot know of it."""
    names = [dotted(path) for path in SOURCES if "versions" not in path.parts and path.name != "env.py"]
    rooms = {name: name.split(".")[1] if "." in name else "" for name in names}
    by_floor = [[name for name in names if rooms[name] in floor] for floor in [*reversed(floors()), {""}]]
    assert sum(map(len, by_floor)) == len(names)
    script = """
import json, os, sys, importlib, traceback
import pydantic, sqlalchemy, typer
for floor in json.loads(sys.argv[1]):
    for name in floor:
        child = os.fork()
        if not child:
            try:
                importlib.import_module(name)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            print("FAILED", name)
    for name in floor:
        if not name.endswith("__main__"):
            importlib.import_module(name)
print("all tried")
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, json.dumps(by_floor)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "all tried\n", done.stdout + done.stderr


def floors() -> list[set[str]]:
    """The rooms of each floor of the house, the highest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [{room.strip(" ()") for room in layer.split("|")} for layer in layers]


def test_every_catalog_string_resolves() -> None:
    catalogs = {}
    for module in _modules():
        for name, value in vars(module).items():
            if isinstance(value, Catalog):
                catalogs[f"{module.__name__}.{name}"] = value
    assert catalogs
    for catalog in catalogs.values():
        for entry in catalog:
            assert catalog.get(entry) is not None


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(llmops.__path__, "llmops."):
        if "migrations" not in found.name and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def test_help_loads_few_modules_and_none_of_them_heavy() -> None:
    script = """
import sys
from llmops.__main__ import main
sys.argv = ["llmops", "--help"]
try:
    main()
except SystemExit:
    pass
print("MODULES", *sorted(sys.modules))
"""
    env = {**os.environ, "TERM": "dumb", "COLUMNS": "120"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env)
    loaded = done.stdout.rsplit("MODULES", 1)[1].split()
    assert "eval" in done.stdout
    assert len(loaded) <= 450
    assert not HEAVY & set(loaded)


def test_public_signatures_name_their_types() -> None:
    """`Any` hides what a caller may pass; `Json` is the one name for values out of JSON and YAML."""
    vague = []
    for path in SOURCES:
        for node in functions(path):
            annotations = [a.annotation for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            for annotation in (*annotations, node.returns):
                if annotation is None or node.name.startswith("_"):
                    continue
                if any(isinstance(part, ast.Name) and part.id == "Any" for part in ast.walk(annotation)):
                    vague.append(f"{where(path, node)} {node.name}")
    assert not vague


def test_raises_always_says_which_message() -> None:
    silent = []
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) != "pytest.raises":
                continue
            if not any(keyword.arg == "match" for keyword in node.keywords):
                silent.append(where(path, node))
    assert not silent


def test_broad_excepts_stand_only_at_marked_walls() -> None:
    unmarked = []
    for path in SOURCES:
        lines = path.read_text().splitlines()
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler):
                broad = node.type is None or (
                    isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
                )
                reraises = any(isinstance(part, ast.Raise) and part.exc is None for part in ast.walk(node))
                if broad and not reraises and "# wall:" not in lines[node.lineno - 1]:
                    unmarked.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not unmarked


@pytest.mark.parametrize("forbidden", ["pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"])
def test_nothing_is_unpickled(forbidden: str) -> None:
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert forbidden not in {name.split(".")[0] for name in names}, where(path, node)  # type: ignore[arg-type]


def test_no_stored_text_is_executed() -> None:
    calls = {"eval", "exec", "compile", "__import__", "os.system", "torch.load"}
    found = [
        f"{where(path, node)} {ast.unparse(node.func)}"
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in calls
    ]
    assert not found


def test_the_layers_hold() -> None:
    script = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(script), "--no-cache"], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
