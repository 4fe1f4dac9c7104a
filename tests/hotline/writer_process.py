"""A process that writes a journal for ever and says what it was told is durable; its test kills it with signal 9.

Run with the journal's URL. Each line it prints is the number of the last event of a batch that was reported durable.
"""

from __future__ import annotations

import asyncio
import random
import sys

from hotline.clock import SystemClock
from hotline.journal import open_journal
from tests.hotline.samples import entered


async def main(url: str) -> None:
    """Append batches of 1 to 20 events, three of them in flight at a time."""
    dice = random.Random(1)
    number = 0
    async with open_journal(url, SystemClock()) as journal:
        while True:
            promises = []
            for _ in range(3):
                size = dice.randint(1, 20)
                promises.append((number + size, journal.append(*(entered(each) for each in range(number + 1, number + size + 1)))))
                number += size
            for last, promise in promises:
                assert (await promise).durable
                print(last, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
