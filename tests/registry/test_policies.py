from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile
from llmops.registry.policies import no_policies
from llmops.text.beside import FilesBelow
from llmops.text.yaml import parse_yaml


def test_without_a_reader_policies_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"policies cannot be read here\nOpen the workspace"):
        no_policies(parse_yaml("input: [pii]", "policies/a.yaml"), (), FilesBelow(tmp_path))
