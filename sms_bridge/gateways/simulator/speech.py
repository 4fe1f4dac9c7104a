"""The gateway's side of CMPP and SMPP: what it reads of its clients and how it answers, as strict about logins as the carriers are."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hotline.secret import Secret
from sms_bridge.link.cmpp import digest_of_account
from sms_bridge.link.manners import plain_number
from sms_bridge.link.smpp import MESSAGE_STATE, RECEIPTED_ID
from sms_bridge.protocols.cmpp import CMPP20, CMPP30, REPORTS
from sms_bridge.protocols.dialect import Dialect, Pdu
from sms_bridge.protocols.fields import Malformed
from sms_bridge.protocols.smpp import SMPP34

Accounts = Mapping[str, Secret]


@dataclass(frozen=True, slots=True)
class Submission:
    """A submit as the gateway understands it."""

    numbers: tuple[str, ...] = field(repr=False)
    source: str
    content: bytes = field(repr=False)
    coding: int
    joined: bool
    wants_report: bool
    valid_until: str


@dataclass(frozen=True, slots=True)
class Login:
    """The answer to a login; ``account`` is empty when it is refused, ``words`` say why (for our log)."""

    answer: Pdu
    account: str = ""
    words: str = ""


class Speech(Protocol):
    """One protocol from the gateway's side, for one session."""

    dialect: Dialect
    login_names: tuple[str, ...]
    submit_name: str
    answers: tuple[str, ...]
    """PDUs that confirm what we delivered."""

    def login(self, pdu: Pdu, accounts: Accounts, *, wrong_version: bool, too_many: bool) -> Login:
        """Judge a login; the dialect of the session is settled by it."""
        ...

    def submission(self, pdu: Pdu) -> Submission:
        """What is to be sent."""
        ...

    def taken(self, pdu: Pdu, id: int) -> Pdu:
        """We have it, as ``id``."""
        ...

    def slower(self, pdu: Pdu) -> Pdu:
        """Flow control."""
        ...

    def refused(self, pdu: Pdu) -> Pdu:
        """A number we don't serve."""
        ...

    def report(self, sequence: int, id: int, what: Submission, number: str, stat: str, now: datetime) -> Pdu:
        """How it ended."""
        ...

    def text(self, sequence: int, id: int, number: str, to: str, text: str) -> Pdu:
        """A text from a mobile."""
        ...

    def nod(self, pdu: Pdu) -> Pdu | None:
        """The answer to a heart-beat or another question; None when there is none to give."""
        ...

    def bye(self, pdu: Pdu) -> Pdu | None:
        """The answer to the end of the session; None when it isn't that."""
        ...


