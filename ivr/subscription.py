"""Subscribing to texts 短信订阅 (seed 001 §1.2, seed 000 §3.1 and §3.3-1): closed until the person opens them, class by class.

Opening needs a bound mobile, closing never does. What he was told goes with the wish: it is the proof of his consent.
"""

from __future__ import annotations

from collections.abc import Collection

from ivr.asking import ask_core
from ivr.binding import bind_first, bound_mobile
from ivr.errand import Errand
from ivr.manners import Nav, choose
from ivr.needs import ALL_CLASSES, SmsClass
from ivr.notices import send_to_bound
from ivr.results import tell_result
from ivr.talk import Talk

OF_KEY: dict[str, tuple[SmsClass, ...]] = {**{str(at + 1): (each,) for at, each in enumerate(ALL_CLASSES)}, "4": ALL_CLASSES}


async def subscribe(talk: Talk, errand: Errand) -> Nav | None:
    """开通短信服务."""
    number = await bound_mobile(talk, errand, errand.person)
    if number == "":
        number = await bind_first(talk, errand) or number
    if isinstance(number, Nav):
        return number
    return await _change(talk, errand, "ask_subscribe", opening=True)


async def unsubscribe(talk: Talk, errand: Errand) -> Nav | None:
    """关闭短信服务."""
    return await _change(talk, errand, "ask_unsubscribe", opening=False)


async def tell_subscriptions(talk: Talk, errand: Errand) -> Nav | None:
    """查询已开通的短信服务."""
    number = await bound_mobile(talk, errand, errand.person)
    if number == "":
        number = await bind_first(talk, errand) or await bound_mobile(talk, errand, errand.person)
    if isinstance(number, Nav):
        return number
    open_now = await ask_core(talk, errand.node, lambda: errand.texts.subscribed(errand.person))
    if isinstance(open_now, Nav):
        return open_now
    if open_now:
        await tell_result(talk, errand, "sms_status", tail=number[-4:], topics=phrase_of(open_now))
    else:
        await tell_result(talk, errand, "sms_status_none", tail=number[-4:])
    return None


def phrase_of(classes: Collection[SmsClass]) -> str:
    """The prompt that names these classes: ``topics_account_loan``, ``topics_all``."""
    named = [each for each in ALL_CLASSES if each in classes]
    return "topics_all" if len(named) == len(ALL_CLASSES) else f"topics_{'_'.join(named)}"


async def _change(talk: Talk, errand: Errand, ask: str, *, opening: bool) -> Nav | None:
    """Open or close what he chooses, and tell him by SMS what has changed."""
    person, texts = errand.person, errand.texts
    before = await ask_core(talk, errand.node, lambda: texts.subscribed(person))
    if isinstance(before, Nav):
        return before
    key = await choose(talk, ask, OF_KEY)
    if isinstance(key, Nav):
        return key
    at, classes = talk.now(), OF_KEY[key]
    words = f"{talk.prompts.words(ask)} [{key}]"

    async def change() -> frozenset[SmsClass]:
        change = texts.subscribe if opening else texts.unsubscribe
        after = await change(person, classes, words, at, call=talk.call)
        if changed := after ^ before:
            named = {"classes": talk.prompts.words(phrase_of(changed))}
            topic = "MO-93" if opening else "MO-94"
            await send_to_bound(talk, errand, person, f"{topic} {talk.call} {at.wall}", topic, named)
        return after

    after = await ask_core(talk, errand.node, change, finish=True)
    if isinstance(after, Nav):
        return after
    if opening:
        await tell_result(talk, errand, "sms_opened", topics=phrase_of(classes))
    elif closed := before & set(classes):
        await tell_result(talk, errand, "sms_closed", topics=phrase_of(closed))
    else:
        await tell_result(talk, errand, "sms_was_closed", topics=phrase_of(classes))
    return None
