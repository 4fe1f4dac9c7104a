"""The recording script 录音稿: what a speaker reads in the studio, as a Markdown document; each recording named by its id.

A text with values is recorded in parts, numerals as pieces, a menu's options one by one; the notes say so. What is recorded as
``etc/studio/<id>.wav`` replaces the synthesised voice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ivr.lengths import Lengths
from ivr.prompts import Clip, PromptBook, Prompts, Value

HEAD = """# 12329 语音提示录音稿

共 {count} 条。每条单独录成一个文件，文件名为编号加 .wav（8 kHz 以上、单声道、16 位），放入 etc/studio/ 目录；
语速约每秒四字，普通话，语气亲切平稳，前后各留不超过 0.2 秒静音。录好后运行 `hotline prompts build` 和 `hotline prompts check`。
"""
KINDS = {
    "amount": "金额", "number": "数字", "count": "数量", "date": "日期", "month_day": "月日",
    "year_month": "年月", "account": "号码", "phone": "电话号码",
    "digits": "数字", "percent": "百分比", "permille": "千分比", "time": "时间", "hours": "服务时间", "phrase": "词语", "text": "文字",
}  # fmt: skip


def recording_script(prompts: Prompts) -> str:
    """The whole script, the prompts as callers hear them first, then options, then numerals."""
    book, lengths = prompts.book, Lengths(prompts)
    options = [clip for clip in prompts.clips.values() if clip.id in book.options]
    pieces = [clip for clip in prompts.clips.values() if clip.piece]
    texts = [clip for clip in prompts.clips.values() if not clip.piece and clip.id not in book.options]
    notes = _notes(book)
    return "\n".join(
        [
            HEAD.format(count=len(prompts.clips)),
            *_table("一、提示语", texts, lengths, notes),
            *_table("二、菜单选项（读完稍停，前后会接其他选项）", options, lengths, notes),
            *_table("三、数字和单位（短促、平调，前后会接其他数字）", pieces, lengths, notes),
        ]
    )


def _table(title: str, clips: Sequence[Clip], lengths: Lengths, notes: dict[str, str]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| 编号 | 文字 | 约秒 | 说明 |"
    yield "|---|---|---|---|"
    for clip in clips:
        yield f"| {clip.id} | {clip.words} | {lengths.clip(clip.id):.1f} | {notes.get(clip.id, '')}{'已有录音' if clip.studio else ''} |"
    yield ""


def _notes(book: PromptBook) -> dict[str, str]:
    """For each part of a text with values: what is said before and after it."""
    found: dict[str, str] = {}
    for prompt, parts in book.parts.items():
        if any(isinstance(part, Value) for part in parts):
            spoken = [part for part in parts if isinstance(part, Value) or part in book.clips]
            for at, part in enumerate(spoken):
                if isinstance(part, str):
                    before, after = spoken[at - 1] if at else None, spoken[at + 1] if at + 1 < len(spoken) else None
                    found[part] = f"{prompt} 的一部分{_beside('，前接', before)}{_beside('，后接', after)}。"
    return found


def _beside(word: str, part: str | Value | None) -> str:
    return f"{word}{KINDS[part.kind]}" if isinstance(part, Value) else ""
