"""A caller's number: never in plain writing, readable for the agent, erasable without changing a figure."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.callers import UNKNOWN_CALLER, Callers, NumberCipher, NumberUnreadable, caller_key, normal_number
from hotline.clock import HandClock
from hotline.ids import CallId
from hotline.journal import memory_journal, open_journal, read_events
from hotline.secret import Secret
from hotline.vault import Vault
from tests.hotline.samples import arrived, ended, moment

CALL = CallId("c-20251120-0000000001")
NUMBER = "13912345678"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "secrets")


async def test_a_number_can_be_read_again_while_fresh_and_after_a_restart(sqlite_url: str, vault: Vault) -> None:
    async with open_journal(sqlite_url, HandClock()) as journal:
        callers = Callers(journal, vault)
        assert callers.remember(CALL, NUMBER, moment()) == callers.key(NUMBER)
        assert await callers.number(CALL) == NUMBER
    async with open_journal(sqlite_url, HandClock()) as journal:
        callers = Callers(journal, vault)
        assert await callers.number(CALL) == NUMBER
        assert await callers.number(CallId("c-other")) is None


@pytest.mark.postgres
async def test_a_number_is_kept_and_erased_in_postgres_too(postgres_url: str, vault: Vault) -> None:
    async with open_journal(postgres_url, HandClock()) as journal:
        callers = Callers(journal, vault)
        callers.remember(CALL, NUMBER, moment())
        assert await Callers(journal, vault).number(CALL) == NUMBER
        assert (await callers.erase(CALL), await callers.number(CALL)) == (True, None)


async def test_no_file_holds_the_number_in_plain_nor_its_ciphertext_after_erasing(sqlite_url: str, vault: Vault, tmp_path: Path) -> None:
    async with open_journal(sqlite_url, HandClock()) as journal:
        callers = Callers(journal, vault)
        key = callers.remember(CALL, NUMBER, moment())
        await journal.append(arrived(CALL), ended(CALL))
        sealed = await journal.run(lambda connection: connection.exec_driver_sql("SELECT number_encrypted FROM callers").scalar())
        before = _bytes(tmp_path)
        await callers.erase(CALL)
        after = _bytes(tmp_path)
    assert sealed in before
    assert sealed not in after
    assert NUMBER.encode() not in before + after
    assert key.encode() in before


async def test_erasing_a_number_changes_no_event(sqlite_url: str, vault: Vault) -> None:
    async with open_journal(sqlite_url, HandClock()) as journal:
        callers = Callers(journal, vault)
        callers.remember(CALL, NUMBER, moment())
        await journal.append(arrived(CALL), ended(CALL))
        before = list(read_events(sqlite_url))
        assert (await callers.erase(CALL), await callers.erase(CALL)) == (True, False)
        assert await callers.number(CALL) is None
        assert list(read_events(sqlite_url)) == before


async def test_numbers_before_a_day_are_erased_together(sqlite_url: str, vault: Vault) -> None:
    days = {"c-1": "2025-11-18 12:00:00", "c-2": "2025-11-19 23:59:59.999999", "c-3": "2025-11-20 00:00:00"}
    async with open_journal(sqlite_url, HandClock()) as journal:
        callers = Callers(journal, vault)
        for call, clock in days.items():
            callers.remember(CallId(call), NUMBER, moment(clock))
        assert await callers.erase_before(date(2025, 11, 20)) == 2
        assert [await callers.number(CallId(call)) for call in days] == [None, None, NUMBER]


async def test_remembering_a_call_again_keeps_the_later_number(vault: Vault) -> None:
    async with memory_journal(HandClock()) as journal:
        callers = Callers(journal, vault)
        for number in ("02988881234", NUMBER):
            callers.remember(CALL, number, moment())
        assert await Callers(journal, vault).number(CALL) == NUMBER


async def test_a_call_without_a_number_is_nobodys(vault: Vault) -> None:
    async with memory_journal(HandClock()) as journal:
        callers = Callers(journal, vault)
        assert {callers.remember(CALL, ani, moment()) for ani in ("", "anonymous", "+")} == {UNKNOWN_CALLER}
        assert await callers.number(CALL) is None


async def test_more_calls_than_are_kept_at_hand_are_still_readable(vault: Vault) -> None:
    async with memory_journal(HandClock()) as journal:
        callers = Callers(journal, vault, fresh=3)
        for number in range(10):
            callers.remember(CallId(f"c-{number}"), f"1390000{number:04}", moment())
        assert [await callers.number(CallId(f"c-{number}")) for number in range(10)] == [f"1390000{number:04}" for number in range(10)]


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("13912345678", "13912345678"),
        ("+8613912345678", "13912345678"),
        ("008613912345678", "13912345678"),
        ("8613912345678", "13912345678"),
        ("013912345678", "13912345678"),
        ("139-1234-5678", "13912345678"),
        ("01088886666", "01088886666"),
        ("010888866667", "010888866667"),
        ("+861088886666", "01088886666"),
        ("+869318881234", "09318881234"),
        ("+8612329", "12329"),
        ("09318881234", "09318881234"),
        ("12345", "12345"),
        ("sip:nobody", ""),
    ],
)
def test_one_caller_is_one_caller_however_his_number_is_written(written: str, normal: str) -> None:
    assert normal_number(written) == normal


def test_a_callers_key_tells_him_again_only_to_who_holds_the_secret() -> None:
    ours, theirs = Secret("a" * 43), Secret("b" * 43)
    assert caller_key(NUMBER, ours) == caller_key("+86" + NUMBER, ours)
    assert len({caller_key(NUMBER, ours), caller_key(NUMBER, theirs), caller_key("13912345679", ours)}) == 3
    assert NUMBER not in caller_key(NUMBER, ours)


async def test_ten_thousand_numbers_are_one_block_and_a_caller_without_a_number_is_in_none(tmp_path: Path) -> None:
    async with memory_journal(HandClock()) as journal:
        known = Callers(journal, Vault(tmp_path))
        assert known.block("13912345678") == known.block("+8613912349999") != known.block("13912355678")
        assert known.block("13912345678") != known.key("13912345678")
        assert known.block("") == known.block("1234") == UNKNOWN_CALLER


@given(
    number=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    call=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_what_is_sealed_opens_again_for_the_same_call_only(number: str, call: str) -> None:
    cipher = NumberCipher(Secret("key"))
    sealed = cipher.seal(CallId(call), number)
    assert cipher.unseal(CallId(call), sealed) == number
    assert sealed != cipher.seal(CallId(call), number)
    with pytest.raises(NumberUnreadable):
        cipher.unseal(CallId(call + "x"), sealed)


def test_a_changed_bit_anywhere_is_noticed() -> None:
    cipher = NumberCipher(Secret("key"))
    sealed = cipher.seal(CALL, NUMBER)
    for place in range(len(sealed) * 8):
        spoilt = bytearray(sealed)
        spoilt[place // 8] ^= 1 << place % 8
        with pytest.raises(NumberUnreadable):
            cipher.unseal(CALL, bytes(spoilt))


def test_after_the_key_was_changed_old_numbers_stay_readable() -> None:
    old, new = Secret("old"), Secret("new")
    sealed = NumberCipher(old).seal(CALL, NUMBER)
    changed = NumberCipher(new, previous=[old])
    assert changed.unseal(CALL, sealed) == NUMBER
    assert changed.seal(CALL, NUMBER)[1:5] != sealed[1:5]
    with pytest.raises(NumberUnreadable, match=sealed[1:5].hex()):
        NumberCipher(new).unseal(CALL, sealed)


def _bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("journal.db*"))