class CmppSpeech:
    """CMPP; the version is the one the client asks for."""

    login_names: tuple[str, ...] = ("CONNECT",)
    submit_name = "SUBMIT"
    answers: tuple[str, ...] = ("DELIVER_RESP",)

    def __init__(self) -> None:
        self.dialect: Dialect = CMPP30

    def login(self, pdu: Pdu, accounts: Accounts, *, wrong_version: bool, too_many: bool) -> Login:
        """The digest with the ten digits of the time, leading zero included; any other is refused."""
        version = pdu["Version"]
        self.dialect = CMPP30 if 0x30 <= version < 0x40 else CMPP20
        name = pdu["Source_Addr"]
        account = name.decode("latin-1")
        secret = accounts.get(account)
        key = secret.reveal().encode() if secret else b""
        right = digest_of_account(name, key, b"%010d" % pdu["Timestamp"])
        status, words = 0, ""
        if wrong_version or not 0x20 <= version < 0x40:
            status, words = 4, f"version {version:#04x} is not spoken here"
        elif secret is None:
            status, words = 2, "no such account"
        elif not hmac.compare_digest(right, pdu["AuthenticatorSource"]):
            status, words = 3, "wrong digest: password or timestamp"
        elif too_many:
            status, words = 5, "too many links of this account"
        proof = hashlib.md5(status.to_bytes(4, "big") + right + key, usedforsecurity=False).digest() if not status else bytes(16)
        fields = {"Status": status, "AuthenticatorISMG": proof, "Version": 0x30 if self.dialect is CMPP30 else 0x20}
        return Login(Pdu("CONNECT_RESP", pdu.sequence, fields), "" if status else account, words)

    def submission(self, pdu: Pdu) -> Submission:
        """SUBMIT."""
        numbers = tuple(plain_number(each) for each in pdu["Dest_terminal_Id"])
        source, until = pdu["Src_Id"].decode("latin-1"), pdu["ValId_Time"].decode("latin-1")
        wants = pdu["Registered_Delivery"] == 1
        return Submission(numbers, source, pdu["Msg_Content"], pdu["Msg_Fmt"], pdu["TP_udhi"] == 1, wants, until)

    def taken(self, pdu: Pdu, id: int) -> Pdu:
        """Result 0."""
        return Pdu("SUBMIT_RESP", pdu.sequence, {"Msg_Id": id, "Result": 0})

    def slower(self, pdu: Pdu) -> Pdu:
        """Result 8."""
        return Pdu("SUBMIT_RESP", pdu.sequence, {"Msg_Id": 0, "Result": 8})

    def refused(self, pdu: Pdu) -> Pdu:
        """Result 13: Dest_terminal_Id."""
        return Pdu("SUBMIT_RESP", pdu.sequence, {"Msg_Id": 0, "Result": 13})

    def report(self, sequence: int, id: int, what: Submission, number: str, stat: str, now: datetime) -> Pdu:
        """A DELIVER that carries the report."""
        stamp = now.strftime("%y%m%d%H%M").encode()
        fields = {
            "Msg_Id": id, "Stat": stat.encode(), "Submit_time": stamp, "Done_time": stamp, "Dest_terminal_Id": number.encode(),
            "SMSC_sequence": sequence & 0xFFFFFFFF,
        }  # fmt: skip
        body = REPORTS[71 if self.dialect is CMPP30 else 60].encode(fields)
        return self._deliver(sequence, id ^ 1 << 40, number, what.source, body, coding=0, report=1)

    def text(self, sequence: int, id: int, number: str, to: str, text: str) -> Pdu:
        """A DELIVER with the text, in UCS-2."""
        return self._deliver(sequence, id, number, to, text.encode("utf-16-be"), coding=8, report=0)

    def nod(self, pdu: Pdu) -> Pdu | None:
        """ACTIVE_TEST, QUERY and CANCEL."""
        if pdu.name == "ACTIVE_TEST":
            return Pdu("ACTIVE_TEST_RESP", pdu.sequence, {"Reserved": 0})
        if pdu.name == "CANCEL":
            return Pdu("CANCEL_RESP", pdu.sequence, {"Success_Id": 1})
        if pdu.name == "ACTIVE_TEST_RESP":
            return None
        raise Malformed(f"{pdu.name} is nothing a client says")

    def bye(self, pdu: Pdu) -> Pdu | None:
        """TERMINATE."""
        return Pdu("TERMINATE_RESP", pdu.sequence) if pdu.name == "TERMINATE" else None

    def _deliver(self, sequence: int, id: int, number: str, to: str, content: bytes, coding: int, report: int) -> Pdu:
        fields = {
            "Msg_Id": id, "Dest_Id": to.encode(), "Service_Id": b"", "TP_pid": 0, "TP_udhi": 0, "Msg_Fmt": coding,
            "Src_terminal_Id": number.encode(), "Src_terminal_type": 0, "Registered_Delivery": report, "Msg_Content": content,
            "LinkID": b"" if report else b"%020d" % (id % 10**20), "Reserve": b"",
        }  # fmt: skip
        return Pdu("DELIVER", sequence, fields)


_STATES = {"DELIVRD": 2, "EXPIRED": 3, "UNDELIV": 5, "REJECTD": 8}


