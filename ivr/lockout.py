"""The gate all lines share: judges logins under the budgets of ivr/guard/rule.py, with durable counters.

The core judges, the rule decides in one transaction with the counters whether that verdict counts, and only then is it told.
Whatever the counters say, the same questions are asked of the core in the same order: a number nobody has, a wrong PIN, a locked
account, a spent budget and an initial PIN take the same steps and the same time. An
initial PIN opens nothing (domain/identity.md "PIN policy"), and one the policy refuses opens nothing either: both are replaced
with a code to the bound mobile or at a counter (ivr/guard/codes.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from fund_core.model import Account, PinStanding, Verdict
from fund_core.port import CoreAnsweredWrong
from hotline.identity import LoginKind, login_kinds
from hotline.ids import CallerKey, DepositorId
from hotline.moment import Moment
from hotline.secret import Secret
from hotline.settings import LoginSettings
from ivr.guard.rule import NOWHERE, Attempt, Origin, Ruling, rule
from ivr.needs import AttemptStore, Blind, LoginCore

UNIT: tuple[LoginKind, ...] = ("unit",)
"""Kinds of a unit's login: 单位公积金账号 and PIN."""
Candidates = tuple[DepositorId | None, ...]
"""Whom a number may mean: mostly one; None when nobody."""


class LoginGate:
    """Judges logins for all lines. ``blind`` keys hashes; ``caller_key`` tells whether a bound mobile is the one that calls."""

    def __init__(
        self, core: LoginCore, attempts: AttemptStore, blind: Blind, budgets: LoginSettings, caller_key: Callable[[str], CallerKey]
    ) -> None:
        self._core = core
        self._attempts = attempts
        self._blind = blind
        self._budgets = budgets
        self._caller_key = caller_key

    async def judge(
        self, number: Secret, pin: Secret, at: Moment, origin: Origin = NOWHERE, kinds: Sequence[LoginKind] | None = None
    ) -> DepositorId | None:
        """Who logs in with ``number`` and ``pin``, or None; why not is told to nobody. Raises what the core raises.

        ``kinds``: what the number may be, by default what it looks like; :data:`UNIT` for an employer.
        """
        keyed, day = number.reveal(), at.day()
        people = await self._who(keyed, login_kinds(keyed) if kinds is None else kinds)
        verdicts = [await self._verdict(person, pin) for person in people]
        opened = next((verdict.depositor for verdict in verdicts if self._opens(verdict)), None)
        attempt = Attempt(
            accounts=tuple(f"d:{person}" if person else f"n:{self._blind(keyed)}" for person in people),
            pin=self._blind(f"pin {pin.reveal()}"),
            origin=origin,
            hour=at.local().hour,
            familiar=all([await self._is_familiar(verdict, at, origin) for verdict in verdicts]),
            right=opened is not None,
        )
        ruling = await self._attempts.charge(day, attempt.charge(), lambda counted: rule(attempt, counted, self._budgets))
        if opened is None or not ruling.counts:
            return None
        await self._attempts.remember(self._pair(opened, origin), day)
        return opened

    async def counts(self, subject: str, digits: Secret, at: Moment, origin: Origin, *, right: bool) -> bool:
        """Whether ``right`` digits that open ``subject`` (a ticket) count: they are guessed like PINs and fall under the same budgets."""
        attempt = Attempt(
            accounts=(f"t:{self._blind(subject)}",),
            pin=self._blind(f"digits {digits.reveal()}"),
            origin=origin,
            hour=at.local().hour,
            familiar=False,
            right=right,
        )
        ruling = await self._attempts.charge(at.day(), attempt.charge(), lambda counted: rule(attempt, counted, self._budgets))
        return right and ruling.counts

    async def accounts(self, depositor: DepositorId) -> Sequence[Account]:
        """All accounts of who logged in. Raises what the core raises, CoreAnsweredWrong when one is somebody else's."""
        accounts = await self._core.accounts(depositor)
        if any(account.depositor != depositor for account in accounts):
            raise CoreAnsweredWrong("about somebody else")
        return accounts

    async def may_ask_for_code(self, origin: Origin, at: Moment) -> bool:
        """Whether this caller may still have codes sent to people whose identity number he keys. He hears the same if not."""
        asked = {f"r:{origin.block}": self._budgets.tries_per_block_day}
        if origin.caller != NOWHERE.caller:
            asked[f"r:{origin.caller}"] = self._budgets.tries_per_caller_day
        ruling = await self._attempts.charge(
            at.day(), dict.fromkeys(asked, 1), lambda counted: Ruling(all(counted[each] <= most for each, most in asked.items()), {})
        )
        return ruling.counts

    async def forget_tries(self, person: DepositorId, at: Moment) -> None:
        """The day's wrong tries on an account whose PIN was set with a code don't count any more ("reset by counter or code")."""
        account = f"d:{person}"
        await self._attempts.charge(at.day(), {account: 1}, lambda counted: Ruling(True, {account: -counted[account]}))

    async def _who(self, keyed: str, kinds: Sequence[LoginKind]) -> Candidates:
        """Everybody the number may mean: a card that is also a valid identity number may be two people's."""
        found = [await self._core.identify(keyed, (kind,)) for kind in kinds]
        return tuple(dict.fromkeys(person for person in found if person is not None)) or (None,)

    async def _verdict(self, person: DepositorId | None, pin: Secret) -> Verdict:
        verdict = await self._core.verify(person, pin)
        if verdict.depositor != person:
            raise CoreAnsweredWrong("about somebody else")
        return verdict

    async def _is_familiar(self, verdict: Verdict, at: Moment, origin: Origin) -> bool:
        """From the bound mobile, or a number he logged in from before. The counters are asked whoever it is."""
        since = at.day() - timedelta(days=self._budgets.familiar_days)
        known = await self._attempts.knows(self._pair(verdict.depositor, origin), since)
        if verdict.depositor is None or origin.caller == NOWHERE.caller:
            return False
        return known or (bool(verdict.mobile) and self._caller_key(verdict.mobile) == origin.caller)

    def _opens(self, verdict: Verdict) -> bool:
        weak_opens = verdict.standing is PinStanding.WEAK and self._budgets.weak_pins_open
        return verdict.right and verdict.depositor is not None and (verdict.standing is PinStanding.OWN or weak_opens)

    def _pair(self, person: DepositorId | None, origin: Origin) -> str:
        return self._blind(f"pair {person} {origin.caller}")
