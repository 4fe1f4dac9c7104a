"""A browser for tests: headless Chromium of the toolbox, spoken to over the DevTools protocol; keys and clicks are real input events."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import tempfile
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from asterisk_conf.browser import BROWSER
from asterisk_conf.toolbox import Program, Toolbox, default_folder
from hotline.errors import HotlineError

HOUSE = Path(__file__).parents[2]
OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage", "--no-first-run", "--mute-audio",
    "--autoplay-policy=user-gesture-required", "--force-color-profile=srgb", "--hide-scrollbars", "--remote-debugging-port=0",
)  # fmt: skip
SPECIAL = {"Enter": ("Enter", 13, "\r"), "Escape": ("Escape", 27, ""), "Tab": ("Tab", 9, ""), "Space": (" ", 32, " ")}


def browser_or_skip() -> Program:
    """The browser, fetched into the toolbox if need be; the test is skipped with the reason when it can't be had."""
    try:
        return Toolbox(default_folder(HOUSE / "var")).program(BROWSER)
    except HotlineError as error:
        pytest.skip(f"no browser for this test: {error}")


class PageError(AssertionError):
    """Something in the page went wrong."""


class Page:
    """One page of a browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._next = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.complaints: list[str] = []
        """What the console complained about: errors, exceptions, what the Content-Security-Policy refused."""

    async def listen(self) -> None:
        """Take what the browser says, for as long as it speaks."""
        async for frame in self._socket:
            said = json.loads(frame)
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
            elif said["method"] == "Runtime.exceptionThrown":
                self.complaints.append(said["params"]["exceptionDetails"].get("exception", {}).get("description", "exception"))
            elif said["method"] == "Log.entryAdded" and said["params"]["entry"]["level"] == "error":
                self.complaints.append(said["params"]["entry"]["text"])

    async def tell(self, method: str, **params: Any) -> dict[str, Any]:
        """One command. Raises PageError when the browser refuses it."""
        self._next += 1
        answer = self._answers[self._next] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": self._next, "method": method, "params": params}))
        said = await asyncio.wait_for(answer, 20)
        if "error" in said:
            raise PageError(f"{method}: {said['error']}")
        result: dict[str, Any] = said["result"]
        return result

    async def open(self, address: str, width: int = 1440, height: int = 900, dark: bool = False) -> None:
        """Show an address and wait until it is loaded."""
        for domain in ("Page", "Runtime", "Log"):
            await self.tell(f"{domain}.enable")
        await self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        theme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.tell("Emulation.setEmulatedMedia", features=theme)
        await self.tell("Page.navigate", url=address)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def js(self, expression: str) -> Any:
        """The value of an expression in the page. Raises PageError when it throws."""
        said = await self.tell("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in said:
            raise PageError(said["exceptionDetails"].get("exception", {}).get("description", expression))
        return said["result"].get("value")

    async def until(self, condition: str, seconds: float = 15) -> None:
        """Wait until an expression holds. Raises PageError."""
        try:
            async with asyncio.timeout(seconds):
                while not await self.js(condition):
                    await asyncio.sleep(0.03)
        except TimeoutError:
            raise PageError(f"never came true: {condition}; the page says: {await self.text('body')}") from None

    async def text(self, selector: str) -> str:
        """What an element shows."""
        return str(await self.js(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    async def press(self, key: str) -> None:
        """A key of the keyboard goes down and up."""
        name, code, text = SPECIAL.get(key) or (key, ord(key.upper()) if key.isalnum() else 0, key)
        keys = {"key": name, "windowsVirtualKeyCode": code, "text": text, "unmodifiedText": text}
        await self.tell("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **keys)
        await self.tell("Input.dispatchKeyEvent", type="keyUp", **keys)

    async def click(self, selector: str) -> None:
        """The mouse is pressed and released in an element's middle."""
        where = f"(() => {{ const r = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
        x, y = await self.js(f"{where} return [r.x + r.width / 2, r.y + r.height / 2] }})()")
        for kind in ("mousePressed", "mouseReleased"):
            await self.tell("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def picture(self, file: Path) -> None:
        """A screenshot, as PNG."""
        file.write_bytes(base64.b64decode((await self.tell("Page.captureScreenshot", format="png"))["data"]))


@asynccontextmanager
async def open_page(program: Program, options: Sequence[str] = ()) -> AsyncIterator[Page]:
    """A page of a browser of its own; both are gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        arguments = [*OPTIONS, *options, f"--user-data-dir={profile}", "about:blank"]
        browser = await asyncio.create_subprocess_exec(*program.argv(*arguments), stderr=asyncio.subprocess.DEVNULL, start_new_session=True)
        try:
            port = await _port(Path(profile) / "DevToolsActivePort")
            async with connect(f"ws://127.0.0.1:{port}{await _page_path(port)}", max_size=None, compression=None) as socket:
                page = Page(socket)
                async with asyncio.TaskGroup() as group:
                    listening = group.create_task(page.listen())
                    yield page
                    listening.cancel()
        finally:
            os.killpg(browser.pid, signal.SIGKILL)  # with the processes it started for its pages
            await browser.wait()


async def _port(file: Path) -> int:
    async with asyncio.timeout(30):
        while not file.exists() or not file.read_text().strip():
            await asyncio.sleep(0.02)
    return int(file.read_text().split()[0])


async def _page_path(port: int) -> str:
    def ask() -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as answer:
            return bytes(answer.read())

    pages = json.loads(await asyncio.to_thread(ask))
    address = next(one["webSocketDebuggerUrl"] for one in pages if one["type"] == "page")
    return str(address[address.index("/devtools") :])
