"""`llmops eval` on an OpenAI-compatible server on this machine, against plain loops over aiohttp and the openai SDK.

The server runs in a process of its own. What is measured is the whole evaluating process, from start to exit.
"""

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing
from pathlib import Path

from support.measure import Figures, measure, median, show

HERE = Path(__file__).resolve().parent
CONCURRENCY = 50
FAST = ("--no-cache", "--concurrency", str(CONCURRENCY), "--json")

AIOHTTP_LOOP = """
import asyncio, json, sys, aiohttp
async def main(url, count):
    gate = asyncio.Semaphore(50)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        async def ask(i):
            async with gate:
                body = {"model": "m", "messages": [{"role": "user", "content": f"question {i}"}]}
                async with session.post(url + "/chat/completions", json=body) as response:
                    return f"question {i}" in json.loads(await response.read())["choices"][0]["message"]["content"]
        assert all(await asyncio.gather(*(ask(i) for i in range(count))))
asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""

OPENAI_LOOP = """
import asyncio, sys
from openai import AsyncOpenAI
async def main(url, count):
    gate = asyncio.Semaphore(50)
    client = AsyncOpenAI(base_url=url, api_key="none")
    async def ask(i):
        async with gate:
            reply = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": f"question {i}"}])
            return f"question {i}" in reply.choices[0].message.content
    assert all(await asyncio.gather(*(ask(i) for i in range(count))))
asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def workspace(folder: Path, url: str, cases: int) -> Path:
    """A workspace with one prompt and a suite of so many cases."""
    root = folder / f"cases-{cases}"
    for name in ("prompts", "evals/data"):
        (root / name).mkdir(parents=True)
    (root / "llmops.toml").write_text(f'[connections.local]\napi_base = "{url}"\n')
    (root / "prompts/ask.md").write_text("---\ninputs:\n  question: string\n---\n{{ question }}\n")
    (root / "evals/speed.yaml").write_text(
        "target: {prompt: ask, model: local/m}\ndataset: evals/data/speed.jsonl\nscorers: [contains]\n"
    )
    rows = (
        {"id": f"c{i}", "inputs": {"question": f"question {i}"}, "expectations": {"answer": f"question {i}"}}
        for i in range(cases)
    )
    (root / "evals/data/speed.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return root


def evaluate(root: Path, *options: str) -> Figures:
    """One evaluation with an empty reply cache."""
    return measure([sys.executable, "-m", "llmops", "eval", "speed", *FAST, *options], cwd=root)


def first_to_last(url: str) -> float:
    """Seconds between the first and the last request since the last look."""
    with urllib.request.urlopen(url.removesuffix("/v1") + "/stats") as answer:
        return float(json.load(answer)["seconds"])


def with_server(latency: float) -> tuple[subprocess.Popen[str], str]:
    """Start the model server; returns it and its address."""
    command = [sys.executable, str(HERE / "support" / "chat_server.py"), str(latency)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    return server, f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"


def immediate(folder: Path) -> None:
    """The cost of our own work: a server that answers at once."""
    server, url = with_server(0)
    try:
        small, large = workspace(folder, url, 500), workspace(folder, url, 5000)
        evaluate(small)  # creates the store
        runs: dict[str, list[Figures]] = {"llmops": [], "aiohttp": [], "openai": []}
        for _ in range(5):
            runs["llmops"].append(evaluate(small))
            runs["aiohttp"].append(measure([sys.executable, "-c", AIOHTTP_LOOP, url, "500"]))
            runs["openai"].append(measure([sys.executable, "-c", OPENAI_LOOP, url, "500"]))
        ours, plain, sdk = (median(runs[name]) for name in ("llmops", "aiohttp", "openai"))
        many = evaluate(large)
    finally:
        server.kill()
        server.wait()
    per_case = (many.cpu - ours.cpu) / 4500 * 1000
    show(
        "500 cases, one `contains`, server answers at once, concurrency 50",
        [
            ("llmops eval, CPU of the process", f"{ours.cpu:.2f} s", "aim <= 1.6 s"),
            ("openai SDK loop, CPU", f"{sdk.cpu:.2f} s", ""),
            ("aiohttp loop, CPU", f"{plain.cpu:.2f} s", ""),
            ("llmops / openai SDK loop", f"{ours.cpu / sdk.cpu:.2f}", ""),
            ("CPU for each further case (500 to 5,000)", f"{per_case:.2f} ms", "aim <= 0.8 ms"),
            (
                "peak memory: llmops 500 / 5,000 cases",
                f"{ours.peak:.0f} / {many.peak:.0f} MB",
                "aim <= 130, better 115 MB",
            ),
            ("peak memory: openai SDK loop", f"{sdk.peak:.0f} MB", ""),
        ],
    )


def slow(folder: Path) -> None:
    """How close to the ideal the requests are packed: a server that takes 100 ms."""
    server, url = with_server(0.1)
    try:
        root = workspace(folder / "slow", url, 500)
        evaluate(root)
        spans = []
        for _ in range(3):
            first_to_last(url)
            evaluate(root)
            spans.append(first_to_last(url))
        measure([sys.executable, "-c", OPENAI_LOOP, url, "500"])
        sdk = first_to_last(url)
    finally:
        server.kill()
        server.wait()
    show(
        "500 cases, server takes 100 ms, concurrency 50: first to last request",
        [
            ("llmops eval", f"{sorted(spans)[1]:.2f} s", "aim <= 1.15 s (ideal 1.0 s)"),
            ("openai SDK loop", f"{sdk:.2f} s", ""),
        ],
    )


def many(folder: Path) -> None:
    """100,000 cases with their page, and 20,000 of which half are done when the process is killed."""
    server, url = with_server(0)
    try:
        large, killed = workspace(folder / "many", url, 100_000), workspace(folder / "many", url, 20_000)
        whole = evaluate(large, "--report", "report.html")
        run, before = kill_half_way(killed, 10_000)
        resumed = measure([sys.executable, "-m", "llmops", "eval", "--resume", run, *FAST], cwd=killed)
        stored = results_of(killed)
    finally:
        server.kill()
        server.wait()
    assert stored == 20_000
    show(
        "many cases, server answers at once, concurrency 50",
        [
            ("100,000 cases and their HTML page: CPU / wall", f"{whole.cpu:.0f} / {whole.wall:.0f} s", ""),
            ("peak memory", f"{whole.peak:.0f} MB", "aim <= 500 MB"),
            ("20,000 cases, killed with -9: stored by then", f"{before:,}", ""),
            ("resumed: CPU for what is read back and the rest", f"{resumed.cpu:.1f} s", ""),
            ("peak memory", f"{resumed.peak:.0f} MB", ""),
        ],
    )


def kill_half_way(root: Path, results: int) -> tuple[str, int]:
    """Kill an evaluation once so many results are stored; returns the run, and how many are."""
    child = subprocess.Popen(
        [sys.executable, "-m", "llmops", "eval", "speed", *FAST], cwd=root, stdout=subprocess.DEVNULL
    )
    while results_of(root) < results:
        time.sleep(0.02)
    child.kill()
    child.wait()
    with closing(sqlite3.connect(root / ".llmops/store.db")) as store:
        return str(store.execute("SELECT id FROM runs").fetchone()[0]), results_of(root)


def results_of(root: Path) -> int:
    """How many results the store of a workspace has; none while there is no store."""
    path = root / ".llmops/store.db"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, timeout=20)) as store:
        try:
            return int(store.execute("SELECT count(*) FROM results").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        immediate(Path(made))
        slow(Path(made))
        many(Path(made))
