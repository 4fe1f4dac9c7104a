"""AMI over one TCP connection: panoramisk writes actions and reads messages, everything else is ours.

panoramisk 1.4 as a whole client has five faults; each has its test in tests/telephony/test_ami.py. Laws here:

* a value with a line break is refused, not sent: it would be an action of its own (*injection*);
* an action is sent once; a cut link fails it, and nothing is sent again on the next connection (*replay*);
* a link without an answered ping for 5 s is dead (*half-open*);
* a handler that raises loses its event, not the connection (*callback*);
* an action that isn't answered in time fails (*no time-out*).
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import structlog
from panoramisk.actions import Action
from panoramisk.message import Message

from hotline.cancellation import apart
from hotline.errors import HotlineError
from hotline.secret import Secret
from telephony.ports import SwitchAway

log = structlog.get_logger("telephony")
END = b"\r\n\r\n"
PING_EVERY_S = 2.0
ANSWER_WITHIN_S = 2.5
BACK_OFF_S = (0.1, 0.2, 0.4, 0.8, 1.6, 2.0)
OnEvent = Callable[[dict[str, str]], None]
LONGEST_MESSAGE = 1 << 20


class UnsafeValue(HotlineError):
    """A line break does not belong in an AMI header:"""


class AmiRefused(HotlineError):
    """AMI refused the login:"""


@dataclass(frozen=True, slots=True)
class AmiAddress:
    """Where the manager interface listens, and as whom we come. ``events`` is the event mask.

    A ping goes out every ``ping_every`` seconds; an action is answered within ``answer_within``, or never.
    """

    host: str
    port: int
    user: str
    password: Secret
    events: str = "system"
    ping_every: float = PING_EVERY_S
    answer_within: float = ANSWER_WITHIN_S


@dataclass(frozen=True, slots=True)
class AmiReply:
    """The answer to one action."""

    ok: bool
    message: str
    fields: dict[str, str]


def write_action(name: str, number: str, fields: dict[str, str]) -> bytes:
    """The bytes of one action. Raises UnsafeValue, naming the header but not its value."""
    for header, value in {"Action": name, **fields}.items():
        if not value.isprintable() or not header.replace("_", "").isalnum():
            raise UnsafeValue(header)
    return str(Action({"Action": name, "ActionID": number, **fields})).encode()


def read_message(text: str) -> dict[str, str]:
    """The headers of one message, names in lower case; empty when it is none."""
    message: Any = Message.from_line(text)
    if message is None:
        return {}
    return {str(name).lower(): value if isinstance(value, str) else str(value[-1]) for name, value in message.items()}


class AmiLink:
    """See the module. ``run`` until cancelled; ``action`` meanwhile."""

    def __init__(
        self, address: AmiAddress, on_event: Callable[[dict[str, str]], None], on_connected: Callable[[], None] | None = None
    ) -> None:
        self._address = address
        self._on_event = on_event
        self._on_connected = on_connected
        self._numbers = count(1)
        self._waiting: dict[str, asyncio.Future[AmiReply]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._tries = 0
        self.connected = False
        self.counts: Counter[str] = Counter()
        """``handler failed``, ``half-open``, ``connected``, ``malformed``: how often."""

    async def action(self, name: str, /, **fields: str) -> AmiReply:
        """Do one action and wait for its response. Raises SwitchAway (no link, no answer in time) and UnsafeValue."""
        if not self.connected:
            raise SwitchAway("no AMI link")
        return await self._exchange(name, fields)

    async def _exchange(self, name: str, fields: dict[str, str]) -> AmiReply:
        number = str(next(self._numbers))
        data = write_action(name, number, fields)
        if self._writer is None:
            raise SwitchAway("no AMI link")
        answer: asyncio.Future[AmiReply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._writer.write(data)
            async with asyncio.timeout(self._address.answer_within):
                return await answer
        except TimeoutError:
            raise SwitchAway("AMI did not answer in time") from None
        finally:
            self._waiting.pop(number, None)

    async def run(self) -> None:
        """Keep the link up until cancelled."""
        while True:
            why = "closed"
            try:
                await apart(self._connection())
            except* (OSError, SwitchAway, AmiRefused, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as group:
                why = str(_first(group)) or type(_first(group)).__name__
            log.warning("AMI link down", why=why, tries=self._tries)
            delay = BACK_OFF_S[min(self._tries, len(BACK_OFF_S) - 1)]
            self._tries += 1
            await asyncio.sleep(delay * random.uniform(0.75, 1.25))

    async def _connection(self) -> None:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(self._address.host, self._address.port, limit=LONGEST_MESSAGE)
        self._writer = writer
        try:
            async with asyncio.timeout(5):
                await reader.readuntil(b"\r\n")  # "Asterisk Call Manager/11.0.0"
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen(reader))
                group.create_task(self._login_and_beat())
        finally:
            self._drop(writer)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while True:
            text = (await reader.readuntil(END)).decode(errors="replace").strip()
            message = read_message(text)
            if not message:
                self.counts["malformed"] += 1
            elif "response" in message:
                self._answered(message)
            else:
                self._happened(message)

    def _answered(self, message: dict[str, str]) -> None:
        answer = self._waiting.get(message.get("actionid", ""))
        if answer is not None and not answer.done():
            answer.set_result(AmiReply(message["response"] in ("Success", "Follows", "Goodbye"), message.get("message", ""), message))

    def _happened(self, message: dict[str, str]) -> None:
        try:
            self._on_event(message)
        except Exception as error:  # noqa: BLE001 - one handler's fault must not cut the link
            self.counts["handler failed"] += 1
            log.error("handler of an AMI event failed", event_name=message.get("event", ""), error=type(error).__name__)

    async def _login_and_beat(self) -> None:
        address = self._address
        login = {"Username": address.user, "Secret": address.password.reveal(), "Events": address.events}
        reply = await self._exchange("Login", login)
        if not reply.ok:
            raise AmiRefused(reply.message)
        self.connected = True
        self.counts["connected"] += 1
        self._tries = 0
        if self._on_connected is not None:
            self._on_connected()
        while True:
            await asyncio.sleep(address.ping_every)
            try:
                await self._exchange("Ping", {})
            except SwitchAway:
                self.counts["half-open"] += 1
                raise

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self.connected, self._writer = False, None
        writer.transport.abort()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(SwitchAway("AMI link cut"))


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
