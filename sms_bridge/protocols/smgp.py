"""SMGP 3.0.3, 中国电信短消息网关协议. A text ends with optional fields (TLV); a message id has ten bytes of BCD digits."""

from __future__ import annotations

from sms_bridge.protocols.dialect import Dialect
from sms_bridge.protocols.fields import Table, content, raw, repeat, text, tlvs, u8, u32

ANSWER = 0x8000_0000

_COUNTERS = ("MTTLMsg", "MTTLusr", "MTScs", "MTWT", "MTFL", "MOScs", "MOWT", "MOFL")
_QUERY = (text("QueryTime", 8), u8("QueryType"), text("QueryCode", 10))

SMGP30 = Dialect(
    "smgp30",
    "SMGP 3.0",
    2,
    (
        Table(
            "LOGIN", 1, (text("ClientID", 8), raw("AuthenticatorClient", 16), u8("LoginMode"), u32("TimeStamp"), u8("ClientVersion"))
        ),
        Table("LOGIN_RESP", 1 | ANSWER, (u32("Status"), raw("AuthenticatorServer", 16), u8("ServerVersion"))),
        Table(
            "SUBMIT",
            2,
            (
                u8("MsgType"), u8("NeedReport"), u8("Priority"), text("ServiceID", 10), text("FeeType", 2), text("FeeCode", 6),
                text("FixedFee", 6), u8("MsgFormat"), text("ValidTime", 17), text("AtTime", 17), text("SrcTermID", 21),
                text("ChargeTermID", 21), u8("DestTermIDCount"), repeat("DestTermID", 21, "DestTermIDCount"), u8("MsgLength"),
                content("MsgContent", "MsgLength"), text("Reserve", 8), tlvs(),
            ),
        ),
        Table("SUBMIT_RESP", 2 | ANSWER, (raw("MsgID", 10), u32("Status"))),
        Table(
            "DELIVER",
            3,
            (
                raw("MsgID", 10), u8("IsReport"), u8("MsgFormat"), text("RecvTime", 14), text("SrcTermID", 21), text("DestTermID", 21),
                u8("MsgLength"), content("MsgContent", "MsgLength"), text("Reserve", 8), tlvs(),
            ),
        ),
        Table("DELIVER_RESP", 3 | ANSWER, (raw("MsgID", 10), u32("Status"))),
        Table("ACTIVE_TEST", 4),
        Table("ACTIVE_TEST_RESP", 4 | ANSWER),
        Table("EXIT", 6),
        Table("EXIT_RESP", 6 | ANSWER),
        Table("QUERY", 7, (*_QUERY, text("Reserve", 8))),
        Table("QUERY_RESP", 7 | ANSWER, (*_QUERY, *(u32(name) for name in _COUNTERS), text("Reserve", 8))),
    ),
    4096,
)  # fmt: skip