class SmppSpeech:
    """SMPP 3.4."""

    dialect: Dialect = SMPP34
    login_names: tuple[str, ...] = ("bind_transceiver", "bind_transmitter", "bind_receiver")
    submit_name = "submit_sm"
    answers: tuple[str, ...] = ("deliver_sm_resp",)

    def login(self, pdu: Pdu, accounts: Accounts, *, wrong_version: bool, too_many: bool) -> Login:
        """The password in clear."""
        account = pdu["system_id"].decode("latin-1")
        secret = accounts.get(account)
        status, words = 0, ""
        if wrong_version or too_many:
            status, words = 0x0D, "bind refused"
        elif secret is None:
            status, words = 0x0F, "no such account"
        elif not hmac.compare_digest(secret.reveal().encode(), pdu["password"]):
            status, words = 0x0E, "wrong password"
        fields = {} if status else {"system_id": b"hotline-sim", "Tlvs": []}
        return Login(Pdu(f"{pdu.name}_resp", pdu.sequence, fields, status), "" if status else account, words)

    def submission(self, pdu: Pdu) -> Submission:
        """submit_sm."""
        content = pdu["short_message"] or dict(pdu["Tlvs"]).get(0x0424, b"")
        wants, until = bool(pdu["registered_delivery"] & 3), pdu["validity_period"].decode("latin-1")
        number, source = plain_number(pdu["destination_addr"]), pdu["source_addr"].decode("latin-1")
        return Submission((number,), source, content, pdu["data_coding"], bool(pdu["esm_class"] & 0x40), wants, until)

    def taken(self, pdu: Pdu, id: int) -> Pdu:
        """The id in capital hexadecimal digits, as some gateways have it."""
        return Pdu("submit_sm_resp", pdu.sequence, {"message_id": b"%016X" % id, "Tlvs": []})

    def slower(self, pdu: Pdu) -> Pdu:
        """ESME_RTHROTTLED."""
        return Pdu("submit_sm_resp", pdu.sequence, {}, 0x58)

    def refused(self, pdu: Pdu) -> Pdu:
        """ESME_RINVDSTADR."""
        return Pdu("submit_sm_resp", pdu.sequence, {}, 0x0B)

    def report(self, sequence: int, id: int, what: Submission, number: str, stat: str, now: datetime) -> Pdu:
        """The receipt of appendix B, and the same as optional fields."""
        stamp = now.strftime("%y%m%d%H%M")
        text = f"id:{id:016x} sub:001 dlvrd:001 submit date:{stamp} done date:{stamp} stat:{stat:.7} err:000 text:"
        tlvs = [(RECEIPTED_ID, b"%016x\0" % id), (MESSAGE_STATE, bytes((_STATES.get(stat, 5),)))]
        return self._deliver(sequence, number, what.source, text.encode(), esm_class=4, coding=0, tlvs=tlvs)

    def text(self, sequence: int, id: int, number: str, to: str, text: str) -> Pdu:
        """deliver_sm in UCS-2."""
        return self._deliver(sequence, number, to, text.encode("utf-16-be"), esm_class=0, coding=8, tlvs=[])

    def nod(self, pdu: Pdu) -> Pdu | None:
        """enquire_link."""
        if pdu.name == "enquire_link":
            return Pdu("enquire_link_resp", pdu.sequence)
        if pdu.name in ("enquire_link_resp", "generic_nack"):
            return None
        raise Malformed(f"{pdu.name} is nothing a client says here")

    def bye(self, pdu: Pdu) -> Pdu | None:
        """unbind."""
        return Pdu("unbind_resp", pdu.sequence) if pdu.name == "unbind" else None

    def _deliver(
        self, sequence: int, number: str, to: str, content: bytes, esm_class: int, coding: int, tlvs: list[tuple[int, bytes]]
    ) -> Pdu:
        fields = {
            "service_type": b"", "source_addr_ton": 1, "source_addr_npi": 1, "source_addr": b"86" + number.encode(),
            "dest_addr_ton": 0, "dest_addr_npi": 1, "destination_addr": to.encode(), "esm_class": esm_class, "protocol_id": 0,
            "priority_flag": 0, "schedule_delivery_time": b"", "validity_period": b"", "registered_delivery": 0,
            "replace_if_present_flag": 0, "data_coding": coding, "sm_default_msg_id": 0, "short_message": content, "Tlvs": tlvs,
        }  # fmt: skip
        return Pdu("deliver_sm", sequence, fields)
