"""CMPP 2.0 and 3.0, 中国移动点对点协议 (QB-GF-028-2003; numbers in brackets are its sections).

3.0 widens numbers to 32 bytes with a type beside them, statuses to 32 bits, and puts a LinkID where 2.0 has a reserve.
The report of a message is a DELIVER whose content is REPORT [8.4.5.1]: 60 bytes in 2.0, 71 in 3.0.
"""

from __future__ import annotations

from sms_bridge.protocols.codec import compile_table
from sms_bridge.protocols.dialect import Dialect
from sms_bridge.protocols.fields import Field, Table, content, raw, repeat, text, u8, u32, u64

ANSWER = 0x8000_0000
LONGEST = 4096
"""Bytes; a SUBMIT to 99 numbers with 255 bytes of content has 3,579 in 3.0."""


def _tables(v3: bool) -> tuple[Table, ...]:
    width = 32 if v3 else 21
    rest = text("LinkID", 20) if v3 else text("Reserve", 8)

    def status(name: str) -> Field:
        return u32(name) if v3 else u8(name)

    def only3(name: str) -> tuple[Field, ...]:
        return (u8(name),) if v3 else ()

    counters = ("MT_TLMsg", "MT_Tlusr", "MT_Scs", "MT_WT", "MT_FL", "MO_Scs", "MO_WT", "MO_FL")
    query = (text("Time", 8), u8("Query_Type"), text("Query_Code", 10))
    return (
        Table("CONNECT", 1, (text("Source_Addr", 6), raw("AuthenticatorSource", 16), u8("Version"), u32("Timestamp"))),
        Table("CONNECT_RESP", 1 | ANSWER, (status("Status"), raw("AuthenticatorISMG", 16), u8("Version"))),
        Table("TERMINATE", 2),
        Table("TERMINATE_RESP", 2 | ANSWER),
        Table(
            "SUBMIT",
            4,
            (
                u64("Msg_Id"), u8("Pk_total"), u8("Pk_number"), u8("Registered_Delivery"), u8("Msg_level"), text("Service_Id", 10),
                u8("Fee_UserType"), text("Fee_terminal_Id", width), *only3("Fee_terminal_type"), u8("TP_pId"), u8("TP_udhi"),
                u8("Msg_Fmt"), text("Msg_src", 6), text("FeeType", 2), text("FeeCode", 6), text("ValId_Time", 17), text("At_Time", 17),
                text("Src_Id", 21), u8("DestUsr_tl"), repeat("Dest_terminal_Id", width, "DestUsr_tl"), *only3("Dest_terminal_type"),
                u8("Msg_Length"), content("Msg_Content", "Msg_Length"), rest,
            ),
        ),
        Table("SUBMIT_RESP", 4 | ANSWER, (u64("Msg_Id"), status("Result"))),
        Table(
            "DELIVER",
            5,
            (
                u64("Msg_Id"), text("Dest_Id", 21), text("Service_Id", 10), u8("TP_pid"), u8("TP_udhi"), u8("Msg_Fmt"),
                text("Src_terminal_Id", width), *only3("Src_terminal_type"), u8("Registered_Delivery"), u8("Msg_Length"),
                content("Msg_Content", "Msg_Length"), rest,
            ),
        ),
        Table("DELIVER_RESP", 5 | ANSWER, (u64("Msg_Id"), status("Result"))),
        Table("QUERY", 6, (*query, text("Reserve", 8))),
        Table("QUERY_RESP", 6 | ANSWER, (*query, *(u32(name) for name in counters))),
        Table("CANCEL", 7, (u64("Msg_Id"),)),
        Table("CANCEL_RESP", 7 | ANSWER, (status("Success_Id"),)),
        Table("ACTIVE_TEST", 8),
        Table("ACTIVE_TEST_RESP", 8 | ANSWER, (u8("Reserved"),)),
    )  # fmt: skip


def _report(width: int) -> Table:
    times = (text("Submit_time", 10), text("Done_time", 10))
    return Table("REPORT", 0, (u64("Msg_Id"), text("Stat", 7), *times, text("Dest_terminal_Id", width), u32("SMSC_sequence")))


CMPP20 = Dialect("cmpp20", "CMPP 2.0", 2, _tables(v3=False), LONGEST)
CMPP30 = Dialect("cmpp30", "CMPP 3.0", 2, _tables(v3=True), LONGEST)
REPORTS = {60: compile_table(_report(21), 0), 71: compile_table(_report(32), 0)}
"""Length of a report's content -> its codec; by the length, because gateways send the other version's too."""
