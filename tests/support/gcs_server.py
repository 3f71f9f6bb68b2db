"""As much of Google Cloud Storage as a driver needs to keep files: one bucket in memory, behind HTTP on 127.0.0.1."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from llmops.core.hashing import Json

_OBJECT = re.compile(r"/(?:download/)?storage/v1/b/([^/]+)/o/([^/]+)")


class _Bucket(BaseHTTPRequestHandler):
    objects: dict[str, bytes]
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # what the library calls it
        """Say nothing."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {key: values[-1] for key, values in parse_qs(url.query).items()}
        if (found := _OBJECT.fullmatch(url.path)) is None:
            self._say(200, self._listed(asked) if url.path.endswith("/o") else {"name": "models"})
            return
        data = self.objects.get(unquote(found[2]))
        if data is None:
            self._say(404, {"error": {"code": 404, "message": "Not Found"}})
        elif asked.get("alt") != "media":
            self._say(200, self._told(unquote(found[2])))
        else:
            first, last = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "bytes=0-").groups()  # type: ignore[union-attr]
            self._send(206, data[int(first) : int(last) + 1 if last else None], "application/octet-stream")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        path = urlsplit(self.path).path
        if path.startswith("/upload/"):
            _, told, rest = body.split(b"--==0==", 2)
            name = json.loads(told.partition(b"\n\n")[2])["name"]
            self.objects[name] = rest.partition(b"\n\n")[2].removesuffix(b"\n--==0==--")
            self._say(200, self._told(name))
        elif path.startswith("/batch/"):
            deleted = re.findall(r"DELETE /storage/v1/b/[^/]+/o/(\S+) HTTP", body.decode())
            for key in deleted:
                self.objects.pop(unquote(key.partition("?")[0]), None)
            parts = "".join("--batch\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n" for _ in deleted)
            self._send(200, f"{parts}--batch--".encode(), "multipart/mixed; boundary=batch")
        else:
            source, target = (unquote(part) for part in re.findall(r"/o/([^/]+)", path))
            self.objects[target] = self.objects.pop(source) if "/moveTo/" in path else self.objects[source]
            told = self._told(target)
            self._say(200, told if "/moveTo/" in path else {"done": True, "resource": told})

    def do_DELETE(self) -> None:
        found = _OBJECT.fullmatch(urlsplit(self.path).path)
        there = found is not None and self.objects.pop(unquote(found[2]), None) is not None
        self._send(204 if there else 404, b"", "application/json")

    def _listed(self, asked: dict[str, str]) -> Json:
        prefix, items, prefixes = asked.get("prefix", ""), [], set()
        for key in sorted(key for key in self.objects if key.startswith(prefix)):
            head, cut, _ = key.removeprefix(prefix).partition(asked.get("delimiter", "\0"))
            if cut:
                prefixes.add(prefix + head + cut)
            else:
                items.append(self._told(key))
        return {"kind": "storage#objects", "items": items, "prefixes": sorted(prefixes)}

    def _told(self, key: str) -> Json:
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        size = str(len(self.objects[key]))
        return {
            "kind": "storage#object",
            "bucket": "models",
            "name": key,
            "size": size,
            "updated": now,
            "timeCreated": now,
        }

    def _say(self, status: int, body: Json) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def gcs_server() -> Iterator[str]:
    """The address of a server with one empty bucket, `models`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bucket", (_Bucket,), {"objects": {}}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
