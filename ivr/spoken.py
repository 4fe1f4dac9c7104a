"""How values are said on the telephone: amounts, dates, months, numbers, digits, percent.

The grammar (domain decision, checked against a table of readings):

* 元角分 without 整; 两 before 千, 万, 亿 when it is the whole factor, and in 两元; 二 elsewhere;
* 十, not 一十, at the very start; zeros at the end of a group of four are silent, a gap is one 零;
* a yuan amount followed by fen only has 零 before them; below one yuan no 零元;
* years digit by digit, months and days as numbers;
* accounts and telephones digit by digit with 1 = 幺, a pause (，) every four, mobiles 3-4-4;
* percent 百分之, permille 千分之, decimals digit by digit.

Pure rules: text in, Chinese words out. :func:`cut` splits words into the pieces there are sounds for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation

from hotline.money import Fen, fen_of_yuan

DIGITS = "零一二三四五六七八九"
TELEPHONE_DIGITS = "零幺二三四五六七八九"
PAUSE = "，"
LARGEST = 10**16
"""Bound of what can be said; balances of the data standard are NUMERIC(18,2), below it."""


def say_number(number: int) -> str:
    """``一万零一十`` for 10010; ``负三`` for -3. Raises ValueError from 10^16 on."""
    if abs(number) >= LARGEST:
        raise ValueError("too large to be said")
    words = _count_up(abs(number))
    if words.startswith("一十"):
        words = words[1:]
    return ("负" if number < 0 else "") + words


def _count_up(number: int) -> str:
    """``number`` in words, with 一十 still in full."""
    if number < 10_000:
        return _group(number)
    unit, name = (10**8, "亿") if number >= 10**8 else (10**4, "万")
    high, low = divmod(number, unit)
    head = "两" if high == 2 else _count_up(high)
    if low == 0:
        return f"{head}{name}"
    gap = "零" if low < unit // 10 else ""
    return f"{head}{name}{gap}{_count_up(low)}"


def _group(number: int) -> str:
    """0 to 9999 in words."""
    if number == 0:
        return "零"
    words, gap = "", False
    for value, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // value % 10
        if digit == 0:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + ("两" if digit == 2 and name == "千" else DIGITS[digit]) + name
        gap = False
    return words


def say_count(number: int) -> str:
    """A number before a measure word: ``两`` for 2 (两位, 两个), otherwise as :func:`say_number`."""
    return "两" if number == 2 else say_number(number)


def say_amount(amount: Fen) -> str:
    """``三万八千七百九十六元零二分`` for 3879602 fen; nothing owed is ``零元``."""
    if amount == 0:
        return "零元"
    yuan, rest = divmod(abs(amount), 100)
    jiao, fen = divmod(rest, 10)
    words = "负" if amount < 0 else ""
    if yuan:
        words += say_count(yuan) + "元"
    if jiao:
        words += DIGITS[jiao] + "角"
    if fen:
        words += ("零" if yuan and not jiao else "") + DIGITS[fen] + "分"
    return words


def say_digits(text: str, one: str = "幺") -> str:
    """Digit by digit, ``八零零三`` for 8003; agent numbers, tails of accounts. Raises ValueError on anything else."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError("only digits can be said digit by digit")
    return "".join(one if digit == "1" else DIGITS[int(digit)] for digit in text)


def say_account(text: str) -> str:
    """Accounts, tickets: digits with a pause after every four; a final X of an identity number is said as the letter."""
    tail = text[-1:].upper()
    if tail == "X":
        return f"{say_account(text[:-1])}叉" if len(text) > 1 else "叉"
    return PAUSE.join(say_digits(text[at : at + 4]) for at in range(0, len(text), 4)) or say_digits(text)


def say_phone(text: str) -> str:
    """A mobile number 3-4-4; any other length as an account."""
    if len(text) != 11:
        return say_account(text)
    return PAUSE.join(say_digits(part) for part in (text[:3], text[3:7], text[7:]))


def say_year_month(text: str) -> str:
    """``二零二六年十月`` for ``202610``. Raises ValueError when it is no month."""
    if len(text) != 6 or not text.isascii() or not text.isdigit() or not 1 <= int(text[4:]) <= 12:
        raise ValueError("a month is written YYYYMM")
    return f"{say_digits(text[:4], one='一')}年{say_number(int(text[4:]))}月"


def say_date(day: date) -> str:
    """``二零二六年二月二十一日``."""
    return f"{say_digits(f'{day.year:04d}', one='一')}年{say_month_day(day)}"


def say_month_day(day: date) -> str:
    """``二月二十一日``: a day near enough to need no year."""
    return f"{say_number(day.month)}月{say_number(day.day)}日"


def say_time(at: time) -> str:
    """``九点``, ``十四点三十分``, ``两点零五分``."""
    minutes = f"{'零' if at.minute < 10 else ''}{say_number(at.minute)}分" if at.minute else ""
    return f"{say_count(at.hour)}点{minutes}"


def say_decimal(value: Decimal) -> str:
    """``二点六``; zeros after the last decimal are not said. Raises ValueError when it is too large."""
    whole, _, decimals = f"{abs(value):f}".partition(".")
    decimals = decimals.rstrip("0")
    sign = "负" if value < 0 else ""
    return sign + say_number(int(whole)) + (f"点{say_digits(decimals, one='一')}" if decimals else "")


def say_percent(value: Decimal) -> str:
    """``百分之二点六`` for 2.6 (percent)."""
    return ("负" if value < 0 else "") + f"百分之{say_decimal(abs(value))}"


def say_permille(value: Decimal) -> str:
    """``千分之三`` for 3 (permille)."""
    return ("负" if value < 0 else "") + f"千分之{say_decimal(abs(value))}"


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"not a number: {text!r}") from None
    if not value.is_finite():
        raise ValueError(f"not a number that can be said: {text!r}")
    return value


KINDS: Mapping[str, Callable[[str], str]] = {
    "amount": lambda text: say_amount(fen_of_yuan(text)),
    "number": lambda text: say_number(int(text)),
    "count": lambda text: say_count(int(text)),
    "date": lambda text: say_date(date.fromisoformat(text)),
    "month_day": lambda text: say_month_day(date.fromisoformat(text)),
    "year_month": say_year_month,
    "account": say_account,
    "phone": say_phone,
    "digits": say_digits,
    "percent": lambda text: say_percent(_decimal(text)),
    "permille": lambda text: say_permille(_decimal(text)),
    "time": lambda text: say_time(time.fromisoformat(text)),
    "hours": lambda text: text,
}
"""Kind of value -> its words. Staffed hours come in words already (hotline.calendar).
An amount is given in yuan as a decimal text; see :func:`say` for typed values."""


def say(kind: str, value: object) -> str:
    """The words of ``value`` as ``kind``; amounts as integer fen or yuan text, the rest as their text.

    Raises ValueError when the kind is unknown or the value is not of it.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; known: {', '.join(KINDS)}")
    if kind == "amount" and isinstance(value, int):
        return say_amount(Fen(value))
    return KINDS[kind](str(value))


def cut(words: str, pieces: Collection[str]) -> list[str]:
    """``words`` as the longest pieces there are, from the left: 三万八千 is [三万, 八千] when both are recorded.

    Raises ValueError naming the first character that no piece begins with.
    """
    longest = max(map(len, pieces), default=0)
    found: list[str] = []
    at = 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            if words[at : at + length] in pieces:
                found.append(words[at : at + length])
                at += length
                break
        else:
            raise ValueError(f"no recorded piece for {words[at]!r}")
    return found
