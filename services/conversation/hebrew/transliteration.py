"""Hebrew words in Latin letters, as people write them in their addresses."""

from services.conversation.hebrew.words import fold

_NAMES = {
    "דני": "dani", "דנה": "dana", "דוד": "david", "יוסי": "yossi", "משה": "moshe", "רון": "ron",
    "רונן": "ronen", "מיכל": "michal",
    "נועה": "noa", "נעה": "noa", "שירה": "shira", "אבי": "avi", "אלי": "eli", "עמית": "amit", "איתי": "itay",
    "אורי": "uri",
    "גיא": "guy", "יעל": "yael", "רחל": "rachel", "שרה": "sara", "יונתן": "yonatan", "דניאל": "daniel",
    "מאיה": "maya", "תמר": "tamar",
    "רותי": "ruti", "חיים": "haim", "יצחק": "itzhak", "יעקב": "yaakov", "אברהם": "avraham", "שלמה": "shlomo",
    "ליאור": "lior",
    "אייל": "eyal", "ניר": "nir", "גל": "gal", "טל": "tal", "שי": "shay", "עידו": "ido", "עומר": "omer",
    "אסף": "asaf", "ערן": "eran",
    "רוני": "roni", "ענת": "anat", "הילה": "hila", "קרן": "keren", "אורית": "orit", "סיגל": "sigal",
    "מורן": "moran", "לימור": "limor",
    "כהן": "cohen", "לוי": "levi", "מזרחי": "mizrahi", "פרץ": "peretz", "ביטון": "biton", "אזולאי": "azulay",
    "פרידמן": "friedman",
    "אינפו": "info", "אופיס": "office", "סיילס": "sales", "מכירות": "sales", "אדמין": "admin",
    "סאפורט": "support", "קונטקט": "contact",
    "אלפא": "alpha", "בטא": "beta", "אורנט": "ornet", "אלטה": "alta", "אקמי": "acme", "מייל": "mail",
    "טק": "tech", "גרופ": "group",
    "טלי": "tali", "עדי": "adi", "גלית": "galit", "רונית": "ronit", "ליאת": "liat", "אילן": "ilan", "אלון": "alon",
    "יובל": "yuval", "נדב": "nadav", "עמרי": "omri", "מתן": "matan", "איתן": "eitan", "גדי": "gadi", "שגיא": "sagi",
    "שרון": "sharon", "דפנה": "dafna", "נעמה": "naama", "עינת": "einat", "אורלי": "orly", "רינה": "rina", "אסתר": "ester",
    "חנה": "hana", "רבקה": "rivka", "לאה": "lea", "איריס": "iris", "סיון": "sivan", "שני": "shani", "עדן": "eden",
    "ליאורה": "liora", "צבי": "zvi", "מאיר": "meir", "אהרון": "aharon", "יואב": "yoav", "עוז": "oz", "עמי": "ami",
    "קובי": "kobi", "שמעון": "shimon", "נתן": "natan", "גולן": "golan", "אדר": "adar", "ברק": "barak", "שלומי": "shlomi",
    "מיקרוסופט": "microsoft", "בנק": "bank", "גולד": "gold", "שופ": "shop", "ביז": "biz", "סטייל": "style", "ארט": "art",
    "דנטל": "dental", "קליניק": "clinic", "בילדינג": "building", "פרו": "pro", "נט": "net", "לייף": "life", "הום": "home",
    "משרד": "office", "דיזיין": "design", "סטודיו": "studio", "מדיה": "media", "מרקטינג": "marketing",
    "סולושנס": "solutions",
    "קונסלטינג": "consulting", "ישראל": "israel", "נדלן": "nadlan", "לאו": "law", "קלאוד": "cloud",
    "סופט": "soft", "דיגיטל": "digital",
    "סרוויס": "service", "שירות": "service", "טים": "team", "גלובל": "global", "סמארט": "smart",
    "פלוס": "plus", "דאטה": "data",
    "קומפני": "company", "ביזנס": "business",
    "גמא": "gamma", "דלתא": "delta", "אפסילון": "epsilon", "זטא": "zeta", "תטא": "theta", "יוטא": "iota",
    "קפא": "kappa", "למבדה": "lambda", "אומיקרון": "omicron", "סיגמא": "sigma", "אופסילון": "upsilon",
    "אומגה": "omega", "סיסטמס": "systems", "סיסטם": "system", "טכנולוגיס": "technologies",
    "טכנולוג'י": "technology", "אנרג'י": "energy", "פאוור": "power", "פיננס": "finance", "קפיטל": "capital",
    "אינווסט": "invest", "אינשורנס": "insurance", "ליגל": "legal", "אינג'ינירינג": "engineering",
    "קונסטרקשן": "construction", "לוגיסטיקס": "logistics", "טרייד": "trade", "טריידינג": "trading",
    "אקספורט": "export", "אימפורט": "import", "פוד": "food", "פאשן": "fashion", "ביוטי": "beauty", "הלת": "health",
    "מדיקל": "medical", "פארם": "pharm", "ביו": "bio", "לאב": "lab", "לאבס": "labs", "סקיוריטי": "security",
    "סייבר": "cyber", "סייט": "site", "הוסט": "host", "אוטו": "auto", "מוטורס": "motors", "טראוול": "travel",
    "טורס": "tours", "הוטל": "hotel", "איוונטס": "events", "פרינט": "print", "גרפיקס": "graphics", "פוטו": "photo",
    "וידאו": "video", "ספורט": "sport", "קידס": "kids", "גרין": "green", "סולאר": "solar", "אלקטריק": "electric",
    "קונטרול": "control", "סופטוור": "software", "הארדוור": "hardware", "מובייל": "mobile", "טלקום": "telecom",
    "נטוורק": "network", "אינוביישן": "innovation", "ויז'ן": "vision", "סטאר": "star", "קינג": "king",
    "רויאל": "royal", "פריים": "prime", "פירסט": "first", "בסט": "best", "טופ": "top", "מקס": "max", "מגה": "mega",
    "סופר": "super", "אולטרה": "ultra", "סיטי": "city", "סנטר": "center", "פוינט": "point", "ליין": "line",
    "בריג'": "bridge", "סקיי": "sky", "בלו": "blue", "סילבר": "silver", "דיימונד": "diamond", "פרטנרס": "partners",
    "ברדרס": "brothers", "מנג'מנט": "management", "מנג'ר": "manager", "ג'ובס": "jobs", "אורדרס": "orders",
    "בילינג": "billing", "אקאונטינג": "accounting", "אקאונטס": "accounts", "רספשן": "reception",
    "פרוג'קט": "project", "פרוג'קטס": "projects", "קריאייטיב": "creative", "אקדמי": "academy", "סנטרל": "central",
    "אינטרנשיונל": "international", "סרוויסס": "services", "גרופס": "groups", "מאסטר": "master", "אקספרט": "expert",
    "טאץ'": "touch", "פיקסל": "pixel", "ווייב": "wave", "ספייס": "space", "וורקס": "works", "קונקט": "connect",
    "סקייל": "scale",
}  # fmt: skip
"""Names and words of addresses; of several spellings of one name the first is how it is written back in Hebrew."""
_KNOWN = {fold(hebrew): spelled for hebrew, spelled in _NAMES.items()}
_HEBREW = {spelled: hebrew for hebrew, spelled in reversed(_NAMES.items())}
_LETTERS = {
    "א": "a", "ב": "b", "ג": "g", "ד": "d", "ה": "a", "ו": "o", "ז": "z", "ח": "h", "ט": "t", "י": "i", "כ": "k",
    "ך": "k", "ל": "l",
    "מ": "m", "ם": "m", "נ": "n", "ן": "n", "ס": "s", "ע": "a", "פ": "p", "ף": "f", "צ": "tz", "ץ": "tz",
    "ק": "k", "ר": "r", "ש": "sh",
    "ת": "t",
}  # fmt: skip


_CONSONANTS = frozenset(_LETTERS) - frozenset("אהויע")


def latin(word: str) -> str:
    """A folded Hebrew word in lower-case Latin letters; anything else as it is."""
    if word not in _KNOWN and len(word) == 2 and _CONSONANTS.issuperset(word):  # בר, רן
        return "a".join(_LETTERS[letter] for letter in word)
    return _KNOWN.get(word) or "".join(_LETTERS.get(letter, letter) for letter in word)


def in_hebrew(spelled: str) -> str | None:
    """The Hebrew of a name that is spelled so in Latin letters, if it is known."""
    return _HEBREW.get(spelled)
