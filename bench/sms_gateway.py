"""The simulator as the bench's other process: prints its CMPP port, then obeys lines."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

from bench.sms_house import NAME, SECRET
from sms_bridge.gateways.simulator.server import obey, simulator


async def main(log: Path) -> None:
    """Until the input ends."""
    async with simulator({NAME: SECRET}, log=log) as running:
        sys.stdout.write(f"{running.cmpp_port}\n")
        sys.stdout.flush()
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            obey(running.station, line.decode())


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1])))
