"""`examples/chat_service` served by uvicorn in a process of its own, with a model server in place of its offline model."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import llmops
from llmops.workspace.workspace import Workspace
from tests.support.children import ROOT, start_child
from tests.support.model_server import ModelServer, model_server

EXAMPLE = ROOT / "examples" / "chat_service"
SERVE = """
import socket, sys
import uvicorn
sys.path.insert(0, sys.argv[1])
from service import api
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(api, log_level="warning", ws="none")).run(sockets=[listening])
"""


@dataclass(frozen=True)
class ChatService:
    """The running service, the model that it asks, and its workspace."""

    url: str
    model: ModelServer
    workspace: Workspace

    def change_policy(self, old: str, new: str) -> int:
        """Replace words in the policy's file, register, and return the number of the app's new version."""
        path = self.workspace.root / "policies" / "chat.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        return next(done.version.number for done in self.workspace.register() if done.version.kind == "app")


@contextmanager
def chat_service(root: Path) -> Iterator[ChatService]:
    """Serve a copy of the example, registered and promoted, for the length of a `with` block."""
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns(".llmops", "__pycache__"))
    app = root / "apps" / "chat.yaml"
    app.write_text(app.read_text().replace("offline/echo", "house/m"))
    with model_server() as model:
        settings = f'[connections.house]\napi_base = "{model.api_base}"\n[cache]\nalias_ttl = "0s"\n'
        (root / "llmops.toml").write_text(settings)
        with llmops.open(root) as workspace:
            workspace.register()
            workspace.promote("app/chat@1", to="production")
            child = start_child(SERVE, str(root))
            try:
                assert child.stdout is not None
                port = child.stdout.readline().strip()
                assert port, child.communicate()[1]
                yield ChatService(f"http://127.0.0.1:{port}", model, workspace)
            finally:
                child.terminate()
                child.communicate(timeout=60)
