"""What a menu is held against: the national menu of levels 1 and 2, and the items a hotline must serve.

Keys: reconstruction of the figure of seed 001 §2.2 (order of its 自助语音服务列表; confidence of the digits about a third, of the
services three quarters). Items: seed 002 annex 4, column 热线 ● (17 of 86).
"""

from __future__ import annotations

from collections.abc import Mapping

LEVEL_1: Mapping[str, Mapping[str, str]] = {
    "E.MAIN": {"1": "G", "2": "Q", "3": "A", "4": "C"},
    "E.MAIN_OFF": {"1": "G", "2": "Q", "3": "A", "4": "C.MSG"},
}
LEVEL_2: Mapping[str, Mapping[str, str]] = {
    "G": {"1": "G.1", "2": "G.2", "3": "G.3", "4": "G.4", "5": "G.5", "6": "G.6"},
    "Q": {"1": "Q.1", "2": "Q.2", "3": "Q.3", "4": "Q.4", "5": "Q.5"},
    "A": {"1": "A.1", "2": "A.2", "3": "A.3", "4": "A.4", "5": "A.5"},
    "C": {"1": "C.1", "2": "C.2", "3": "Q.4"},
}
ANNEX_ITEMS = 86
HOTLINE_ITEMS: Mapping[int, str] = {
    34: "贷款咨询",
    43: "逾期催收",
    55: "个人账户基本信息查询",
    56: "个人账户明细查询",
    57: "个人贷款基本信息查询",
    58: "个人贷款明细查询",
    59: "个人贷款进度查询",
    69: "政策查询",
    70: "办事指南",
    71: "办理网点查询",
    72: "合作楼盘查询",
    73: "常见问题咨询",
    74: "常用下载",
    75: "人工在线服务",
    84: "政策业务咨询",
    85: "投诉、建议",
    86: "网上调查",
}
