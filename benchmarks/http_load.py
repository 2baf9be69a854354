"""Servers in processes of their own, and wrk, which asks them for paths of a list in random order."""

import asyncio
import json
import multiprocessing
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

_SCRIPT = """
local asked = {}
local before = os.time()
init = function(args)
  local file = io.open(args[1], "r")
  for line in file:lines() do
    local path, body = line:match("^([^\\t]*)\\t?(.*)$")
    local headers = {["Authorization"] = "Bearer " .. args[2]}
    if body ~= "" then headers["Content-Type"] = "application/json" end
    asked[#asked + 1] = wrk.format(body ~= "" and "POST" or "GET", path, headers, body ~= "" and body or nil)
  end
  math.randomseed(tonumber(args[3]))
end
request = function() return asked[math.random(#asked)] end
done = function(summary, latency, requests)
  io.write(string.format(
    '\\nRESULT {"requests": %d, "micros": %d, "p50": %f, "p99": %f, "bytes": %d, "failed": %d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), summary.bytes,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What wrk saw of one server.

    Attributes:
        rate: Answers a second.
        p50: Milliseconds, as p99.
        cpu: Milliseconds of processor time of the server for one answer: what a busy machine does not change.
        size: Bytes of an answer.
    """

    rate: float
    p50: float
    p99: float
    cpu: float
    size: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A server that runs."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Return the processor time that it has taken, as Linux counts it."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(make: Callable[[Path], FastAPI], path: Path) -> Iterator[Server]:
    """Serve an application over a database in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(make, path, port), daemon=True
    )
    process.start()
    try:
        give_up = time.monotonic() + 120
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > give_up or not process.is_alive():
                    raise
                time.sleep(0.05)
        yield Server(port=port, pid=process.pid or 0)
    finally:
        process.terminate()
        process.join()


def load(
    server: Server, paths: Sequence[str], token: str, *, connections: int, seconds: int, seed: int
) -> Load:
    """Ask for paths in random order; a tab and a JSON body behind a path make it a POST.

    Raises:
        RuntimeError: If wrk is missing or an answer was an error.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise RuntimeError("wrk is missing: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        script, asked = Path(folder) / "load.lua", Path(folder) / "paths"
        script.write_text(_SCRIPT, encoding="utf-8")
        asked.write_text("\n".join(paths) + "\n", encoding="utf-8")
        command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script)]
        command += [f"http://127.0.0.1:{server.port}", "--", str(asked), token, str(seed)]
        before = server.cpu_seconds()
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        spent = server.cpu_seconds() - before
    found = json.loads(done.stdout.rpartition("RESULT ")[2])
    if found["failed"] or not found["requests"]:
        raise RuntimeError(f"{found['failed']} of {found['requests']} answers were errors")
    return Load(
        rate=found["requests"] / found["micros"] * 1e6,
        p50=found["p50"] / 1000,
        p99=found["p99"] / 1000,
        cpu=spent * 1000 / found["requests"],
        size=found["bytes"] / found["requests"],
    )


def _serve(make: Callable[[Path], FastAPI], path: Path, port: int) -> None:
    config = uvicorn.Config(
        make(path), host="127.0.0.1", port=port, log_level="error", access_log=False, timeout_keep_alive=600
    )
    asyncio.run(uvicorn.Server(config).serve())
