"""The load bench's own arithmetic: its callers, how the next prompt is told from the rest of the last, what counts as held."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import ivr_load
from bench.crowd import Held, Look, between, looks
from bench.ivr_load import Way, aims, climb_down, settle
from bench.keypad import CODES, Keypad, Walks
from bench.listeners import Asked, Sample, Samples, latencies
from bench.load_ways import DIALPLAN, OURS, PYST, LoadWay
from bench.measuring_load import Figures, Memory
from bench.procstat import traces_of_children
from bench.tree import Account, LoginWay, context_of, dialplan
from bench.walks import LAST_KEY_S, PAUSE_S, Place, Tree, dice_of, load_tree, stay_of, visit, walk
from robots.tones import murmur, silence
from robots.wav import write_wav
from tests.bench.arrivals import START, moment, packets

TREE = Tree(
    "M", ("hello",), 4.0,
    {
        "M": Place(("m",), ("m",), {"*": "M", "#": "M", "9": "M", "1": "G"}),
        "G": Place(("g",), ("g",), {"*": "M", "#": "G", "9": "M", "1": "G>1", "2": "G>2"}),
        "G>1": Place(("text",), ("text",), {"*": "G"}),
        "G>2": Place(("ask",), ("ask",), {"*": "G>2~"}, 8.0),
        "G>2~": Place(("cleared",), ("cleared",), {"*": "G"}, 8.0),
    },
)  # fmt: skip


# -- walks -----------------------------------------------------------------------------------------------------------


@given(caller=st.integers(0, 900), call=st.integers(0, 50))
def test_a_visit_follows_the_tree_begins_after_the_welcome_and_ends_before_the_caller_hangs_up(caller: int, call: int) -> None:
    at, clock = TREE.start, 0.0
    for step in visit(TREE, caller, call, 0.2):
        assert step.place == TREE.places[at].keys[step.key]
        clock += step.pause
        assert clock >= TREE.welcome_s + PAUSE_S[0]
        at, clock = step.place, clock + 0.2
    assert clock <= stay_of(caller) - LAST_KEY_S


def test_the_same_dice_walk_the_same_way_and_others_another() -> None:
    def keys(caller: int, call: int) -> str:
        steps = walk(TREE, dice_of(caller, call))
        return "".join(next(steps).key for _ in range(40))

    assert keys(3, 1) == keys(3, 1)
    assert len({keys(3, 1), keys(3, 2), keys(4, 1)}) == 3


def test_walks_come_everywhere() -> None:
    steps = walk(TREE, random.Random(1))
    assert {next(steps).place for _ in range(300)} == set(TREE.places)


def test_a_tree_survives_its_file(tmp_path: Path) -> None:
    assert load_tree(TREE.save(tmp_path / "tree.json")) == TREE


def test_the_keypad_presses_another_walk_in_each_call_of_a_port_the_same_in_each_run() -> None:
    def pressed() -> list[list[str]]:
        keypad = Keypad("127.0.0.1", 0, 1, Walks(TREE))
        caller = next(iter(keypad.callers.values()))
        caller.sock.close()
        calls = []
        for _ in range(2):
            keypad.begin(caller, 0.0)
            keys, at = [], 0.0
            while caller.digit is not None:
                keys.append(CODES[caller.digit])
                caller.sock = Nobody()  # type: ignore[assignment]
                for _ in range(keypad.updates + 1):
                    keypad._step(caller, at)
            calls.append(keys)
        return calls

    first, second = pressed()
    assert pressed() == [first, second]
    assert first != second
    assert first == [step.key for step in visit(TREE, 0, 0, 0.2)]


class Nobody:
    """A socket that forgets what is sent."""

    def sendto(self, data: bytes, peer: object) -> int:
        """Forget it."""
        return len(data)


# -- digit to audio --------------------------------------------------------------------------------------------------

OLD, NEW = murmur(3.0, seed=1), array("h", [*silence(0.07), *murmur(2.0, seed=2)])


@pytest.fixture
def new(tmp_path: Path) -> str:
    """The next prompt's file: 70 ms of silence, then speech."""
    return saved(tmp_path / "new", NEW)


def saved(path: Path, samples: array[int]) -> str:
    """A sound file, named as Asterisk wants it."""
    write_wav(path.with_suffix(".wav"), samples)
    return str(path)


