"""Files of runs: where they may lie, and what tables and figures become."""

import io
import json
import math
from pathlib import Path

import numpy as np
import pytest

from llmops.core.errors import InputError
from llmops.storage.folder_blobs import FolderBlobs
from llmops.tracking import contents


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


@pytest.mark.parametrize("name", ["", " ", "/etc/passwd", "../x", "a/../../x", "a\\..\\..\\x", "a\nb", "x" * 501])
def test_no_file_lies_outside_its_run(name: str) -> None:
    with pytest.raises(InputError, match="is no place in a run"):
        contents.check_path(name)


def test_tables(blobs: FolderBlobs) -> None:
    rows = [{"a": 1, "b": "x,y"}, {"a": 2, "c": "ü"}]
    assert blobs.get(contents.of_table(blobs, rows, "t.csv").digest).decode() == 'a,b,c\n1,"x,y",\n2,,ü\n'
    assert json.loads(blobs.get(contents.of_table(blobs, rows, "t.json").digest)) == rows
    lines = blobs.get(contents.of_table(blobs, rows, "t.jsonl").digest).decode().splitlines()
    assert [json.loads(line) for line in lines] == rows
    with pytest.raises(InputError, match=r"'t.xlsx' must end with .csv, .json, .jsonl"):
        contents.of_table(blobs, rows, "t.xlsx")
    with pytest.raises(InputError, match=r"t.csv: a table is a list of mappings, .* or a data frame, not dict"):
        contents.of_table(blobs, {"a": 1}, "t.csv")


def test_columns_are_a_table(blobs: FolderBlobs) -> None:
    table = {"epoch": [1, 2], "loss": np.array([0.5, 0.25])}
    assert blobs.get(contents.of_table(blobs, table, "t.csv").digest) == b"epoch,loss\n1,0.5\n2,0.25\n"
    for other in ({"a": [1, 2], "b": [1]}, {"a": "text"}):
        with pytest.raises(InputError, match="a mapping of columns that are equally long"):
            contents.of_table(blobs, other, "t.csv")


def test_json_says_numbers_of_numpy_as_numbers_and_null_for_what_is_none(blobs: FolderBlobs) -> None:
    row = {"a": np.float32(0.5), "b": math.nan, "c": (np.int64(3), math.inf), "d": np.array([1, 2]), "e": Path("x")}
    kept = json.loads(blobs.get(contents.of_table(blobs, [row], "t.json").digest))
    assert kept == [{"a": 0.5, "b": None, "c": [3, None], "d": [1, 2], "e": "x"}]


def test_axes_stand_for_their_figure(blobs: FolderBlobs) -> None:
    class Figure:
        def savefig(self, file: io.BytesIO, **how: object) -> None:
            file.write(b"drawn")

    class Axes:
        figure = Figure()

    assert blobs.get(contents.of_figure(blobs, Axes(), "roc.png").digest) == b"drawn"


def test_a_data_frame_is_a_table(blobs: FolderBlobs) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2]})
    assert blobs.get(contents.of_table(blobs, frame, "t.csv").digest) == b"a\n1\n2\n"


def test_what_is_no_figure(blobs: FolderBlobs) -> None:
    with pytest.raises(InputError, match=r"roc.png: str is no figure of matplotlib or plotly"):
        contents.of_figure(blobs, "x", "roc.png")


def test_a_plotly_figure_is_a_page(blobs: FolderBlobs) -> None:
    class Page:
        def to_html(self, include_plotlyjs: bool) -> str:
            return "<html/>"

    assert blobs.get(contents.of_figure(blobs, Page(), "roc.html").digest) == b"<html/>"
    with pytest.raises(InputError, match=r"must end with .html, .json"):
        contents.of_figure(blobs, Page(), "roc.png")


def test_files_and_folders_that_are_not_there(blobs: FolderBlobs, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file") as caught:
        contents.of_file(blobs, tmp_path / "x")
    assert "run.log_folder" in (caught.value.hint or "")
    with pytest.raises(InputError, match="is a folder"):
        contents.of_file(blobs, tmp_path)
    with pytest.raises(InputError, match="is no folder"):
        list(contents.of_folder(blobs, tmp_path / "x"))
