"""``hotline run``: prepare, start the supervisor, say where to dial, show one line per call step.

The supervisor process stays small: whatever needs a heavy library (prompts, demo people, the journal's migrations) is done by
``python -m server.prepare`` before.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from asterisk_conf.accounts import sip_password
from asterisk_conf.exchange import Exchange
from asterisk_conf.toolbox import Toolbox, default_folder
from hotline.errors import HotlineError
from hotline.settings import Settings
from hotline.vault import Vault
from server.control import listen
from server.lock import Lock
from server.places import HOUSE, Places, find_places
from server.supervisor import Supervisor, Worker

BEGIN_AGAIN = 1.0
"""Seconds between two tries to hear the line worker's steps."""


class AsteriskLife:
    """What the supervisor needs of Asterisk, in its own blocking words."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def ensure_running(self) -> str:
        """Start Asterisk, or adopt the one that runs from this runtime folder."""
        if self._exchange.adopt():
            return f"  Asterisk: 已在运行,接管 (pid {self._exchange.pid()})"
        self._exchange.start()
        asyncio.run(self._exchange.wait_until_booted())
        return f"  Asterisk: 已启动 (pid {self._exchange.pid()})"

    def alive(self) -> bool:
        """Whether its process lives."""
        return self._exchange.alive()

    def stop(self) -> None:
        """End it."""
        asyncio.run(self._exchange.stop(1.0))


def run_house(places: Places, *, demo: bool, quiet: bool, robots: bool, sms: bool = False) -> int:
    """Run until told to stop; the exit code. Raises HeldByAnother when it runs already, HotlineError when it can't be prepared."""
    with Lock(places.run, "supervisor"):
        pass  # who comes second hears so at once, not after the preparations
    environment = demo_environment(places) if demo else own_environment(places)
    os.environ.update(environment)
    places = find_places(places.config)
    prepared = subprocess.run([sys.executable, "-m", "server.prepare", *(["--demo"] if demo else [])], cwd=HOUSE, check=False)
    if prepared.returncode != 0:
        raise HotlineError("The house could not be prepared; the reason stands above.")
    settings = places.settings
    exchange = Exchange(settings, Vault(places.secrets), Toolbox(default_folder(places.runtime)), places.runtime)
    workers = [worker(places, "line", environment), worker(places, "web", environment)]
    if sms:
        workers.append(worker(places, "sms", {**environment, "HOTLINE_SMS_DEMO": "1" if demo else "0"}))
    if robots:
        workers.append(worker(places, "robots", environment))
    supervisor = Supervisor(places.run, AsteriskLife(exchange), workers, lambda: _rescue(environment))
    print(banner(places, demo), flush=True)
    if not quiet:
        threading.Thread(target=_show_steps, args=(places.control,), daemon=True).start()
    return supervisor.run()


def own_environment(places: Places) -> dict[str, str]:
    """What every process of the house is told."""
    return {"HOTLINE_CONFIG": str(places.config)} if places.config else {}


def demo_environment(places: Places) -> dict[str, str]:
    """The same for the demo: people answer at any hour."""
    return {**own_environment(places), "HOTLINE_CENTRE__ALWAYS_STAFFED": "true"}


def worker(places: Places, kind: str, environment: Mapping[str, str]) -> Worker:
    """One worker process of the house."""
    places.logs.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "server.worker", kind]
    house = {**environment, "PYTHONPATH": str(HOUSE)}
    return Worker(kind, argv, house, log_file=places.logs / f"{kind}.log")


def _rescue(environment: Mapping[str, str]) -> None:
    subprocess.Popen([sys.executable, "-m", "server.rescue"], cwd=HOUSE, env={**os.environ, **environment}, start_new_session=True)


def banner(places: Places, demo: bool) -> str:
    """Where to dial, with which accounts."""
    settings, vault = places.settings, Vault(places.secrets)
    at = f"{settings.asterisk.bind}:{settings.asterisk.sip_port}"
    lines = [
        "",
        f"  {settings.centre.number} 住房公积金热线   {settings.centre.name}   数据: {places.runtime}",
        "",
        f"  拨打     sip:{settings.centre.number}@{at}   账号 hl-caller   密码 {sip_password(vault, 'hl-caller').reveal()}",
        *_seat_phones(settings.seats.count, vault, at),
        f"  预演     {web_address(settings)}/rehearsal   在浏览器里走一遍语音菜单,不拨电话",
        "  签入     在话机上拨 *818003 再拨 *82,或在终端: hotline seat 3 sign-in 8003; hotline seat 3 available",
        "  现场     hotline seats    hotline calls    日报 hotline kpi report day " + _today(),
    ]
    if demo:
        lines.insert(4, f"  登录     {_demo_people(places)}")
        lines.append("  演示数据均为虚构;演示时任何时间都有人工服务")
    return "\n".join([*lines, ""])


def web_address(settings: Settings) -> str:
    """Where a browser on this machine finds the pages."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.web.host, settings.web.host)
    return f"http://{host}:{settings.web.port}"


def _seat_phones(count: int, vault: Vault, at: str) -> list[str]:
    """The seats' telephone accounts, two a line; of a big centre the first eight."""
    shown = [f"hl-{number} 密码 {sip_password(vault, f'hl-{number}').reveal()}" for number in range(1, min(count, 8) + 1)]
    rows = ["   ".join(shown[at : at + 2]) for at in range(0, len(shown), 2)]
    return [f"  座席话机 {rows[0]}   (@{at})", *(f"           {row}" for row in rows[1:])]


def _today() -> str:
    from hotline.clock import SystemClock

    return SystemClock().now().day().isoformat()


def _demo_people(places: Places) -> str:
    file = places.runtime / "demo_people.json"
    people = json.loads(file.read_text()) if file.exists() else []
    return "   ".join(f"账号 {person['account']} 密码 {person['pin']}" for person in people[:2])


def _show_steps(control: Path) -> None:
    """One line per call step for as long as the terminal is there; waits for the worker whenever it is away."""
    pause = threading.Event()
    while True:
        with suppress(HotlineError, OSError, ValueError):
            for item in listen(control):
                print(f"  {item['line']}", flush=True)
        pause.wait(BEGIN_AGAIN)
