"""Yardstick: the measured call with ari 0.1.3 ("ari-py") and swaggerpy 0.2.1 as they come, one thread, blocking HTTP.

python -m bench.variants.aripy --url http://127.0.0.1:18300 --user bench --password ... --prompt FILE --out tally.json
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import bench.variants.ari_shim  # noqa: F401  (has to come before ari)

import ari  # type: ignore[import-not-found]  # isort: skip

from bench.variants.tally import Tally, say_ready, write_on_terminate


class Dialogs:
    """The callers being served, by channel id."""

    def __init__(self, client: Any, prompt: str, tally: Tally) -> None:
        self.prompt, self.tally = prompt, tally
        self.calls: dict[str, tuple[Any, Any, str, list[str]]] = {}
        client.on_channel_event("StasisStart", self.arrived)
        # on_channel_event would index a dict's values() for these two, which Python 3 refuses
        client.on_event("ChannelDtmfReceived", self.keyed)
        client.on_event("StasisEnd", self.ended)

    def arrived(self, objects: Any, event: dict[str, Any]) -> None:
        """Answer and begin the prompt."""
        channel = objects["channel"] if isinstance(objects, dict) else objects
        self.tally.timed(channel.answer)
        playback = self.tally.timed(channel.play, media=f"sound:{self.prompt}")
        self.calls[channel.id] = (channel, playback, event["channel"]["caller"]["number"], [])

    def keyed(self, event: dict[str, Any]) -> None:
        """The first key stops the prompt, the sixth ends the call."""
        line, playback, caller, keys = self.calls[event["channel"]["id"]]
        self.tally.key(caller, len(keys))
        if not keys:
            self.tally.timed(playback.stop)
        keys.append(event["digit"])
        if len(keys) == 6:
            right = self.tally.verdict("".join(keys))
            self.tally.timed(line.hangup, reason="normal" if right else "congestion")

    def ended(self, event: dict[str, Any]) -> None:
        """Forget the call; a caller who left early is counted as lost."""
        *_, keys = self.calls.pop(event["channel"]["id"], (None, None, "", []))
        self.tally.lost += len(keys) != 6


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    for name in ("url", "user", "password", "prompt", "out"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    tally = Tally()
    write_on_terminate(tally, Path(given.out))
    client = ari.connect(given.url + "/", given.user, given.password)
    Dialogs(client, given.prompt, tally)
    connect = client.swagger.events.eventWebsocket

    def connected(*args: Any, **named: Any) -> Any:
        socket = connect(*args, **named)
        say_ready()
        return socket

    client.swagger.resources["events"].eventWebsocket = connected
    client.run(apps="aripy")


if __name__ == "__main__":
    main()
