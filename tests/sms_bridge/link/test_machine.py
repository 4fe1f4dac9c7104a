"""A link decides by itself, without socket or clock: logins in words, windows, time-outs, heart-beats, floods, nonsense."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.moment import SHANGHAI
from hotline.secret import Secret
from sms_bridge.gateways.simulator.speech import CmppSpeech
from sms_bridge.link.cmpp import CmppManners
from sms_bridge.link.machine import Link
from sms_bridge.link.model import Account, Again, Answered, Down, Fate, LinkSettings, NoRoom, Order, Report, Ticket, Unanswered, Up, Verdict
from sms_bridge.link.phase import LEGAL, Phase
from sms_bridge.link.smpp import SmppManners
from sms_bridge.protocols.cmpp import CMPP20, CMPP30, REPORTS
from sms_bridge.protocols.dialect import Dialect, Framer, Pdu
from sms_bridge.protocols.smpp import SMPP34

NOW = datetime(2026, 3, 5, 7, 8, 9, tzinfo=SHANGHAI)
ACCOUNT = Account("900001", Secret("888888"))
QUICK = LinkSettings(window=4, beat_s=100, answer_s=10, tries=3)


def order(number: int) -> Order:
    return Order(Ticket(number, 1), "15400000001", b"\x4f\x60")


def sent(link: Link, dialect: Dialect = CMPP30) -> list[Pdu]:
    return [dialect.read(frame) for frame in Framer(dialect).feed(link.output())]


def up(dialect: Dialect = CMPP30, settings: LinkSettings = QUICK) -> Link:
    link = Link(CmppManners(dialect, ACCOUNT), settings)
    link.opened(0, NOW)
    [login] = sent(link, dialect)
    answer = CmppSpeech().login(login, {"900001": Secret("888888")}, wrong_version=False, too_many=False).answer
    link.received(dialect.write(answer), 0)
    assert link.events() == [Up()]
    return link


def taken(link: Link, sequence: int, at: float = 0, result: int = 0, id: int = 1 << 63) -> None:
    link.received(CMPP30.write(Pdu("SUBMIT_RESP", sequence, {"Msg_Id": id, "Result": result})), at)


@pytest.mark.parametrize("dialect", [CMPP20, CMPP30], ids=str)
def test_the_digest_keeps_the_leading_zero_of_the_month_and_the_gateway_proves_itself(dialect: Dialect) -> None:
    link = Link(CmppManners(dialect, ACCOUNT), QUICK)
    link.opened(0, NOW)
    [login] = sent(link, dialect)
    assert login["Timestamp"] == 305070809
    assert up(dialect).phase is Phase.UP


@pytest.mark.parametrize(
    ("dialect", "accounts", "wrong_version", "too_many", "words"),
    [
        (CMPP30, {"900001": "other"}, False, False, "wrong password"),
        (CMPP20, {"900001": "other"}, False, False, "wrong password"),
        (CMPP30, {}, False, False, "does not know this account"),
        (CMPP30, {"900001": "888888"}, True, False, "wrong version"),
        (CMPP30, {"900001": "888888"}, False, True, "too many links"),
    ],
)
def test_a_refused_login_is_told_in_words(
    dialect: Dialect, accounts: dict[str, str], wrong_version: bool, too_many: bool, words: str
) -> None:
    link = Link(CmppManners(dialect, ACCOUNT), QUICK)
    link.opened(0, NOW)
    [login] = sent(link, dialect)
    secrets = {name: Secret(each) for name, each in accounts.items()}
    answer = CmppSpeech().login(login, secrets, wrong_version=wrong_version, too_many=too_many).answer
    link.received(dialect.write(answer), 1)
    [down] = link.events()
    assert isinstance(down, Down)
    assert words in down.reason
    assert down.forbidden
    assert link.phase is Phase.DOWN


def test_an_answer_as_wide_as_the_other_version_is_a_wrong_version_and_no_riddle() -> None:
    link = Link(CmppManners(CMPP30, ACCOUNT), QUICK)
    link.opened(0, NOW)
    link.received(CMPP20.write(Pdu("CONNECT_RESP", 1, {"Status": 4, "AuthenticatorISMG": bytes(16), "Version": 0x20})), 1)
    [down] = link.events()
    assert isinstance(down, Down)
    assert "wrong version: the gateway answers in CMPP 2.0" in down.reason


@pytest.mark.parametrize(("dialect", "file"), [(CMPP20, "cmpp20"), (CMPP30, "cmpp30")], ids=str)
def test_we_log_in_as_foreign_clients_did_and_believe_the_foreign_gateway(dialect: Dialect, file: str) -> None:
    """The captured logins of account 900001 and the answers of an independent gateway."""
    captures = (Path(__file__).parents[1] / "data" / "pdus" / f"{file}.jsonl").read_text().splitlines()
    pdus = [dialect.read(bytes.fromhex(json.loads(line)["hex"])) for line in captures]
    seen = 0
    for asked, told in pairwise(pdus):
        if asked.name != "CONNECT":
            continue
        stamp = datetime.strptime(f"2026{asked['Timestamp']:010d}", "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
        link = Link(CmppManners(dialect, ACCOUNT), QUICK)
        link.opened(0, stamp)
        [login] = sent(link, dialect)
        assert login.fields == asked.fields
        link.received(dialect.write(Pdu("CONNECT_RESP", 1, told.fields)), 0)
        assert link.events() == [Up()]
        seen += 1
    assert seen == {"cmpp20": 2, "cmpp30": 1}[file]


def test_a_gateway_that_does_not_know_the_secret_is_not_believed_unless_told_so() -> None:
    for mutual in (True, False):
        link = Link(CmppManners(CMPP30, Account("900001", Secret("888888"), mutual=mutual)), QUICK)
        link.opened(0, NOW)
        link.received(CMPP30.write(Pdu("CONNECT_RESP", 1, {"Status": 0, "AuthenticatorISMG": bytes(16), "Version": 0x30})), 1)
        assert link.phase is (Phase.DOWN if mutual else Phase.UP)


@pytest.mark.parametrize(("status", "words"), [(0x0E, "wrong password"), (0x0F, "does not know this account"), (0x0D, "refuses our login")])
def test_smpp_logins_are_told_apart_too(status: int, words: str) -> None:
    link = Link(SmppManners(SMPP34, ACCOUNT), QUICK)
    link.opened(0, NOW)
    link.received(SMPP34.write(Pdu("bind_transceiver_resp", 1, {}, status)), 1)
    [down] = link.events()
    assert isinstance(down, Down)
    assert words in down.reason


def test_no_more_orders_than_the_window_and_a_permit_comes_back_when_the_answer_is_settled() -> None:
    link = up()
    for number in range(4):
        link.submit(order(number), 1)
    with pytest.raises(NoRoom):
        link.submit(order(9), 1)
    first = sent(link)[0].sequence
    taken(link, first, 2)
    [answered] = link.events()
    assert answered == Answered(Ticket(0, 1), Verdict.TAKEN, "0", f"{1 << 63:016x}")
    assert link.room(2) == 0
    link.settled(1)
    assert link.room(2) == 1
    taken(link, first, 3)
    assert link.events() == []
    assert link.room(3) == 1


def test_an_order_without_an_answer_goes_again_unchanged_then_is_given_up_and_a_late_answer_is_believed() -> None:
    link = up()
    link.submit(order(1), 0)
    first = link.output()
    for at in (10, 20):
        link.received(CMPP30.write(Pdu("ACTIVE_TEST_RESP", 77, {"Reserved": 0})), at)
        link.tick(at)
        assert link.output() == first
        assert link.events() == [Again(Ticket(1, 1))]
    link.tick(30)
    assert link.events() == [Unanswered(Ticket(1, 1))]
    assert link.room(30) == 4
    taken(link, CMPP30.read(first).sequence, 31)
    [late] = link.events()
    assert isinstance(late, Answered)
    assert late.late
    assert link.room(31) == 4


def test_flow_control_halves_the_window_and_pauses_longer_each_time() -> None:
    link = up()
    pauses = []
    at = 0.0
    for number in range(3):
        link.submit(order(number), at)
        taken(link, sent(link)[-1].sequence, at, result=8)
        link.settled(1)
        assert link.room(at) == 0
        pauses.append(link.paused_until - at)
        at = link.paused_until
    assert pauses == pytest.approx([0.2, 0.4, 0.8])
    assert link.limit == 1
    assert link.room(at) == 1


def test_a_silent_gateway_is_asked_three_times_then_left() -> None:
    link = up()
    link.submit(order(1), 0)
    link.output()
    asked = []
    for at in range(100, 200, 5):
        link.tick(at)
        asked += [pdu.name for pdu in sent(link) if pdu.name == "ACTIVE_TEST"]
    assert asked == ["ACTIVE_TEST"] * 3
    down = link.events()[-1]
    assert isinstance(down, Down)
    assert "heart-beat" in down.reason


def test_a_cut_leaves_at_most_a_window_in_doubt_and_names_it() -> None:
    link = up()
    for number in range(4):
        link.submit(order(number), 1)
    taken(link, sent(link)[0].sequence)
    link.events()
    link.closed("cut")
    assert link.events() == [Down("cut", (Ticket(1, 1), Ticket(2, 1), Ticket(3, 1)))]
    link.closed("again")
    assert link.events() == []


def test_a_drained_link_takes_no_more_and_leaves_after_its_last_answer_is_settled() -> None:
    link = up()
    link.submit(order(1), 0)
    [submit] = sent(link)
    link.drain()
    with pytest.raises(NoRoom):
        link.submit(order(2), 0)
    assert link.output() == b""
    taken(link, submit.sequence)
    assert link.output() == b""
    link.settled(1)
    [leave] = sent(link)
    assert leave.name == "TERMINATE"
    link.received(CMPP30.write(Pdu("TERMINATE_RESP", leave.sequence)), 1)
    assert link.phase is Phase.DOWN


def test_a_report_may_come_before_its_answer_with_any_word_and_in_the_other_versions_length() -> None:
    for length, stat, fate in ((71, b"DELIVRD", Fate.DELIVERED), (60, b"AF:4", Fate.FAILED), (71, b"ACCEPTD", Fate.ON_ITS_WAY)):
        link = up()
        link.submit(order(1), 0)
        body = REPORTS[length].encode(
            {
                "Msg_Id": 2**64 - 1,
                "Stat": stat,
                "Submit_time": b"",
                "Done_time": b"",
                "Dest_terminal_Id": b"8615400000001",
                "SMSC_sequence": 0,
            }
        )
        link.received(CMPP30.write(deliver(body, 1)), 1)
        [report] = link.events()
        assert isinstance(report, Report)
        assert (report.gateway_id, report.stat, report.fate, report.number) == ("f" * 16, stat.decode(), fate, "15400000001")
        link.output()
        link.confirm(report.receipt)
        [receipt] = sent(link)
        assert (receipt.name, receipt.sequence, receipt["Msg_Id"]) == ("DELIVER_RESP", 0, 5)


def deliver(content: bytes, registered: int) -> Pdu:
    fields: dict[str, Any] = {
        "Msg_Id": 5, "Dest_Id": b"12329", "Service_Id": b"", "TP_pid": 0, "TP_udhi": 0, "Msg_Fmt": 0, "Src_terminal_Id": b"15400000001",
        "Src_terminal_type": 0, "Registered_Delivery": registered, "Msg_Content": content, "LinkID": b"",
    }  # fmt: skip
    return Pdu("DELIVER", 0, fields)


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\0",
        b"\0\0\0\x0b12345678901",
        b"\xff" * 20,
        bytes((0, 0, 0, 12, 0, 0, 0, 99, 0, 0, 0, 1)),
        bytes((0, 0, 0, 13, 0, 0, 0, 8, 0, 0, 0, 1, 9)),
    ],
)
def test_what_is_no_pdu_ends_the_link_with_a_reason_and_what_came_before_counts(data: bytes) -> None:
    link = up()
    link.submit(order(1), 0)
    [submit] = sent(link)
    link.submit(order(2), 0)
    good = CMPP30.write(Pdu("SUBMIT_RESP", submit.sequence, {"Msg_Id": 1, "Result": 0}))
    link.received(good, 1)
    link.received(data, 1)
    answered, down = link.events()
    assert isinstance(answered, Answered)
    assert isinstance(down, Down)
    assert down.reason.startswith("This is no PDU of the protocol:")
    assert down.in_doubt == (Ticket(2, 1),)
    link.received(good, 2)
    assert link.events() == []


def test_every_phase_leads_down_and_nothing_leads_back() -> None:
    assert set(LEGAL) == set(Phase)
    assert all(Phase.DOWN in ways for phase, ways in LEGAL.items() if phase is not Phase.DOWN)


steps = st.lists(st.tuples(st.sampled_from(["submit", "answer", "slower", "settle", "tick", "double"]), st.integers(0, 30)), max_size=60)


@given(steps=steps)
def test_permits_pending_and_unsettled_are_never_more_than_the_window_whatever_happens(steps: list[tuple[str, int]]) -> None:
    link = up()
    at, number, unsettled = 0.0, 0, 0
    open_sequences: list[int] = []
    for step, value in steps:
        if step == "submit" and link.room(at):
            number += 1
            link.submit(order(number), at)
        elif step in ("answer", "slower", "double") and open_sequences:
            sequence = open_sequences[value % len(open_sequences)]
            for _ in range(2 if step == "double" else 1):
                taken(link, sequence, at, result=8 if step == "slower" else 0)
            open_sequences.remove(sequence)
        elif step == "settle":
            link.settled(unsettled)
            unsettled = 0
        elif step == "tick":
            at += value
            link.tick(at)
        if link.phase is not Phase.UP:
            return
        open_sequences += [pdu.sequence for pdu in sent(link) if pdu.name == "SUBMIT" and pdu.sequence not in open_sequences]
        unsettled += sum(isinstance(event, Answered) and not event.late for event in link.events())
        assert 0 <= link.in_doubt + link.unsettled <= QUICK.window
        assert link.unsettled == unsettled
        assert link.room(at) + link.in_doubt + link.unsettled <= QUICK.window
