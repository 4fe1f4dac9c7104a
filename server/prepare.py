"""``python -m server.prepare [--demo]``: everything that must be there before the first call, each step said in a line.

Programs the machine lacks, prompts, the journal's tables, demo people. Safe to repeat; what is there already takes no time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from asterisk_conf.toolbox import Toolbox, default_folder
from hotline.clock import SystemClock
from hotline.errors import ConfigError, HotlineError
from hotline.journal import open_journal
from hotline.vault import Vault
from ivr.voice import build, check, speak, unspoken
from server.lock import HeldByAnother, Lock
from server.opening import demo_people, menus_of, open_core, prompts_of, staffing_of
from server.places import Places, find_places
from server.rooms import open_rooms
from server.voices import synthesiser_of, texts_of


def main() -> int:
    """Prepare; 1 with one sentence when something can't be had."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", action="store_true")
    demo = parser.parse_args().demo
    try:
        prepare(find_places(), demo=demo)
    except HotlineError as error:
        print(f"hotline: {error}", file=sys.stderr)
        return 1
    return 0


def prepare(places: Places, *, demo: bool) -> None:
    """All of it, in order. Raises HotlineError."""
    toolbox = Toolbox(default_folder(places.runtime))
    asterisk = toolbox.program("asterisk")
    _say(f"Asterisk   {asterisk.path}")
    try:
        prompts = prompts_of(places)
    except ConfigError as error:  # a file that was refused while we ran stays refused when the machine starts anew
        _say(f"语音菜单   沿用上次生效的版本:{error}")
        prompts = menus_of(places).current().prompts
    if prompts.missing():
        build(prompts, synthesiser_of(places), _progress)
        print(file=sys.stderr)
    faults = check(prompts)
    if faults:
        raise HotlineError(f"prompts are not in order: {'; '.join(faults[:3])}")
    _say(f"语音提示   {len(prompts.clips)} 段,齐全")
    try:
        with Lock(places.run, "line"):
            asyncio.run(_journal(places))
    except HeldByAnother:  # its supervisor was killed; the next one replaces it, and until then it serves on
        _say("日志       使用中,话务进程仍在服务")
    texts = asyncio.run(_rooms(places))
    if unspoken(prompts, texts):
        _, lacking = speak(prompts, synthesiser_of(places), texts)
        for fault in lacking:
            _say(f"知识库     无法播报 {fault}")
    _say(f"知识库     {len(texts)} 段播报内容")
    if demo:
        (places.runtime / "demo_people.json").write_text(json.dumps(demo_people(places), ensure_ascii=False))
        _say(f"演示数据   {places.settings.core.depositors} 位虚构缴存人")


async def _journal(places: Places) -> None:
    clock = SystemClock()
    async with open_journal(places.journal_url, clock, places.settings.journal) as journal:
        _say(f"日志       {journal.last_seq} 个事件")


async def _rooms(places: Places) -> list[str]:
    """The core, and the tables of the rooms behind the menu, with the demo's content where the core is the demo's; the texts told."""
    vault = Vault(places.secrets)
    core = open_core(places, vault)
    try:
        rooms = open_rooms(places, vault, core, staffing_of(places).calendar)
        try:
            at = SystemClock().now()
            await rooms.fill(at)
            return await texts_of(rooms.knowledge, at.day()) if rooms.knowledge is not None else []
        finally:
            rooms.close()
    finally:
        core.close()


def _progress(done: int, total: int) -> None:
    """A line that counts up for a person, one line at the end for a file."""
    if sys.stderr.isatty() or done == total:
        print(f"\r  语音提示   合成 {done}/{total}", end="", file=sys.stderr, flush=True)


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
