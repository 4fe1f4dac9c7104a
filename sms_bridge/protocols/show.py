"""A PDU for people's eyes: every field in the carrier's words, texts readable, reports taken apart."""

from __future__ import annotations

from typing import Any

from sms_bridge.protocols.cmpp import REPORTS
from sms_bridge.protocols.dialect import Dialect, Pdu
from sms_bridge.protocols.fields import Malformed
from sms_bridge.protocols.texts import BINARY, readable, take_header

_CONTENT = {"Msg_Content", "MsgContent", "MessageContent", "short_message"}
_CODING = ("Msg_Fmt", "MsgFormat", "MessageCoding", "data_coding")


def shown(dialect: Dialect, pdu: Pdu) -> dict[str, Any]:
    """Protocol, PDU, sequence and fields; JSON values only."""
    kinds = {field.name: field.kind for table in dialect.tables if table.name == pdu.name for field in table.fields}
    fields = {name: _value(kinds[name], name, value, pdu) for name, value in pdu.fields.items()}
    status = {"status": pdu.status} if dialect.name == "smpp34" else {}
    return {"protocol": dialect.title, "pdu": pdu.name, "sequence": pdu.sequence, **status, "fields": fields}


def _value(kind: str, name: str, value: Any, pdu: Pdu) -> Any:
    if kind == "tlvs":
        return [{"tag": f"{tag:#06x}", "value": bytes(each).hex()} for tag, each in value]
    if kind == "repeat":
        return [_letters(each) for each in value]
    if name in _CONTENT:
        return _content(value, pdu)
    if kind == "raw":
        return value.hex()
    return value if isinstance(value, int) else _letters(value)


def _letters(value: bytes) -> str:
    """Printable ASCII as it is, anything else in hexadecimal."""
    text = value.decode("latin-1")
    return text if text.isascii() and (text.isprintable() or not text) else f"0x{value.hex()}"


def _content(value: bytes, pdu: Pdu) -> Any:
    if pdu.name == "DELIVER" and pdu.fields.get("Registered_Delivery") == 1 and len(value) in REPORTS:
        return _report(value)
    coding = next((pdu.fields[name] for name in _CODING if name in pdu.fields), BINARY)
    has_header = pdu.fields.get("TP_udhi") == 1 or pdu.fields.get("esm_class", 0) & 0x40
    if not has_header:
        return readable(value, coding)
    joint, text = take_header(value)
    part = {"ref": joint.ref, "total": joint.total, "number": joint.number} if joint else {}
    return {**part, "text": readable(text, coding)}


def _report(value: bytes) -> Any:
    try:
        fields = REPORTS[len(value)].decode(value)
    except Malformed:
        return value.hex()
    return {name: each if isinstance(each, int) else _letters(each) for name, each in fields.items()}
