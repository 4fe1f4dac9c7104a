"""One line per call step, for terminals: what an event says to a person who looks on (Chinese, nothing personal)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotline import events as e

GRADES = {"satisfied": "满意", "basically": "基本满意", "dissatisfied": "不满意"}
REASONS = {"rest": "小休", "busy": "示忙", "missed": "未接", "link": "断线", "declined": "拒接", "sign_out": "签出", "supervisor": "班长"}
WHY_ON = {"length": "排队过长", "wait": "等待过久", "estimate": "预计等待过久", "closed": "非服务时间", "nobody": "无人签入"}
PRESENCE = {"available": "示闲", "on_break": "示忙/小休", "signed_out": "签出"}
WHO = {"caller": "来电人", "agent": "坐席", "switch": "交换机"}
HOW_ENDED = {
    "caller_hung_up": "来电人挂机",
    "we_hung_up": "服务结束",
    "agent_hung_up": "坐席挂机",
    "switch_restart": "交换机重启",
    "switch_lost": "交换机中断",
    "timed_out": "超时",
    "found_ended": "恢复时已结束",
}


def _seat(event: Any) -> str:
    return f"{event.seat} 号座席(工号 {event.agent})"


WORDS: dict[type[e.Event], Callable[[Any], str]] = {
    e.CallArrived: lambda x: f"呼入 {x.dnis}" + ("(内部)" if x.internal else "") + ("" if x.staffed else ",非人工时段"),
    e.MenuEntered: lambda x: f"菜单 {x.node}",
    e.LoggedIn: lambda _: "身份验证通过",
    e.LoginRefused: lambda x: f"身份验证未通过(第 {x.attempt} 次)",
    e.PinSet: lambda x: f"查询密码已重新设置({'短信验证码' if x.by == 'code' else '原密码'})",
    e.MobileBound: lambda _: "绑定手机已更换",
    e.SelfServiceGiven: lambda x: f"自助服务 {x.service}",
    e.SelfServiceFailed: lambda x: f"自助服务 {x.service} 失败:{x.why}",
    e.MessageLeft: lambda _: "留言",
    e.CallBackPromised: lambda x: "预约回拨" + (",按排队顺序" if x.wanted_at else ",人工服务时间"),
    e.AgentWanted: lambda _: "请求人工",
    e.CallQueued: lambda x: f"排队 {x.queue},第 {x.position} 位",
    e.CallOverflowed: lambda x: f"溢出 {x.left} → {x.queue}:{WHY_ON.get(x.why, x.why)}",
    e.StickyReleased: lambda x: f"不再专等工号 {x.agent}",
    e.CallOffered: lambda x: f"派话 → {_seat(x)},候选 {x.decision.considered}",
    e.OfferRinging: lambda x: f"振铃 {_seat(x)}",
    e.RingNoAnswer: lambda x: f"无应答 {_seat(x)},来电保留排位",
    e.OfferDeclined: lambda x: f"未接通 {_seat(x)}:{x.cause}",
    e.OfferWithdrawn: lambda x: f"撤回派话 {_seat(x)}:{x.why}",
    e.CallAnswered: lambda x: f"接通 {_seat(x)}",
    e.CallAbandoned: lambda x: f"放弃({'振铃中' if x.stage == 'ringing' else '排队中'})",
    e.CallHeld: lambda x: f"保持 {x.seat} 号座席",
    e.CallRetrieved: lambda x: f"恢复通话 {x.seat} 号座席",
    e.TalkEnded: lambda x: f"通话结束,{WHO[x.by]}先挂机",
    e.WrapUpOverTarget: lambda x: f"话后处理超时 {_seat(x)}",
    e.WrapUpExtended: lambda x: f"话后处理延长 {x.by_s} 秒 {_seat(x)}",
    e.WrapUpEnded: lambda x: f"话后处理结束 {_seat(x)}",
    e.SurveyOffered: lambda _: "满意度调查",
    e.SatisfactionGiven: lambda x: f"评价 {GRADES[x.grade]}",
    e.RecordingStarted: lambda _: "录音开始",
    e.RecordingKept: lambda x: f"录音归档 {x.duration_us / 1e6:.1f} 秒",
    e.RecordingFailed: lambda x: f"录音失败:{x.why}",
    e.CallEnded: lambda x: f"结束:{HOW_ENDED[x.how]}",
    e.SeatSignedIn: lambda x: f"签入 {_seat(x)}",
    e.SeatSignedOut: lambda x: f"签出 {_seat(x)}",
    e.PresenceChosen: lambda x: f"{_seat(x)} {PRESENCE[x.presence]}" + (f"({REASONS.get(x.reason, x.reason)})" if x.reason else ""),
    e.BreakPlanned: lambda x: f"{_seat(x)} 本通后{REASONS.get(x.reason, x.reason)}",
    e.BreakOverLimit: lambda x: f"{_seat(x)} {REASONS.get(x.reason, x.reason)}超时",
    e.WorkQueued: lambda x: f"文字咨询 {x.work} 排队 {x.queue}",
    e.WorkGiven: lambda x: f"文字咨询 {x.work} → {_seat(x)}",
    e.WorkReturned: lambda x: f"文字咨询 {x.work} 退回排队",
    e.WorkEnded: lambda x: f"文字咨询 {x.work} 结束",
    e.QueueHours: lambda x: f"队列 {x.queue} {'开放' if x.open else '关闭'}",
    e.SwitchConnected: lambda x: f"交换机已连接 {x.asterisk}",
    e.SwitchLost: lambda _: "交换机连接中断",
    e.Repaired: lambda x: f"自动修复 {x.what} {x.subject}",
    e.MenuChanged: lambda x: f"语音菜单换版 {x.before} → {x.menu}",
    e.AlarmRaised: lambda x: f"告警 {x.code}:{x.text}",
}


def step_line(event: e.Event) -> str | None:
    """``15:42:36 c-20251120-17951 接通 3 号座席(工号 8003)``; None for what nobody looks at."""
    words = WORDS.get(type(event))
    if words is None:
        return None
    call = getattr(event, "call", None)
    return f"{event.at.local():%H:%M:%S}  {f'{call}  ' if call else ''}{words(event)}"
