"""SMGP 3.0's manners (SMGP 3.0.3): login by digest, ids of ten BCD bytes, reports as text whose fields stand at fixed places.

The id inside a report is ten raw bytes behind ``id:``; the words around them differ between implementations ("Submit date", "submit date").
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime

from sms_bridge.link.cmpp import FATES
from sms_bridge.link.manners import plain_number, validity
from sms_bridge.link.model import Account, Alive, Asked, Fate, Heard, Leaving, LoginAnswer, Order, Report, SubmitAnswer, Text, Verdict
from sms_bridge.protocols.dialect import Dialect, Pdu
from sms_bridge.protocols.fields import Malformed
from sms_bridge.protocols.texts import take_header

VERSION = 0x30
BOTH_WAYS = 2
TP_UDHI, LINK_ID, PK_TOTAL, PK_NUMBER, MSG_SRC = 2, 3, 9, 10, 16
_REFUSED_LOGIN = {
    1: "the gateway is busy",
    2: "too many links of this account",
    20: "the gateway does not know this account, or not from this address",
    21: "wrong password (the gateway refuses our digest)",
    22: "wrong version",
    76: "the account has run out",
}
_VERDICTS = {0: Verdict.TAKEN, 1: Verdict.SLOWER, 12: Verdict.REPEATED, 75: Verdict.SLOWER}
"""74 (SP禁止下发时段) is a refusal: our own hours should have kept it back."""
_ELSEWHERE = {39, 47, 58}
_STAT = re.compile(rb"stat:\s*(?P<stat>[A-Za-z0-9:]{1,7})", re.IGNORECASE)


class SmgpManners:
    """SMGP 3.0 as an SP speaks it, both ways on one link."""

    def __init__(self, dialect: Dialect, account: Account) -> None:
        self.dialect = dialect
        self.account = account
        self._digest = b""

    def login(self, sequence: int, now: datetime) -> Pdu:
        """LOGIN: MD5 over the account, seven zero bytes, the secret and ten digits of time."""
        stamp = now.strftime("%m%d%H%M%S").encode()
        name, secret = self.account.name.encode(), self.account.secret.reveal().encode()
        self._digest = _md5(name + bytes(7) + secret + stamp)
        fields = {
            "ClientID": name, "AuthenticatorClient": self._digest, "LoginMode": BOTH_WAYS, "TimeStamp": int(stamp),
            "ClientVersion": VERSION,
        }  # fmt: skip
        return Pdu("LOGIN", sequence, fields)

    def submit(self, sequence: int, order: Order) -> Pdu:
        """SUBMIT to one number; what joins parts stands in optional fields too."""
        extra = [(MSG_SRC, self.account.name.encode())]
        if order.joined:
            extra += [(TP_UDHI, b"\x01"), (PK_TOTAL, bytes((order.parts,))), (PK_NUMBER, bytes((order.ticket.part,)))]
        if order.link_id:
            extra.append((LINK_ID, order.link_id.ljust(20, b"\0")))
        fields = {
            "MsgType": 6, "NeedReport": 1, "Priority": 1, "ServiceID": self.account.service.encode(), "FeeType": b"00", "FeeCode": b"0",
            "FixedFee": b"0", "MsgFormat": order.coding, "ValidTime": validity(order.valid_until), "AtTime": b"",
            "SrcTermID": self.account.source.encode(), "ChargeTermID": b"", "DestTermID": [order.number.encode()],
            "MsgContent": order.content, "Reserve": b"", "Tlvs": extra,
        }  # fmt: skip
        return Pdu("SUBMIT", sequence, fields)

    def beat(self, sequence: int) -> Pdu | None:
        """ACTIVE_TEST."""
        return Pdu("ACTIVE_TEST", sequence)

    def leave(self, sequence: int) -> Pdu:
        """EXIT."""
        return Pdu("EXIT", sequence)

    def hear(self, pdu: Pdu) -> Heard:
        """What a PDU of the gateway means."""
        match pdu.name:
            case "SUBMIT_RESP":
                code = pdu["Status"]
                verdict = Verdict.ELSEWHERE if code in _ELSEWHERE else _VERDICTS.get(code, Verdict.REFUSED)
                return SubmitAnswer(pdu.sequence, verdict, str(code), pdu["MsgID"].hex())
            case "DELIVER":
                return self._report(pdu) if pdu["IsReport"] == 1 else self._text(pdu)
            case "ACTIVE_TEST":
                return Asked(Pdu("ACTIVE_TEST_RESP", pdu.sequence))
            case "LOGIN_RESP":
                return self._login_answer(pdu)
            case "EXIT":
                return Leaving(Pdu("EXIT_RESP", pdu.sequence))
            case "EXIT_RESP":
                return Leaving(None)
            case "ACTIVE_TEST_RESP" | "QUERY_RESP":
                return Alive()
            case _:
                raise Malformed(f"{pdu.name} is nothing a gateway says")

    def _login_answer(self, pdu: Pdu) -> LoginAnswer:
        status = pdu["Status"]
        if status:
            return LoginAnswer(f"{_REFUSED_LOGIN.get(status, 'the gateway refuses our login')}; status {status}")
        proof = _md5(status.to_bytes(4, "big") + self._digest + self.account.secret.reveal().encode())
        if self.account.mutual and not hmac.compare_digest(proof, pdu["AuthenticatorServer"]):
            return LoginAnswer("the gateway let us in but can't prove that it knows the secret (mutual = false believes it)")
        return LoginAnswer()

    def _report(self, pdu: Pdu) -> Report:
        content = pdu["MsgContent"]
        found = _STAT.search(content, 13)
        if not content[:3].lower() == b"id:" or len(content) < 13 or found is None:
            raise Malformed("DELIVER: a report begins with id: and ten bytes and has a stat:")
        id, stat, number = content[3:13].hex(), found["stat"].decode("latin-1"), plain_number(pdu["SrcTermID"])
        return Report(id, stat, FATES.get(stat.upper(), Fate.FAILED), f"{id} {number[-4:]} {stat}", number, _receipt(pdu))

    def _text(self, pdu: Pdu) -> Text:
        extra = dict(pdu["Tlvs"])
        joined = extra.get(TP_UDHI, b"\0") == b"\x01"
        joint, content = take_header(pdu["MsgContent"]) if joined else (None, pdu["MsgContent"])
        to, number = pdu["DestTermID"].decode("latin-1"), plain_number(pdu["SrcTermID"])
        link_id = extra.get(LINK_ID, b"").rstrip(b"\0")[:20]
        return Text(pdu["MsgID"].hex(), number, to, content, pdu["MsgFormat"], joint, link_id, _receipt(pdu))


def _receipt(pdu: Pdu) -> Pdu:
    return Pdu("DELIVER_RESP", pdu.sequence, {"MsgID": pdu["MsgID"], "Status": 0})


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
