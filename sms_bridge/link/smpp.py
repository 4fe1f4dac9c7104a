"""SMPP 3.4's manners: bind_transceiver, ids that are texts, reports as text (appendix B) or as optional fields.

Ids differ in case, leading zeros and number base between answer and report in the field, so both are compared in one form.
"""

from __future__ import annotations

import re
from datetime import datetime

from sms_bridge.link.cmpp import FATES
from sms_bridge.link.manners import plain_number, validity
from sms_bridge.link.model import Account, Alive, Asked, Fate, Heard, Leaving, LoginAnswer, Order, Report, SubmitAnswer, Text, Verdict
from sms_bridge.protocols.dialect import Dialect, Pdu
from sms_bridge.protocols.fields import Malformed
from sms_bridge.protocols.texts import take_header

RECEIPTED_ID, MESSAGE_STATE, PAYLOAD = 0x001E, 0x0427, 0x0424
_STATES = {1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD"}
_REFUSED_LOGIN = {
    0x0D: "the gateway refuses our login",
    0x0E: "wrong password",
    0x0F: "the gateway does not know this account",
    0x05: "the gateway says that we are logged in already",
}
_SLOWER = {0x08, 0x14, 0x58}
_TEXT = re.compile(rb"id:\s*(?P<id>\S+).*?stat:\s*(?P<stat>[A-Za-z]+)", re.DOTALL | re.IGNORECASE)


class SmppManners:
    """SMPP 3.4 as an ESME speaks it, sending and receiving on one link."""

    def __init__(self, dialect: Dialect, account: Account) -> None:
        self.dialect = dialect
        self.account = account

    def login(self, sequence: int, now: datetime) -> Pdu:
        """bind_transceiver."""
        fields = {
            "system_id": self.account.name.encode(), "password": self.account.secret.reveal().encode(), "system_type": b"",
            "interface_version": 0x34, "addr_ton": 0, "addr_npi": 0, "address_range": b"",
        }  # fmt: skip
        return Pdu("bind_transceiver", sequence, fields)

    def submit(self, sequence: int, order: Order) -> Pdu:
        """submit_sm; a receipt is wanted whatever comes of it."""
        fields = {
            "service_type": b"", "source_addr_ton": 0, "source_addr_npi": 1, "source_addr": self.account.source.encode(),
            "dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": b"86" + order.number.encode(),
            "esm_class": 0x40 if order.joined else 0, "protocol_id": 0, "priority_flag": 0, "schedule_delivery_time": b"",
            "validity_period": validity(order.valid_until), "registered_delivery": 1, "replace_if_present_flag": 0,
            "data_coding": order.coding, "sm_default_msg_id": 0, "short_message": order.content, "Tlvs": [],
        }  # fmt: skip
        return Pdu("submit_sm", sequence, fields)

    def beat(self, sequence: int) -> Pdu | None:
        """enquire_link."""
        return Pdu("enquire_link", sequence)

    def leave(self, sequence: int) -> Pdu:
        """unbind."""
        return Pdu("unbind", sequence)

    def hear(self, pdu: Pdu) -> Heard:
        """What a PDU of the gateway means."""
        match pdu.name:
            case "submit_sm_resp":
                return self._submit_answer(pdu)
            case "generic_nack":
                return SubmitAnswer(pdu.sequence, Verdict.REFUSED, f"{pdu.status:#x}")
            case "deliver_sm":
                return self._delivered(pdu)
            case "enquire_link":
                return Asked(Pdu("enquire_link_resp", pdu.sequence))
            case "bind_transceiver_resp":
                return LoginAnswer(_login_words(pdu.status))
            case "unbind":
                return Leaving(Pdu("unbind_resp", pdu.sequence))
            case "unbind_resp":
                return Leaving(None)
            case "enquire_link_resp" | "query_sm_resp":
                return Alive()
            case _:
                raise Malformed(f"{pdu.name} is nothing a gateway says to us")

    def _submit_answer(self, pdu: Pdu) -> SubmitAnswer:
        if pdu.status:
            verdict = Verdict.SLOWER if pdu.status in _SLOWER else Verdict.REFUSED
            return SubmitAnswer(pdu.sequence, verdict, f"{pdu.status:#x}")
        if not pdu.fields:
            raise Malformed("submit_sm_resp: taken, but without a message id")
        return SubmitAnswer(pdu.sequence, Verdict.TAKEN, "0", self._one_form(pdu["message_id"], answered=True))

    def _delivered(self, pdu: Pdu) -> Report | Text:
        extra = dict(pdu["Tlvs"])
        content = pdu["short_message"] or extra.get(PAYLOAD, b"")
        receipt = Pdu("deliver_sm_resp", pdu.sequence, {"message_id": b"", "Tlvs": []})
        number = plain_number(pdu["source_addr"])
        if pdu["esm_class"] & 0x3C == 0x04:
            return self._report(content, extra, number, receipt)
        joint, text = take_header(content) if pdu["esm_class"] & 0x40 else (None, content)
        to = pdu["destination_addr"].decode("latin-1")
        return Text("", number, to, text, pdu["data_coding"], joint, b"", receipt)

    def _report(self, content: bytes, extra: dict[int, bytes], number: str, receipt: Pdu) -> Report:
        found = _TEXT.search(content)
        id = extra.get(RECEIPTED_ID, b"").rstrip(b"\0") or (found["id"] if found else b"")
        state = extra.get(MESSAGE_STATE)
        stat = _STATES.get(state[0], f"STATE{state[0]}") if state else found["stat"].decode() if found else ""
        if not id or not stat:
            raise Malformed("deliver_sm: a receipt without id or state")
        name = self._one_form(id, answered=False)
        return Report(name, stat, FATES.get(stat.upper(), Fate.FAILED), f"{name} {number[-4:]} {stat}", number, receipt)

    def _one_form(self, id: bytes, *, answered: bool) -> str:
        text = id.decode("latin-1").strip().lower()
        if self.account.hex_ids:
            try:
                return str(int(text, 16 if answered else 10))
            except ValueError:
                return text
        return text.lstrip("0") or "0"


def _login_words(status: int) -> str:
    if not status:
        return ""
    return f"{_REFUSED_LOGIN.get(status, 'the gateway refuses our login')}; status {status:#x}"
