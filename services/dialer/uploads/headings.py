"""Under which headings people write the columns of a list, in English and in Hebrew."""

import unicodedata
from collections.abc import Sequence

LEAD_COLUMNS: dict[str, tuple[str, ...]] = {
    "business_name": ("business", "company", "company name", "account", "organization", "organisation", "שם העסק",
                      "שם עסק", "עסק", "שם החברה", "שם חברה", "חברה", "ארגון", "בית עסק", "שם בית העסק"),
    "contact_number": ("phone", "phone number", "telephone", "tel", "mobile", "mobile number", "mobile phone", "cell",
                       "cellphone", "number", "contact phone", "טלפון", "מספר טלפון", "טל", "נייד", "טלפון נייד",
                       "מספר נייד", "סלולרי", "פלאפון", "מספר", "טלפון ליצירת קשר", "מס טלפון", "מס נייד"),
    "contact_name": ("name", "contact", "full name", "contact person", "lead", "שם", "שם מלא", "איש קשר", "שם איש קשר",
                     "שם איש הקשר", "איש הקשר", "שם הלקוח", "שם לקוח", "שם פרטי ומשפחה"),
    "business_type": ("type", "industry", "sector", "category", "vertical", "סוג עסק", "סוג העסק", "תחום", "ענף",
                      "תחום עיסוק", "תחום פעילות", "קטגוריה"),
    "company_size": ("size", "employees", "number of employees", "headcount", "גודל", "גודל חברה", "גודל העסק",
                     "גודל החברה", "מספר עובדים", "עובדים", "כמות עובדים"),
    "current_challenges": ("challenges", "challenge", "pain", "pains", "pain points", "needs", "אתגרים", "אתגר",
                           "אתגרים נוכחיים", "צרכים", "צורך", "קשיים", "בעיות"),
    "best_call_time": ("call time", "best time", "best time to call", "preferred time", "when to call", "זמן מועדף",
                       "שעה מועדפת", "שעות מועדפות", "זמן שיחה", "מתי להתקשר", "זמן נוח לשיחה", "זמן מועדף לשיחה",
                       "שעה נוחה", "מועד מועדף", "זמן התקשרות"),
    "status": ("state", "lead status", "call status", "סטטוס", "מצב", "סטאטוס", "סטטוס ליד", "סטטוס שיחה"),
    "email": ("e mail", "mail", "email address", "מייל", "אימייל", "דואל", "דואר אלקטרוני", "כתובת מייל", "אי מייל"),
    "consent_basis": ("consent", "opt in", "consent type", "legal basis", "הסכמה", "בסיס הסכמה", "סוג הסכמה",
                      "בסיס ההסכמה", "אופן ההסכמה"),
    "consent_at": ("consent date", "consent time", "opt in date", "תאריך הסכמה", "מועד הסכמה", "תאריך ההסכמה",
                   "מועד ההסכמה"),
    "consent_evidence": ("evidence", "consent proof", "הוכחת הסכמה", "אסמכתא"),
    "number_source": ("source", "lead source", "number from", "מקור", "מקור המספר", "מקור הליד", "מקור הגעה"),
    "notes": ("note", "comments", "comment", "remarks", "הערות", "הערה", "פרטים נוספים"),
}  # fmt: skip
"""The columns of a list of leads, with their other names."""

_NUMBER = {"phone": ("contact number", *LEAD_COLUMNS["contact_number"])}
NUMBER_COLUMNS: dict[str, tuple[str, ...]] = _NUMBER | {
    "quote": ("reason", "note", "notes", "סיבה", "הערה", "הערות"),
}
"""The columns of a list of numbers never to call."""

REGISTRY_COLUMNS: dict[str, tuple[str, ...]] = _NUMBER | {
    "listed": ("registered", "blocked", "in registry", "result", "status", "do not call", "רשום", "רשום במאגר", "תוצאה",
               "סטטוס", "מופיע במאגר", "קיים במאגר"),
    "checked_at": ("checked", "date", "check date", "checked on", "תאריך", "תאריך בדיקה", "מועד בדיקה", "נבדק בתאריך"),
}  # fmt: skip
"""The columns of what the national registry said."""


class Headings:
    """Which cell of a row belongs to which column."""

    def __init__(self, columns: dict[str, tuple[str, ...]], required: str) -> None:
        self._names = {heading: name for name, others in columns.items() for heading in (_plain(name), *others)}
        self._required = required

    def known(self, cells: Sequence[str]) -> int:
        """How many headings are known; 0 unless the required column is among them."""
        names = [self._names.get(_plain(cell)) for cell in cells]
        return len(set(names) - {None}) if self._required in names else 0

    def places(self, header: Sequence[str]) -> dict[str, list[int]]:
        """The places of each column. Several headings may mean the same one."""
        places: dict[str, list[int]] = {}
        for place, cell in enumerate(header):
            if name := self._names.get(_plain(cell)):
                places.setdefault(name, []).append(place)
        return places

    def unknown(self, header: Sequence[str]) -> tuple[str, ...]:
        """Headings that nobody will read, as they were written."""
        return tuple(cell.strip() for cell in header if cell.strip() and _plain(cell) not in self._names)


def _plain(heading: str) -> str:
    text = unicodedata.normalize("NFKC", heading).casefold()
    text = "".join(each for each in text if unicodedata.category(each) != "Cf" and each not in "\"'׳״*`’")
    return " ".join(text.replace("_", " ").replace("-", " ").replace(".", " ").replace(":", " ").split())