@pytest.mark.parametrize("rest", [0, 160, 800, 4000])
def test_the_next_prompt_is_told_from_the_rest_of_the_interrupted_one_by_its_sound(rest: int, new: str) -> None:
    came = packets([*OLD[:rest], *NEW], START + 5_000)
    assert latencies(came, [Asked(moment(START), (new,))]) == [5.0 + rest // 160 * 20]


def test_a_prompt_that_begins_inside_a_packet_began_with_that_packet(new: str) -> None:
    came = packets([*OLD[:1000], *NEW], START + 5_000)
    assert latencies(came, [Asked(moment(START), (new,))]) == [5.0 + 6 * 20]


def test_packets_are_taken_in_the_senders_order(new: str) -> None:
    came = packets([*OLD[:320], *NEW], START + 5_000)
    came[4], came[5] = came[5], came[4]
    assert latencies(came, [Asked(moment(START), (new,))]) == [45.0]


def test_the_rest_of_the_same_prompt_is_not_its_new_beginning(new: str) -> None:
    came = packets([*NEW[4000:8000], *NEW], START + 5_000)
    assert latencies(came, [Asked(moment(START), (new,))]) == [5.0 + 25 * 20]


def test_a_prompt_that_begins_with_the_same_words_is_another_one(tmp_path: Path) -> None:
    words = murmur(0.7, seed=3)
    wanted, other = array("h", [*words, *murmur(1.0, seed=4)]), array("h", [*words, *murmur(1.0, seed=5)])
    key = Asked(moment(START), (saved(tmp_path / "wanted", wanted),))
    assert latencies(packets(wanted, START), [key]) == [0.0]
    assert latencies(packets(other, START), [key]) == [None]


def test_a_prompt_cut_short_by_the_next_key_is_recognised(new: str) -> None:
    keys = [Asked(moment(START), (new,)), Asked(moment(START + 900_000), (new,))]
    assert latencies(packets(NEW[:7200], START + 2_000), keys)[0] == 2.0


def test_a_prompt_that_never_comes_is_a_missed_key(new: str) -> None:
    key = Asked(moment(START), (new,))
    assert latencies(packets(OLD, START), [key]) == [None]
    assert latencies([], [key]) == [None]
    assert latencies([], []) == []


def test_what_comes_after_the_next_key_does_not_count_for_this_one(new: str) -> None:
    keys = [Asked(moment(START), (new,)), Asked(moment(START + 1_000_000), (new,))]
    came = packets([*OLD[:8000], *NEW], START)
    assert latencies(came, keys) == [None, 0.0]


def test_the_key_at_which_the_measurement_ended_is_not_asked_about_and_ends_the_time_of_the_one_before(new: str) -> None:
    sample = Sample(asked=[Asked(moment(START), (new,)), Asked(moment(START + 1_000_000), ("whatever",))])
    sample.ear.came = packets([*NEW[:8000], *OLD], START + 4_000)
    sample.cut()
    assert Samples([sample]).latencies_ms() == ([4.0], 0)
    Sample().cut()


def test_of_several_beginnings_the_one_that_was_heard_counts(new: str, tmp_path: Path) -> None:
    other = saved(tmp_path / "other", murmur(2.0, seed=9))
    assert latencies(packets(NEW, START + 3_000), [Asked(moment(START), (other, new))]) == [3.0]


# -- dialplan --------------------------------------------------------------------------------------------------------


def test_each_place_is_a_context_and_each_key_leads_to_one() -> None:
    login = LoginWay("21", ["number"], ["pin"], "balance")
    text = dialplan(TREE, login, [Account("1232800001", "402817")], 1.5, 15395)
    contexts = re.findall(r"^\[(load-\S+)\]$", text, re.MULTILINE)
    assert len(contexts) == len(set(contexts)) == len(TREE.places) + 1
    assert {to for to in re.findall(r"Goto\((load-[^,]+),s,1\)", text)} <= set(contexts)
    assert text.count("Goto(load-") == sum(len(place.keys) for place in TREE.places.values()) + 2
    assert "exten => 1232800001402817,1,Goto(s,1)" in text


def test_different_places_are_different_contexts() -> None:
    names = ["G.1", "G>1", "G>1~", "G_1", "G__1", "C>3", "C.MSG_OK"]
    assert len({context_of(name) for name in names}) == len(names)


# -- what is counted -------------------------------------------------------------------------------------------------


def test_a_crowd_is_judged_by_what_happened_while_it_was_watched() -> None:
    seen = [Look(1, 5, 0, 0), Look(2, 10, 4, 1), Look(3, 9, 7, 1), Look(4, 10, 9, 3), Look(5, 0, 20, 9)]
    assert between(seen, 2, 4) == Held(10, 5, 2)
    assert between(seen, 8, 9) == Held(0, 0, 0)


def test_a_line_that_sipp_has_half_written_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "walker.stat"
    head = "StartTime;CurrentTime;CurrentCall;SuccessfulCall(C);FailedCall(C)"
    path.write_text(f"{head}\na;2026-11-21\t17:49:34.043127\t1795283374.5;10;4;1;\na;2026-11-21\t17:49:35.04\t1795283375.5;11")
    assert looks(path) == [Look(1795283374.5, 10, 4, 1)]
    assert looks(tmp_path / "none") == []


def test_a_child_leaves_a_trace_a_thread_does_not() -> None:
    code = "import subprocess, sys, threading; input(); {}; print(1, flush=True); input()"
    for what, leaves_traces in (("subprocess.run(['true'])", True), ("t = threading.Thread(target=print); t.start(); t.join()", False)):
        with subprocess.Popen([sys.executable, "-c", code.format(what)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin and process.stdout
            before = traces_of_children(process.pid)
            process.stdin.write(b"\n")
            process.stdin.flush()
            while process.stdout.readline().strip() != b"1":
                pass
            assert (traces_of_children(process.pid) != before) is leaves_traces
            process.stdin.close()


def figures(population: int, holds: bool = True, p99: float = 1.0) -> Figures:
    """What a crowd came to."""
    held = Held(population - 2 if holds else 0, 100, 0)
    return Figures(population, 10.0, held, 300, [p99], 0, 20, 0, 1.0, 0.5, 0.0, 0, 80.0, 2)


def ladder(**most: int) -> list[Way]:
    """Ways that hold so many callers at most, looked at from 400 down."""
    ways = [Way(way, 400) for way in (DIALPLAN, OURS, PYST) if way.name in most]
    climb_down(ways, lambda way, population: figures(population, population <= most[way.name]), lambda: True)
    return ways


def test_a_population_that_all_ways_hold_is_measured_at_once() -> None:
    ways = ladder(dialplan=400, ours=500)
    assert settle(ways) == 400
    assert [len(one.rounds) for one in ways] == [1, 1]


def test_ways_are_compared_with_the_largest_population_that_all_of_them_hold() -> None:
    ways = ladder(dialplan=400, ours=300, pyst=230)
    assert settle(ways) == 225
    assert [(one.population, len(one.rounds), one.not_held) for one in ways] == [
        (225, 0, []), (225, 0, [400]), (225, 1, [400, 300]),
    ]  # fmt: skip


def test_a_population_that_no_way_holds_is_said_and_nothing_fails() -> None:
    ways = ladder(dialplan=170, ours=0)
    held = {one.way.name: one.population if one.rounds else None for one in ways}
    assert settle(ways) == 169
    said = ivr_load._said(ivr_load.Plan(), ways, held)
    assert said.startswith("400 callers were held by no way, 169 were; not held: dialplan 400, 300, 225; ours 400, 300")
    assert settle(ladder(ours=0)) == 0


def test_a_small_population_is_tried_once() -> None:
    ways = [Way(OURS, 4)]
    climb_down(ways, lambda way, population: figures(population, holds=False), lambda: True)
    assert ways[0].not_held == [4]
    assert settle(ways) == 0


def test_no_smaller_population_is_tried_when_there_is_no_time() -> None:
    ways = [Way(OURS, 400)]
    climb_down(ways, lambda way, population: figures(population, holds=False), lambda: False)
    assert ways[0].not_held == [400]


@pytest.mark.parametrize(
    ("held", "missed", "broken", "sampled"),
    [(Held(90, 100, 0), 0, 0, 20), (Held(98, 98, 2), 0, 0, 20), (Held(98, 100, 0), 2, 0, 20), (Held(98, 100, 0), 0, 1, 20),
     (Held(98, 100, 0), 0, 0, 0)],
)  # fmt: skip
def test_a_population_is_not_held_when_callers_fail_or_are_not_served(held: Held, missed: int, broken: int, sampled: int) -> None:
    assert figures(100).holds
    assert not Figures(100, 10.0, held, 300, [1.0], missed, sampled, broken, 1.0, 0.5, 0.0, 0, 80.0, 2).holds


def test_several_rounds_are_one_row_with_all_latencies_together() -> None:
    one = ivr_load.row(OURS, [figures(100, p99=3.0), figures(100, p99=7.0)])
    assert (one["keys"], one["keys_per_s"], one["digit_to_audio_ms_p50"], one["digit_to_audio_ms_max"]) == (600, 30.0, 3.0, 7.0)
    assert (one["asterisk_cpu_ms_per_key"], one["python_cpu_ms_per_key"]) == (3.333, 1.667)


def test_an_aim_is_met_missed_or_not_measured() -> None:
    def rows(ours: float) -> dict[str, dict[str, object]]:
        found: list[tuple[LoadWay, float]] = [(DIALPLAN, 5.0), (OURS, ours)]
        return {way.name: ivr_load.row(way, [figures(100, p99=p99)]) for way, p99 in found}

    grown = Memory(1000, 0, {100: 80.0, 500: 85.0, 1000: 96.0}, forks=1)
    assert {name: aim["met"] for name, aim in aims(rows(44.0), None).items()} == {
        "p99_behind_dialplan_ms": True, "forks": True, "memory_growth_percent": None,
    }  # fmt: skip
    assert {name: aim["met"] for name, aim in aims(rows(46.0), grown).items()} == {
        "p99_behind_dialplan_ms": False, "forks": False, "memory_growth_percent": False,
    }  # fmt: skip
    assert aims({}, None)["p99_behind_dialplan_ms"]["met"] is None
    assert Memory(60, 0, {100: 80.0}, forks=0).growth_percent is None
