"""One line in, one line out, as people measure the understanding."""

import json

import pytest

from services.conversation.hebrew.lines import understand_line


def _understood(**given: object) -> dict:
    return json.loads(understand_line(json.dumps({"now": "2026-11-22T09:00", **given})))


@pytest.mark.parametrize(
    "text",
    [
        "את השני",
        "האפשרות המאוחרת",
        "טוב אז חמישי",
        "תשע ורבע",
        "שני עדיף",
        "אז יאללה ארבע ברביעי",
        "רביעי מעולה",
        "הולכים על המוקדם",
        "דווקא האחרונה שהצעת",
        "תמחקי את הראשונה השנייה מתאימה",
        "מבין השניים המאוחר",
        "משתי האפשרויות המוקדמת",
        "בין שני המועדים הראשון",
    ],
)
def test_words_that_are_nothing_but_a_choice_are_one_where_nothing_else_is_known(text):
    assert _understood(text=text)["intents"][0] == "slot_choice"
    assert _understood(text=text, asked="question:crm")["intents"][0] != "slot_choice"


@pytest.mark.parametrize("text", ["חמישי בתשע", "ביום שני הבא", "תקבעו לי חמישי", "מחר"])
def test_who_says_more_proposes_a_time(text):
    assert _understood(text=text)["intents"][0] == "time_proposal"


@pytest.mark.parametrize(
    "text", ["אני הראשון", "הפגישה האחרונה", "תמחק את הראשון", "השני לא מתאים", "תעצור פה", "שני המועדים"]
)
def test_what_only_has_the_words_of_a_choice_is_none(text):
    assert _understood(text=text)["intents"][0] != "slot_choice"


def test_where_slots_are_known_they_decide():
    offered = ["2026-11-24T10:30", "2026-11-25T14:00"]
    assert _understood(text="רביעי", offered=offered)["slot"] == 1
    assert _understood(text="חמישי", offered=offered)["intents"][0] == "time_proposal"


def test_a_bad_line_says_what_to_give():
    assert "give" in json.loads(understand_line("[]"))["error"]
