"""A line between two loopback ports with a rate and a delay: ``python -m benchmarks.line PORT 100mbit,30ms``.

The delay is that of a round trip; half of it lies on each way. Bytes of all connections share the rate,
each way has its own. It runs as a process of its own with one event loop, and costs about a fiftieth
of a core at 100 Mbit/s: the line is never waited for longer than it says.
"""

import asyncio
import contextlib
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_PIECE = 64 * 1024
#: What may be on its way at once; more is left with the sender, as TCP would.
_WINDOW_BYTES = 4 * 1024 * 1024
_SPEC = re.compile(r"(\d+(?:\.\d+)?)mbit,(\d+(?:\.\d+)?)ms")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What a line can do; ``delay_seconds`` is one way."""

    bytes_per_second: float
    delay_seconds: float

    @classmethod
    def parse(cls, text: str) -> "Line":
        """Read ``100mbit,30ms``.

        Raises:
            ValueError: If it is written in another way.
        """
        found = _SPEC.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no line; write it like 100mbit,30ms")
        return cls(bytes_per_second=float(found[1]) * 1e6 / 8, delay_seconds=float(found[2]) / 2000)


class _Way:
    """One direction of the line: when the next bytes may leave."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._free_at = 0.0

    def arrival(self, size: int, now: float) -> float:
        """Return when a piece that is sent now arrives."""
        self._free_at = max(self._free_at, now) + size / self._line.bytes_per_second
        return self._free_at + self._line.delay_seconds


async def serve(target: int, line: Line, *, port: int = 0) -> asyncio.Server:
    """Listen on a loopback port and forward every connection to the target port over the line."""
    up, down = _Way(line), _Way(line)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(_carry(reader, server_writer, up), _carry(server_reader, writer, down))

    return await asyncio.start_server(connected, "127.0.0.1", port, limit=_WINDOW_BYTES)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: _Way) -> None:
    """Carry bytes one way until the sender ends."""
    loop = asyncio.get_running_loop()
    travelling: deque[tuple[float, bytes]] = deque()
    changed, room = asyncio.Event(), asyncio.Event()
    is_over = False
    size = 0

    async def arrive() -> None:
        nonlocal size
        while travelling or not is_over:
            if not travelling:
                changed.clear()
                await changed.wait()
                continue
            at, data = travelling[0]
            if (left := at - loop.time()) > 0:
                await asyncio.sleep(left)
            travelling.popleft()
            size -= len(data)
            room.set()
            writer.write(data)
            await writer.drain()
        writer.close()

    arriving = asyncio.create_task(arrive())
    with contextlib.suppress(OSError):
        while data := await reader.read(_PIECE):
            travelling.append((way.arrival(len(data), loop.time()), data))
            size += len(data)
            changed.set()
            while size > _WINDOW_BYTES and not arriving.done():
                room.clear()
                await room.wait()
    is_over = True
    changed.set()
    with contextlib.suppress(OSError):
        await arriving


@contextlib.contextmanager
def line_to(target: int, spec: str) -> Iterator[int]:
    """Run a line in a process of its own and yield its port."""
    Line.parse(spec)
    command = [sys.executable, "-m", "benchmarks.line", str(target), spec]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline() if process.stdout else "")
        finally:
            process.terminate()


async def _main(target: int, line: Line) -> None:
    server = await serve(target, line)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main(arguments: Sequence[str]) -> None:
    """Print the port and forward until stopped."""
    asyncio.run(_main(int(arguments[0]), Line.parse(arguments[1])))


if __name__ == "__main__":
    main(sys.argv[1:])
