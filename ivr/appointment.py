"""Booking an appointment 预约 (seed 001 §1.2 业务受理; domain/ivr.md A.1-A.3): office, day, half of the day, one confirmation.

``*`` leads back to the question before. The wish has an id of its own (call, kind, office, day, half), so that a confirmation that
is repeated, by the caller or because the answer got lost, books once. Once confirmed it is carried out though the caller hangs up
meanwhile: either the appointment is made and its SMS is on its way, or there is neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fund_core.appointments import AlreadyBooked, Appointment, AppointmentKind, Half, NotBookable, Slot, SlotFull, Wish
from fund_core.port import CoreAnsweredWrong, NotOnFile
from ivr.asking import about, ask_core
from ivr.choosing import Choice, choose_one
from ivr.errand import Errand
from ivr.manners import Nav, choose
from ivr.notices import send_to_bound
from ivr.offices import NamedOffice, name_of, offices_that_can_be_said
from ivr.results import note_failed, tell_not_on_file, tell_result
from ivr.talk import Talk

INTRODUCED_BY = {
    AppointmentKind.LOAN: "appointment_loan",
    AppointmentKind.REPAYMENT: "appointment_repay",
    AppointmentKind.WITHDRAWAL: "appointment_withdraw",
}
OFFICES_AT_ONCE, DAYS_AT_ONCE = 4, 3
"""So many are offered before 更多 (domain/ivr.md §2.3: at most 6 options)."""
DAYS_AHEAD = 9
"""Three pages of days: nobody turns more by phone."""
MOST_WISHES = 9
"""So often the same half day may be booked, cancelled and booked again in one call."""
CONFIRM, AGAIN = "1", "2"


@dataclass(frozen=True, slots=True)
class Booked:
    """The appointment, and whether an SMS about it is on its way."""

    appointment: Appointment
    told: bool


async def make_appointment(talk: Talk, errand: Errand) -> Nav | None:
    """贷款办理, 贷款还款, 提取 (the errand's ``about``). One appointment of a kind at a time."""
    booking = Booking(talk, errand, AppointmentKind(errand.about))
    await talk.tell(INTRODUCED_BY[booking.kind])
    standing = await ask_core(talk, errand.node, booking.standing)
    if isinstance(standing, Nav):
        return standing
    if standing is not None:
        await booking.tell_standing(standing)
        return None
    return await booking.ask_where()


@dataclass(frozen=True, slots=True)
class Booking:
    """One caller's way to an appointment, question by question; BACK from one leads to the question before."""

    talk: Talk
    errand: Errand
    kind: AppointmentKind

    async def ask_where(self) -> Nav | None:
        """The office; what came of it."""
        offices = await ask_core(self.talk, self.errand.node, lambda: offices_that_can_be_said(self.talk, self.errand, self.kind))
        if isinstance(offices, Nav):
            return offices
        if not offices:
            note_failed(self.talk, self.errand, "not_found")
            await self.talk.tell("appointment_nowhere")
            return Nav.BACK
        offered = [Choice("office_option", {"office": office.name}) for office in offices]
        while True:
            chosen = await choose_one(self.talk, "ask_office", offered, OFFICES_AT_ONCE, more="more_offices")
            if isinstance(chosen, Nav):
                return chosen
            gone = await self.ask_when(offices[chosen])
            if gone is not Nav.BACK:
                return gone

    async def ask_when(self, office: NamedOffice) -> Nav | None:
        """The day at an office."""
        while True:
            today = self.talk.now().day()
            slots = await ask_core(
                self.talk, self.errand.node, lambda today=today: self.errand.core.slots(self.kind, office.code, today, DAYS_AHEAD)  # type: ignore[misc]
            )  # fmt: skip
            if isinstance(slots, Nav):
                return slots
            if not slots:
                await self.talk.tell("appointment_office_full")
                return Nav.BACK
            days = sorted({slot.day for slot in slots})
            chosen = await choose_one(
                self.talk, "ask_day", [Choice("day_option", {"day": day}) for day in days], DAYS_AT_ONCE, more="more_days"
            )
            if isinstance(chosen, Nav):
                return chosen
            gone = await self.ask_half(office, [slot for slot in slots if slot.day == days[chosen]])
            if gone is not Nav.BACK:
                return gone

    async def ask_half(self, office: NamedOffice, slots: Sequence[Slot]) -> Nav | None:
        """Morning or afternoon of a day, as far as there is room, and whether it is right so."""
        free = {str(at + 1): slot for at, half in enumerate(Half) for slot in slots if slot.half is half and slot.left}
        full = {str(at + 1): "appointment_full" for at, _ in enumerate(Half) if str(at + 1) not in free}
        offered = [Choice("half_option", {"half": slot.half.value}, key) for key, slot in free.items()]
        while True:
            chosen = await choose_one(self.talk, "", offered, len(offered), instead=full)
            if isinstance(chosen, Nav):
                return chosen
            slot = list(free.values())[chosen]
            wish = {"day": slot.day, "half": slot.half.value, "office": office.name}
            match await choose(self.talk, "appointment_confirm", {CONFIRM, AGAIN}, **wish):
                case "1":
                    return await self.book(office, slot)
                case "2":
                    return Nav.BACK
                case Nav.BACK:
                    continue
                case Nav() as elsewhere:
                    return elsewhere

    async def book(self, office: NamedOffice, slot: Slot) -> Nav | None:
        """The confirmed wish; BACK when that half day can't be had any more."""
        try:
            booked = await ask_core(self.talk, self.errand.node, lambda: self.carry_out(office, slot), finish=True)
        except (SlotFull, NotBookable):
            await self.talk.tell("appointment_full")
            return Nav.BACK
        except AlreadyBooked as error:
            await self.tell_standing(error.appointment)
            return None
        except NotOnFile:
            await tell_not_on_file(self.talk, self.errand, "no_account")
            return None
        if isinstance(booked, Nav):
            return booked
        made = "appointment_made" if booked.told else "appointment_made_untold"
        await tell_result(self.talk, self.errand, made, number=booked.appointment.number)
        return None

    async def carry_out(self, office: NamedOffice, slot: Slot) -> Booked:
        """Book and tell by SMS. What was booked and cancelled earlier in this call was another wish: then this is the next."""
        person, today = self.errand.person, self.talk.now().day()
        for nth in range(MOST_WISHES):
            request = f"{self.talk.call} {self.kind} {office.code} {slot.day} {slot.half} {nth}"
            wish = Wish(request, person, self.kind, office.code, slot.day, slot.half)
            made = await about(person, self.errand.core.book(wish, today))
            if not made.cancelled:
                return Booked(made, await self.send(made, office))
        raise NotBookable("so often in one call")

    async def send(self, made: Appointment, office: NamedOffice) -> bool:
        """The confirmation MT-AP01; whether it is on its way."""
        day, half = f"{made.day.month}月{made.day.day}日", self.talk.prompts.words(made.half.value)
        fields = {"date": day, "half": half, "branch": office.name, "no": made.number}
        return await send_to_bound(self.talk, self.errand, self.errand.person, f"appointment {made.number}", "MT-AP01", fields)

    async def standing(self) -> Appointment | None:
        """What he has booked of this kind already. Its SMS is sent unless it was: the call that booked it may have died in between."""
        person = self.errand.person
        found = await self.errand.core.appointments(person, self.talk.now().day())
        standing = next((each for each in found if each.kind is self.kind), None)
        if standing is not None:
            if standing.depositor != person:
                raise CoreAnsweredWrong("about somebody else")
            await self.send(standing, NamedOffice(standing.office.code, await name_of(self.errand, standing.office)))
        return standing

    async def tell_standing(self, standing: Appointment) -> None:
        """There is one already: when, and how it is changed."""
        note_failed(self.talk, self.errand, "refused")
        await self.talk.tell("appointment_already", day=standing.day, half=standing.half.value)
