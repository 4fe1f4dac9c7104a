"""What the caller HEARD: finding prompts in a recording by comparing the sound itself, never by trusting a log.

Two steps. The loudness curve (log energy per 10 ms) of a prompt's beginning is slid over that of the recording: quick, and
indifferent to gain and coding; it names candidates. Each candidate is then checked sample by sample: short windows of the
prompt are correlated at one exact offset, on and on until they no longer fit; that tells how much of it was heard. Two
sentences of the same synthetic voice have similar curves but never the same samples.

All sound is PCM16 at 8000 a second (``array('h')`` or anything like it).
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import mul

from robots.g711 import RATE

HOP = RATE // 100
"""Samples per point of a loudness curve: 10 ms."""
WINDOW = 2 * 160
"""Samples per exact comparison: 40 ms."""
ALIKE = 0.75
"""Correlation of one window from which on it counts as the same sound; A-law coding leaves more than 0.99."""
_SURELY_ALIKE = 0.9
_NEAR = RATE // 20
_HEAD = 90
"""Points of the beginning that name candidates."""
_FLOOR = 400.0
"""Energy per sample added before the logarithm, so that line noise (about 20 of 32767) is flat."""
_CANDIDATES = 6
_DIFFERENT = 2
"""Windows in a row that may sound different before the prompt counts as cut off: 80 ms, less than any syllable."""
_SLIPS = (160, -160, 320, -320, 480, 640, 800)
"""A mixing bridge on a busy machine adds or leaves out packets now and then: what follows lies so many samples later."""
_SILENT = 10
"""Windows in a row that may be silent instead (lost packets)."""


@dataclass(frozen=True, slots=True)
class Match:
    """A prompt was heard: from when (where its beginning lies), how alike (0-1), how much of it."""

    at_seconds: float
    score: float
    heard_seconds: float
    """From the prompt's beginning to its last window that was recognised."""
    complete: bool
    """Whether it was heard to its end (the last 80 ms may be missing)."""


class Sound:
    """Samples with the sums and curves that make comparing quick; build it once when it is compared often."""

    def __init__(self, samples: Sequence[int]) -> None:
        self.samples = samples
        points = len(samples) // HOP
        energies = (sum(map(mul, frame, frame)) / HOP for frame in (samples[i * HOP : (i + 1) * HOP] for i in range(points)))
        self.curve = [math.log(energy + _FLOOR) for energy in energies]
        self.sums = [0.0, *accumulate(self.curve)]
        self.squares = [0.0, *accumulate(map(mul, self.curve, self.curve))]

        self.powers = [0, *accumulate(map(mul, samples, samples))]

    @property
    def seconds(self) -> float:
        """The length."""
        return len(self.samples) / RATE

    def likeness(self, window: Sequence[int], power: int, at: int) -> float:
        """The normalised correlation of ``window`` (its energy is ``power``) with what stands at sample ``at``."""
        if at < 0 or at + WINDOW > len(self.samples):
            return 0.0
        both = power * (self.powers[at + WINDOW] - self.powers[at])
        return sum(map(mul, window, self.samples[at : at + WINDOW])) / math.sqrt(both) if both else 0.0

    def audible(self) -> tuple[int, int]:
        """First and last-plus-one point of the curve that is not silence; (0, 0) when all is."""
        loud = math.log(_FLOOR) + 1.0
        points = [index for index, level in enumerate(self.curve) if level > loud]
        return (points[0], points[-1] + 1) if points else (0, 0)


def _sound(samples: Sequence[int] | Sound) -> Sound:
    return samples if isinstance(samples, Sound) else Sound(samples)


def find(heard: Sequence[int] | Sound, prompt: Sequence[int] | Sound, *, since: float = 0.0, whole: bool = False) -> Match | None:
    """Where ``prompt`` begins in ``heard`` at ``since`` seconds or later: the match of which most was heard.

    A prompt cut short by a key is found too, as long as about half a second of it was heard (all of it, when it is shorter);
    with ``whole`` only one that was heard to its end.
    """
    matches = find_all(heard, prompt, since=since)
    best = max(matches, key=lambda match: (round(match.heard_seconds, 1), -match.at_seconds), default=None)
    return None if best is None or (whole and not best.complete) else best


