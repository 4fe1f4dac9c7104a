"""SMPP 3.4. Texts end with 0x00 instead of being filled; optional fields (TLV) follow; a refusal may come without a body (§4)."""

from __future__ import annotations

from sms_bridge.protocols.dialect import Dialect
from sms_bridge.protocols.fields import Field, Table, content, cstring, tlvs, u8

ANSWER = 0x8000_0000

_BIND = (
    cstring("system_id", 16), cstring("password", 9), cstring("system_type", 13), u8("interface_version"), u8("addr_ton"),
    u8("addr_npi"), cstring("address_range", 41),
)  # fmt: skip
_SHORT_MESSAGE: tuple[Field, ...] = (
    cstring("service_type", 6), u8("source_addr_ton"), u8("source_addr_npi"), cstring("source_addr", 21), u8("dest_addr_ton"),
    u8("dest_addr_npi"), cstring("destination_addr", 21), u8("esm_class"), u8("protocol_id"), u8("priority_flag"),
    cstring("schedule_delivery_time", 17), cstring("validity_period", 17), u8("registered_delivery"), u8("replace_if_present_flag"),
    u8("data_coding"), u8("sm_default_msg_id"), u8("sm_length"), content("short_message", "sm_length"), tlvs(),
)  # fmt: skip
_SOURCE = (u8("source_addr_ton"), u8("source_addr_npi"), cstring("source_addr", 21))


def _binds() -> list[Table]:
    kinds = {"bind_receiver": 1, "bind_transmitter": 2, "bind_transceiver": 9}
    asked = [Table(name, id, _BIND) for name, id in kinds.items()]
    told = (cstring("system_id", 16), tlvs())
    return [*asked, *(Table(f"{name}_resp", id | ANSWER, told, may_be_empty=True) for name, id in kinds.items())]


SMPP34 = Dialect(
    "smpp34",
    "SMPP 3.4",
    3,
    (
        Table("generic_nack", ANSWER),
        *_binds(),
        Table("outbind", 0x0B, (cstring("system_id", 16), cstring("password", 9))),
        Table("query_sm", 3, (cstring("message_id", 65), *_SOURCE)),
        Table(
            "query_sm_resp",
            3 | ANSWER,
            (cstring("message_id", 65), cstring("final_date", 17), u8("message_state"), u8("error_code")),
            may_be_empty=True,
        ),
        Table("submit_sm", 4, _SHORT_MESSAGE),
        Table("submit_sm_resp", 4 | ANSWER, (cstring("message_id", 65), tlvs()), may_be_empty=True),
        Table("deliver_sm", 5, _SHORT_MESSAGE),
        Table("deliver_sm_resp", 5 | ANSWER, (cstring("message_id", 65), tlvs()), may_be_empty=True),
        Table("unbind", 6),
        Table("unbind_resp", 6 | ANSWER),
        Table("enquire_link", 0x15),
        Table("enquire_link_resp", 0x15 | ANSWER),
    ),
    70_000,
)
