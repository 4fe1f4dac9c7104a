"""The satisfaction survey 满意度调查 after a talk (seed 001 §2.4-11): 满意 1, 基本满意 2, 不满意 3; the last valid key counts."""

from __future__ import annotations

from hotline.events import Grade, SatisfactionGiven, SurveyOffered
from hotline.ids import AgentNo
from ivr.talk import Talk

GRADES: dict[str, Grade] = {"1": "satisfied", "2": "basically", "3": "dissatisfied"}
TRIES = 2
CHANGE_OF_MIND_S = 1.5
"""After a grade another key may still correct it."""
MOST_KEYS = 20


async def ask_grade(talk: Talk, agent: AgentNo) -> Grade | None:
    """Ask twice at most how ``agent`` served; the grade, or None 未评价. A hang-up after a grade keeps the grade."""
    talk.note(SurveyOffered(at=talk.now(), call=talk.call, agent=agent))
    talk.forget_keys()
    grade: Grade | None = None
    try:
        for _ in range(TRIES):
            key = await talk.say("survey") or await talk.key(talk.patient(talk.settings.menu.first_key_s))
            for _ in range(MOST_KEYS):
                if key is None:
                    break
                grade = GRADES.get(key, grade)
                key = await talk.key(CHANGE_OF_MIND_S if grade else talk.patient(talk.settings.menu.first_key_s))
            if grade:
                break
    finally:
        if grade:
            talk.note(SatisfactionGiven(at=talk.now(), call=talk.call, agent=agent, grade=grade))
    await talk.insist("survey_thanks" if grade else "bye")
    return grade