def find_all(heard: Sequence[int] | Sound, prompt: Sequence[int] | Sound, *, since: float = 0.0) -> list[Match]:
    """Every place where ``prompt`` was heard, in order of time."""
    recording, wanted = _sound(heard), _sound(prompt)
    first, last = wanted.audible()
    if last - first < 5:
        return []  # silence can't be recognised
    offsets: list[int] = []
    heads = {min(_HEAD, last - first), min(_HEAD // 2, last - first)}  # the shorter one is found when the longer one has a slip
    for point in (point for head in heads for point in _candidates(recording, wanted, first, head, int(since * 100))):
        offset = _align(recording, wanted.samples, first * HOP, (point - first) * HOP)
        if offset is not None and all(abs(offset - other) > HOP for other in offsets):
            offsets.append(offset)
    matches = [match for offset in sorted(offsets) if (match := _measure(recording, wanted, first, last, offset))]
    return [match for match in matches if match.at_seconds >= since - 0.02]


def _candidates(recording: Sound, wanted: Sound, first: int, length: int, start: int) -> list[int]:
    """The points of the recording where the loudness curve is most like that of the prompt's beginning."""
    head = wanted.curve[first : first + length]
    mean = sum(head) / length
    head = [level - mean for level in head]
    spread = math.sqrt(sum(map(mul, head, head))) or 1.0
    curve, sums, squares = recording.curve, recording.sums, recording.squares
    best: list[tuple[float, int]] = []
    for point in range(start, len(curve) - length + 1):
        total = sums[point + length] - sums[point]
        variance = squares[point + length] - squares[point] - total * total / length
        if variance <= 0.05:
            continue
        likeness = sum(map(mul, head, curve[point : point + length])) / (spread * math.sqrt(variance))
        if likeness > 0.6:
            best.append((likeness, point))
    return _peaks(best)


def _peaks(found: list[tuple[float, int]]) -> list[int]:
    """The best points, no two closer than 30 ms."""
    kept: list[tuple[float, int]] = []
    for likeness, point in sorted(found, reverse=True):
        if len(kept) >= _CANDIDATES:
            break
        if all(abs(point - other) > 3 for _, other in kept):
            insort(kept, (likeness, point))
    return [point for _, point in sorted(kept, reverse=True)]


def _align(recording: Sound, wanted: Sequence[int], begin: int, near: int) -> int | None:
    """The exact offset (in samples, recording minus prompt) around ``near``; None when no window of the beginning fits."""
    reach = HOP + HOP // 2
    for place in _loudest(wanted, begin):
        window = wanted[place : place + WINDOW]
        power = sum(map(mul, window, window))
        low, high = max(0, place + near - reach), min(place + near + reach, len(recording.samples) - WINDOW)
        coarse = [at for at in range(low, high, 2) if recording.likeness(window, power, at) > ALIKE - 0.25]
        # a voice repeats itself with each pitch period: refine them all, only the right one is nearly 1
        fine = {one for at in coarse for one in (at - 1, at, at + 1)}
        likeness, at = max(((recording.likeness(window, power, one), one) for one in fine), default=(0.0, 0))
        if likeness >= ALIKE:
            return at - place
    return None


def _loudest(wanted: Sequence[int], begin: int) -> list[int]:
    """The two loudest windows of the first 0.6 s."""
    places = range(begin, min(begin + 4800, len(wanted) - WINDOW + 1), WINDOW)
    energy = {place: sum(map(mul, wanted[place : place + WINDOW], wanted[place : place + WINDOW])) for place in places}
    return sorted(energy, key=lambda place: -energy[place])[:2]


def _measure(recording: Sound, wanted: Sound, first: int, last: int, offset: int) -> Match | None:
    """Follow the prompt from its beginning until it no longer fits; None when too little of it does."""
    places = _spoken_windows(wanted, first, last)
    scores: list[float] = []
    left, different, silent, began = len(places), 0, 0, offset
    for index, place in enumerate(places):
        window = wanted.samples[place : place + WINDOW]
        power = sum(map(mul, window, window))
        likeness = recording.likeness(window, power, place + offset)
        if likeness < ALIKE:
            slipped, other = max((recording.likeness(window, power, place + offset + slip), offset + slip) for slip in _SLIPS)
            likeness, offset = (slipped, other) if slipped >= _SURELY_ALIKE else (likeness, offset)
        if likeness >= ALIKE:
            scores.append(likeness)
            left, different, silent = len(places) - index - 1, 0, 0
        elif likeness:
            different += 1
        else:
            silent += 1
        if different > _DIFFERENT or silent > _SILENT:
            break
    if not scores:
        return None
    until = places[-1 - left] + WINDOW
    if until - first * HOP < min(0.5 * RATE, 0.6 * (last - first) * HOP):
        return None
    return Match(began / RATE, sum(scores) / len(scores), until / RATE, complete=left <= _DIFFERENT)


def _spoken_windows(wanted: Sound, first: int, last: int) -> list[int]:
    """Where the windows between two points of the curve begin; a pause fits anything, so those that are one are left out."""
    loud = max(wanted.curve[first:last]) - 4.5
    per = WINDOW // HOP
    return [point * HOP for point in range(first, last - per + 1, per) if max(wanted.curve[point : point + per]) >= loud]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One prompt of a :func:`transcript`."""

    prompt: str
    match: Match


def transcript(heard: Sequence[int] | Sound, prompts: Mapping[str, Sequence[int] | Sound]) -> list[Spoken]:
    """Which of ``prompts`` (by id) were heard, one after the other; where two fit, the one of which more was heard."""
    recording = _sound(heard)
    found = [Spoken(name, match) for name, prompt in prompts.items() for match in find_all(recording, prompt)]
    kept: list[Spoken] = []
    for spoken in sorted(found, key=lambda one: -one.match.heard_seconds):
        if not any(_overlap(spoken.match, other.match) for other in kept):
            kept.append(spoken)
    return sorted(kept, key=lambda one: one.match.at_seconds)


def _overlap(left: Match, right: Match) -> bool:
    begin = max(left.at_seconds, right.at_seconds)
    end = min(left.at_seconds + left.heard_seconds, right.at_seconds + right.heard_seconds)
    return end - begin > 0.1


def heard_in_order(heard: Sequence[int] | Sound, prompts: Sequence[Sequence[int] | Sound]) -> list[Match] | None:
    """The matches of ``prompts`` one after the other, each beginning when the one before it was over; None if one is missing."""
    recording, matches, since = _sound(heard), list[Match](), 0.0
    for prompt in prompts:
        later = find_all(recording, prompt, since=since)
        if not later:
            return None
        matches.append(later[0])
        since = later[0].at_seconds + later[0].heard_seconds - 0.1
    return matches


def heard_as_one(heard: Sequence[int] | Sound, pieces: Sequence[Sequence[int]], slack: float = 0.2) -> list[int]:
    """Which of ``pieces`` (by index) were not heard although they belong together, one directly after the other.

    A sentence with values is played as a row of files. Its longest piece is found first; the others are looked for only where
    they must lie, give or take ``slack`` seconds, so that numerals of a quarter of a second are told from their like elsewhere.
    Silence counts as heard. All are missing when the longest one is.
    """
    recording = _sound(heard)
    longest = max(range(len(pieces)), key=lambda index: len(pieces[index]))
    anchor = find(recording, pieces[longest])
    if anchor is None:
        return list(range(len(pieces)))
    after = _row(recording, pieces, range(longest + 1, len(pieces)), anchor.at_seconds + len(pieces[longest]) / RATE, slack)
    before = _row(recording, pieces, range(longest - 1, -1, -1), anchor.at_seconds, slack)
    return sorted([*before, *after])


def _row(recording: Sound, pieces: Sequence[Sequence[int]], order: range, at: float, slack: float) -> list[int]:
    """Those of ``order`` that are not where they must be; ``at`` is where the first of them begins (or ends, going backwards)."""
    missing: list[int] = []
    for index in order:
        length = len(pieces[index]) / RATE
        expected = at if order.step > 0 else at - length
        begin = max(0, int((expected - slack) * RATE))
        match = find(recording.samples[begin : begin + len(pieces[index]) + int(2 * slack * RATE)], pieces[index])
        found = begin / RATE + match.at_seconds if match else _in_parts(recording, Sound(pieces[index]), expected)
        if found is None:
            found = expected
            missing.append(index)
        at = found + length if order.step > 0 else found
    return missing


def _in_parts(recording: Sound, wanted: Sound, expected: float) -> float | None:
    """Where a word begins that is in its place (give or take 50 ms) but has a slip in its middle: each window is looked for alone.

    A word of silence is where it was expected; None when fewer than seven windows of ten are there.
    """
    first, last = wanted.audible()
    offsets: list[int] = []
    places = _spoken_windows(wanted, first, last) if last else []
    for place in places:
        window = wanted.samples[place : place + WINDOW]
        power = sum(map(mul, window, window))
        near = place + int(expected * RATE)
        likeness, at = max((recording.likeness(window, power, at), at) for at in range(near - _NEAR, near + _NEAR))
        if likeness >= _SURELY_ALIKE:
            offsets.append(at - place)
    if len(offsets) < 0.7 * len(places):
        return None
    return sorted(offsets)[len(offsets) // 2] / RATE if offsets else expected
