"""The smallest SIP caller that a test of the configuration needs: one call over UDP, no media."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass, field
from types import TracebackType


@dataclass
class Ear(asyncio.DatagramProtocol):
    """Counts what is heard."""

    probe: Probe

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.probe.heard += 1


@dataclass
class Probe(asyncio.DatagramProtocol):
    """One caller at ``source`` who dials ``number`` at the exchange's ``port``; ``account`` and ``password`` when he has them."""

    port: int
    source: str = "127.0.0.2"
    number: str = "12329"
    account: str = "13900001111"
    password: str = ""
    ani: str = ""
    """What he says his number is (From); his account when empty."""
    replies: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    cseq: int = 0
    to: str = ""
    call: str = ""
    heard: int = 0
    """RTP packets that came."""

    async def __aenter__(self) -> Probe:
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self.source, 0))
        self.local = self.transport.get_extra_info("sockname")[1]
        self.call = f"{id(self)}-{self.local}"
        self.media, _ = await loop.create_datagram_endpoint(lambda: Ear(self), local_addr=(self.source, 0))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.transport.close()
        self.media.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode()
        if text.startswith("SIP/2.0"):
            self.replies.put_nowait(text)
        else:  # BYE and the like of the exchange: agree
            heads = [line for line in text.split("\r\n") if re.match(r"(Via|From|To|Call-ID|CSeq):", line, re.IGNORECASE)]
            self.transport.sendto("\r\n".join(["SIP/2.0 200 OK", *heads, "Content-Length: 0", "", ""]).encode(), addr)

    def send(self, method: str, *heads: str, body: str = "", cseq: int | None = None) -> None:
        """Send one request to the exchange."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        transaction = "INVITE" if method in ("ACK", "CANCEL") else method
        lines = [
            f"{method} sip:{self.number}@127.0.0.1:{self.port} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.source}:{self.local};branch=z9hG4bK{self.call}{cseq}{transaction};rport",
            f"From: <sip:{self.ani or self.account}@{self.source}>;tag=probe",
            self.to or f"To: <sip:{self.number}@127.0.0.1>",
            f"Call-ID: {self.call}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:{self.account}@{self.source}:{self.local}>",
            "Max-Forwards: 70",
            *heads,
            f"Content-Length: {len(body)}",
        ]
        self.transport.sendto("\r\n".join([*lines, "", body]).encode(), ("127.0.0.1", self.port))

    async def final(self, seconds: float = 8.0) -> tuple[int, str]:
        """Status and text of the next final reply."""
        while True:
            text = await asyncio.wait_for(self.replies.get(), seconds)
            status = int(text.split(" ", 2)[1])
            if status >= 200 and not re.search(r"^CSeq: \d+ CANCEL", text, re.MULTILINE):
                return status, text

    async def dial(self) -> int:
        """Call ``number``; the final status after a challenge was answered and everything was acknowledged."""
        audio = self.media.get_extra_info("sockname")[1]
        address = f"IN IP4 {self.source}"
        body = f"v=0\r\no=- 1 1 {address}\r\ns=-\r\nc={address}\r\nt=0 0\r\nm=audio {audio} RTP/AVP 8\r\n"
        kind = "Content-Type: application/sdp"
        self.send("INVITE", kind, body=body)
        status, text = await self.final()
        self._acknowledge(text)
        if status == 401 and self.password:
            self.to = ""
            self.send("INVITE", kind, self._proof(text, "INVITE"), body=body)
            status, text = await self.final()
            self._acknowledge(text)
        return status

    async def ring(self, seconds: float) -> None:
        """Call ``number``, prove the account when asked, and give up after ``seconds`` without an answer."""
        dialling = asyncio.create_task(self.dial())
        await asyncio.wait([dialling], timeout=seconds)
        assert not dialling.done(), "it was answered or refused"
        self.send("CANCEL", cseq=self.cseq)
        await dialling

    async def register(self) -> int:
        """Register the account; the final status."""
        self.number = self.account
        self.send("REGISTER", "Expires: 300")
        status, text = await self.final()
        if status == 401 and self.password:
            self.send("REGISTER", "Expires: 300", self._proof(text, "REGISTER"))
            status, text = await self.final()
        return status

    async def hang_up(self) -> int:
        """BYE; its final status."""
        self.send("BYE")
        return (await self.final())[0]

    def _acknowledge(self, text: str) -> None:
        self.to = next(line for line in text.split("\r\n") if line.lower().startswith("to:"))
        self.send("ACK", cseq=self.cseq)

    def _proof(self, text: str, method: str) -> str:
        challenge = dict(
            re.findall(r'(\w+)="?([^",]+)"?', next(line for line in text.split("\r\n") if line.startswith("WWW-Authenticate")))
        )
        uri = f"sip:{self.number}@127.0.0.1:{self.port}"

        def md5(value: str) -> str:
            return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()

        secret = md5(f"{self.account}:{challenge['realm']}:{self.password}")
        answer = md5(f"{secret}:{challenge['nonce']}:00000001:probe:auth:{md5(f'{method}:{uri}')}")
        return (
            f'Authorization: Digest username="{self.account}",realm="{challenge["realm"]}",nonce="{challenge["nonce"]}",uri="{uri}",'
            f'response="{answer}",algorithm=MD5,qop=auth,nc=00000001,cnonce="probe",opaque="{challenge.get("opaque", "")}"'
        )
