"""CMPP's manners (QB-GF-028-2003): login by digest, Msg_Id, reports inside DELIVER, LinkID of an answer.

The digest is MD5 over the account (6 bytes), nine zero bytes, the secret and ten digits of time, the leading zero of the months
January to September included [8.4.1.1]; the gateway's covers its status too.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from sms_bridge.link.manners import plain_number, validity
from sms_bridge.link.model import (
    Account,
    Alive,
    Asked,
    Fate,
    Heard,
    Leaving,
    LoginAnswer,
    Order,
    Report,
    SubmitAnswer,
    Text,
    Verdict,
)
from sms_bridge.protocols.cmpp import CMPP20, CMPP30, REPORTS
from sms_bridge.protocols.dialect import Dialect, Pdu
from sms_bridge.protocols.fields import Malformed
from sms_bridge.protocols.texts import take_header

VERSIONS = {"cmpp20": 0x20, "cmpp30": 0x30}
_REFUSED_LOGIN = {
    1: "the gateway found our login malformed",
    2: "the gateway does not know this account, or not from this address",
    3: "wrong password (the gateway refuses our digest; its clock and the secret must agree with ours)",
    4: "wrong version: the gateway speaks an older one",
}
_VERDICTS = {0: Verdict.TAKEN, 3: Verdict.REPEATED, 8: Verdict.SLOWER, 9: Verdict.ELSEWHERE}
FATES = {
    "DELIVRD": Fate.DELIVERED,
    "EXPIRED": Fate.EXPIRED,
    "ACCEPTD": Fate.ON_ITS_WAY,
    "ENROUTE": Fate.ON_ITS_WAY,
}
"""Every other word is a failure: the vocabulary is open (MA:xxxx, and real gateways send AF:4) and is kept as it came."""


class CmppManners:
    """CMPP 2.0 or 3.0 as an SP speaks it."""

    def __init__(self, dialect: Dialect, account: Account) -> None:
        self.dialect = dialect
        self.account = account
        self._v3 = dialect.name == "cmpp30"
        self._digest = b""
        source = account.source.encode()
        self._always = {
            "Msg_Id": 0, "Registered_Delivery": 1, "Msg_level": 1, "Service_Id": account.service.encode(), "Fee_UserType": 2,
            "Fee_terminal_Id": b"", "Fee_terminal_type": 0, "TP_pId": 0, "Msg_src": account.name.encode(), "FeeType": b"01",
            "FeeCode": b"000000", "At_Time": b"", "Src_Id": source, "Dest_terminal_type": 0, "Reserve": b"",
        }  # fmt: skip

    def login(self, sequence: int, now: datetime) -> Pdu:
        """CONNECT."""
        stamp = now.strftime("%m%d%H%M%S").encode()
        name, secret = self.account.name.encode(), self.account.secret.reveal().encode()
        self._digest = digest_of_account(name, secret, stamp)
        version = VERSIONS[self.dialect.name]
        fields = {"Source_Addr": name, "AuthenticatorSource": self._digest, "Version": version, "Timestamp": int(stamp)}
        return Pdu("CONNECT", sequence, fields)

    def submit(self, sequence: int, order: Order) -> Pdu:
        """SUBMIT to one number: a Msg_Id of its own, and one bad number can't refuse others (附录1)."""
        fields = {
            **self._always, "Pk_total": order.parts, "Pk_number": order.ticket.part, "TP_udhi": int(order.joined),
            "Msg_Fmt": order.coding, "ValId_Time": validity(order.valid_until), "Dest_terminal_Id": [order.number.encode()],
            "Msg_Content": order.content, "LinkID": order.link_id,
        }  # fmt: skip
        return Pdu("SUBMIT", sequence, fields)

    def beat(self, sequence: int) -> Pdu | None:
        """ACTIVE_TEST."""
        return Pdu("ACTIVE_TEST", sequence)

    def leave(self, sequence: int) -> Pdu:
        """TERMINATE."""
        return Pdu("TERMINATE", sequence)

    def hear(self, pdu: Pdu) -> Heard:
        """What a PDU of the gateway means."""
        match pdu.name:
            case "SUBMIT_RESP":
                code = pdu["Result"]
                return SubmitAnswer(pdu.sequence, _VERDICTS.get(code, Verdict.REFUSED), str(code), f"{pdu['Msg_Id']:016x}")
            case "DELIVER":
                return self._report(pdu) if pdu["Registered_Delivery"] == 1 else self._text(pdu)
            case "ACTIVE_TEST":
                return Asked(Pdu("ACTIVE_TEST_RESP", pdu.sequence, {"Reserved": 0}))
            case "CONNECT_RESP":
                return self._login_answer(pdu)
            case "TERMINATE":
                return Leaving(Pdu("TERMINATE_RESP", pdu.sequence))
            case "TERMINATE_RESP":
                return Leaving(None)
            case "ACTIVE_TEST_RESP" | "QUERY_RESP" | "CANCEL_RESP":
                return Alive()
            case _:
                raise Malformed(f"{pdu.name} is nothing a gateway says")

    def _login_answer(self, pdu: Pdu) -> LoginAnswer:
        status = pdu["Status"]
        if status:
            words = _REFUSED_LOGIN.get(status, "the gateway refuses our login (too many links are one reason)")
            return LoginAnswer(f"{words}; status {status}, its version {pdu['Version']:#04x}")
        if self.account.mutual and not self._proves_itself(pdu["AuthenticatorISMG"]):
            return LoginAnswer("the gateway let us in but can't prove that it knows the secret (mutual = false believes it)")
        return LoginAnswer()

    def _proves_itself(self, proof: bytes) -> bool:
        """Whether the digest is of status 0: one byte wide as 2.0 has it, or four as gateways of 2.0 in the field send it too."""
        rest = self._digest + self.account.secret.reveal().encode()
        return any(hmac.compare_digest(_md5(bytes(width) + rest), proof) for width in ((4,) if self._v3 else (1, 4)))

    def _report(self, pdu: Pdu) -> Report:
        content = pdu["Msg_Content"]
        codec = REPORTS.get(len(content))
        if codec is None:
            raise Malformed(f"DELIVER: a report has 60 or 71 bytes, not {len(content)}")
        report = codec.decode(content)
        stat = report["Stat"].rstrip(b" \0").decode("latin-1")
        id, number = f"{report['Msg_Id']:016x}", plain_number(report["Dest_terminal_Id"])
        return Report(id, stat, FATES.get(stat, Fate.FAILED), f"{id} {number[-4:]} {stat}", number, _receipt(pdu))

    def _text(self, pdu: Pdu) -> Text:
        joint, content = take_header(pdu["Msg_Content"]) if pdu["TP_udhi"] == 1 else (None, pdu["Msg_Content"])
        link_id = pdu["LinkID"] if self._v3 else b""
        to, number = pdu["Dest_Id"].decode("latin-1"), plain_number(pdu["Src_terminal_Id"])
        return Text(f"{pdu['Msg_Id']:016x}", number, to, content, pdu["Msg_Fmt"], joint, link_id, _receipt(pdu))


def old_version_answer(frame: bytes) -> str:
    """Why a CONNECT_RESP can't be read: it has the other version's width. Empty when that isn't it."""
    for dialect in (CMPP20, CMPP30):
        try:
            if dialect.read(frame).name == "CONNECT_RESP":
                return f"wrong version: the gateway answers in {dialect.title}"
        except Malformed:
            continue
    return ""


def digest_of_account(name: bytes, secret: bytes, stamp: bytes) -> bytes:
    """AuthenticatorSource. ``stamp``: ten digits MMDDHHMMSS."""
    return _md5(name.ljust(6, b"\0") + bytes(9) + secret + stamp)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _receipt(pdu: Pdu) -> Pdu:
    return Pdu("DELIVER_RESP", pdu.sequence, {"Msg_Id": pdu["Msg_Id"], "Result": 0})
