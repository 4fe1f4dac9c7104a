"""SGIP 1.2, 中国联通短消息网关接口协议. The sequence has three words (node, time, counter) and is a message's only name: no Msg_Id."""

from __future__ import annotations

from sms_bridge.protocols.dialect import Dialect
from sms_bridge.protocols.fields import Table, content, raw, repeat, text, u8, u32

ANSWER = 0x8000_0000

_RESULT = (u8("Result"), text("Reserve", 8))

SGIP12 = Dialect(
    "sgip12",
    "SGIP 1.2",
    4,
    (
        Table("BIND", 1, (u8("LoginType"), text("LoginName", 16), text("LoginPassword", 16), text("Reserve", 8))),
        Table("BIND_RESP", 1 | ANSWER, _RESULT),
        Table("UNBIND", 2),
        Table("UNBIND_RESP", 2 | ANSWER),
        Table(
            "SUBMIT",
            3,
            (
                text("SPNumber", 21), text("ChargeNumber", 21), u8("UserCount"), repeat("UserNumber", 21, "UserCount"),
                text("CorpId", 5), text("ServiceType", 10), u8("FeeType"), text("FeeValue", 6), text("GivenValue", 6), u8("AgentFlag"),
                u8("MorelatetoMTFlag"), u8("Priority"), text("ExpireTime", 16), text("ScheduleTime", 16), u8("ReportFlag"),
                u8("TP_pid"), u8("TP_udhi"), u8("MessageCoding"), u8("MessageType"), u32("MessageLength"),
                content("MessageContent", "MessageLength"), text("Reserve", 8),
            ),
        ),
        Table("SUBMIT_RESP", 3 | ANSWER, _RESULT),
        Table(
            "DELIVER",
            4,
            (
                text("UserNumber", 21), text("SPNumber", 21), u8("TP_pid"), u8("TP_udhi"), u8("MessageCoding"), u32("MessageLength"),
                content("MessageContent", "MessageLength"), text("Reserve", 8),
            ),
        ),
        Table("DELIVER_RESP", 4 | ANSWER, _RESULT),
        Table(
            "REPORT",
            5,
            (
                raw("SubmitSequenceNumber", 12), u8("ReportType"), text("UserNumber", 21), u8("State"), u8("ErrorCode"),
                text("Reserve", 8),
            ),
        ),
        Table("REPORT_RESP", 5 | ANSWER, _RESULT),
        Table("USERRPT", 17, (text("SPNumber", 21), text("UserNumber", 21), u8("UserCondition"), text("Reserve", 8))),
        Table("USERRPT_RESP", 17 | ANSWER, _RESULT),
    ),
    8192,
)  # fmt: skip
