"""The words of the digest, in Hebrew and English."""

from contracts.telemetry import Stage
from contracts.values import Outcome

STAGES = {
    "he": {
        Stage.SUBMITTED: "לידים שנבדקו",
        Stage.DIALED: "חויגו",
        Stage.ANSWERED: "ענו (אדם)",
        Stage.PITCHED: "שמעו את ההצעה",
        Stage.QUALIFIED: "ענו על שאלות הסינון",
        Stage.BOOKED: "קבעו פגישה",
    },
    "en": {
        Stage.SUBMITTED: "Leads judged",
        Stage.DIALED: "Dialed",
        Stage.ANSWERED: "Answered by a person",
        Stage.PITCHED: "Heard the pitch",
        Stage.QUALIFIED: "Answered our questions",
        Stage.BOOKED: "Booked a meeting",
    },
}
OUTCOMES = {
    "he": {
        Outcome.MEETING_BOOKED: "נקבעה פגישה",
        Outcome.CALLBACK_SCHEDULED: "ביקשו שנחזור אליהם",
        Outcome.DETAILS_REQUESTED: "ביקשו פרטים",
        Outcome.TRANSFERRED: "הועברו לנציג",
        Outcome.NOT_INTERESTED: "לא מעוניינים",
        Outcome.OPTED_OUT: "ביקשו להסיר אותם",
        Outcome.WRONG_PERSON: "לא האדם הנכון",
        Outcome.GATEKEEPER: "ענה מישהו אחר",
        Outcome.VOICEMAIL: "תא קולי",
        Outcome.HUNG_UP: "ניתקו",
        Outcome.NO_RESPONSE: "ענו ולא דיברו",
        Outcome.NOT_REACHED: "לא השגנו אותם",
        Outcome.REFUSED: "לא היה מותר לחייג",
        Outcome.FAILED: "תקלות",
    },
    "en": {outcome: outcome.value.replace("_", " ").capitalize() for outcome in Outcome},
}
WORDS = {
    "he": {
        "title": "סיכום יומי",
        "subject": "{booked} פגישות חדשות, {calls} שיחות · {day}",
        "tells": "מה קרה מ־{since} עד אתמול",
        "funnel": "המשפך",
        "outcomes": "תוצאות השיחות",
        "booked": "פגישות שנקבעו",
        "today": "הפגישות של היום",
        "callbacks": "ביקשו שנתקשר היום",
        "trouble": "דורש טיפול",
        "none": "אין",
        "no_calls": "לא היו שיחות.",
        "failed_calls": "שיחות שנכשלו",
        "dead_deliveries": "הודעות החוצה שלא התקבלו (messiah webhook log)",
        "dead_letters": "הודעות פנימיות שלא טופלו (messiah dead list)",
        "slow": "המתנה ארוכה למילה הראשונה, p95 בשניות",
    },
    "en": {
        "title": "Daily digest",
        "subject": "{booked} new meetings, {calls} calls · {day}",
        "tells": "What happened from {since} to yesterday",
        "funnel": "The funnel",
        "outcomes": "What calls came to",
        "booked": "Meetings booked",
        "today": "Meetings today",
        "callbacks": "Asked to be called today",
        "trouble": "Needs attention",
        "none": "None",
        "no_calls": "There were no calls.",
        "failed_calls": "Calls that failed",
        "dead_deliveries": "Deliveries nobody took (messiah webhook log)",
        "dead_letters": "Messages that could not be handled (messiah dead list)",
        "slow": "Callers wait long for the first word, p95 in seconds",
    },
}
