"""How names, letters and addresses in Latin script are said in Hebrew."""

import re
from collections.abc import Mapping
from functools import lru_cache

from services.conversation.hebrew.transliteration import in_hebrew

NAMES = {
    "zoom": "זום", "whatsapp": "ווטסאפ", "google meet": "גוגל מיט", "google": "גוגל", "teams": "טימס",
    "microsoft": "מיקרוסופט", "outlook": "אאוטלוק", "gmail": "ג'ימייל", "facebook": "פייסבוק", "linkedin": "לינקדאין",
    "instagram": "אינסטגרם", "telegram": "טלגרם", "tiktok": "טיקטוק", "youtube": "יוטיוב", "excel": "אקסל",
    "salesforce": "סיילספורס", "hubspot": "האבספוט", "monday": "מאנדיי", "slack": "סלאק", "wix": "וויקס",
    "waze": "ווייז", "bit": "ביט", "demo": "דמו", "online": "אונליין", "email": "אימייל", "e-mail": "אימייל",
    "mail": "מייל", "web": "ווב", "wifi": "וואי פאי", "wi-fi": "וואי פאי", "bot": "בוט", "chat": "צ'אט",
    "chatgpt": "צ'אט ג'י פי טי", "startup": "סטארטאפ", "sales": "סיילס", "ok": "אוקיי", "link": "לינק",
    "saas": "סאס", "roi": "אר או איי", "leads": "לידים", "lead": "ליד", "b2b": "בי טו בי", "b2c": "בי טו סי",
    "info": "אינפו", "office": "אופיס", "contact": "קונטקט", "support": "סאפורט", "admin": "אדמין",
    "service": "סרוויס",
    "hello": "הלו", "team": "טים", "hotmail": "הוטמייל", "yahoo": "יאהו", "walla": "וואלה", "icloud": "איי קלאוד",
    "dani": "דני", "danny": "דני", "david": "דוד", "moshe": "משה", "yossi": "יוסי", "michal": "מיכל", "noa": "נועה",
    "cohen": "כהן", "levi": "לוי", "alpha": "אלפא", "alta": "אלטה", "messiah": "משיח", "calendar": "קלנדר",
    "meet": "מיט", "google calendar": "גוגל קלנדר", "drive": "דרייב", "google drive": "גוגל דרייב", "apple": "אפל",
    "iphone": "אייפון", "android": "אנדרואיד", "windows": "ווינדוס", "word": "וורד", "powerpoint": "פאוורפוינט",
    "power bi": "פאוור בי איי", "skype": "סקייפ", "webex": "וובקס", "messenger": "מסנג'ר", "twitter": "טוויטר",
    "amazon": "אמזון", "microsoft 365": "מיקרוסופט שלוש שישים וחמש", "shopify": "שופיפיי", "wordpress": "וורדפרס",
    "paypal": "פייפאל", "notion": "נושן", "trello": "טרלו", "asana": "אסנה", "jira": "ג'ירה", "github": "גיטהאב",
    "zapier": "זאפייר", "airtable": "אירטייבל", "pipedrive": "פייפדרייב", "zoho": "זוהו", "canva": "קנבה",
    "dropbox": "דרופבוקס", "mailchimp": "מיילצ'ימפ", "priority": "פריוריטי", "sap": "סאפ", "oracle": "אורקל",
    "intel": "אינטל", "nvidia": "אנבידיה", "openai": "אופן איי איי", "claude": "קלוד", "gemini": "ג'מיני",
    "marketing": "מרקטינג", "digital": "דיגיטל", "feedback": "פידבק", "follow up": "פולואו אפ", "deal": "דיל",
    "pipeline": "פייפליין", "dashboard": "דשבורד", "landing page": "לנדינג פייג'", "website": "וובסייט",
    "app": "אפ", "cloud": "קלאוד", "start-up": "סטארטאפ", "high-tech": "הייטק", "hi-tech": "הייטק", "fintech": "פינטק",
    "crm": "סי אר אם", "erp": "אי אר פי", "api": "איי פי איי", "seo": "אס אי או", "kpi": "קיי פי איי", "ai": "איי איי",
    "it": "איי טי", "hr": "אייץ' אר", "ppc": "פי פי סי", "acme": "אקמי",
    "pdf": "פי די אף", "usb": "יו אס בי", "sms": "אס אם אס", "gps": "ג'י פי אס",
}  # fmt: skip
"""Names known to everybody. A playbook's lexicon comes before them."""

LETTERS = {
    "a": "איי", "b": "בי", "c": "סי", "d": "די", "e": "אי", "f": "אף", "g": "ג'י", "h": "אייץ'", "i": "איי",
    "j": "ג'יי",
    "k": "קיי", "l": "אל", "m": "אם", "n": "אן", "o": "או", "p": "פי", "q": "קיו", "r": "אר", "s": "אס", "t": "טי",
    "u": "יו", "v": "וי", "w": "דאבל יו", "x": "אקס", "y": "וואי", "z": "זד",
}  # fmt: skip

_DOMAINS = {
    "com": "קום",
    "co": "קו",
    "il": "איי אל",
    "net": "נט",
    "org": "אורג",
    "gov": "גוב",
    "ac": "איי סי",
    "io": "איי או",
}
_SIGNS = {"@": "שטרודל", ".": "נקודה", "-": "מקף", "_": "קו תחתון", "+": "פלוס", "/": "לוכסן"}
_SPELLED = 2
"""Unknown pieces of an address that are no longer are read letter by letter."""
_ADDRESS = re.compile(
    r"(?:(?:https?://)?(?:www\.)?)?"
    r"(?:[A-Za-z0-9._+-]+@)?(?:[A-Za-z0-9-]+\.)+(?:co\.il|com|org\.il|net|org|il|io|ai|net\.il)(?![A-Za-z0-9])(?:/[\w-]+)*",
    re.ASCII,
)
_PIECE = re.compile(r"[A-Za-z]+|\d+|[@._+/-]")
_ACRONYM = re.compile(r"(?<![A-Za-z0-9.@])[A-Z]{2,4}(?![A-Za-z0-9.@])")
_AFTER_DIGITS = re.compile(r"(?<=\d)(?![KM])[A-Z]{1,2}(?![A-Za-z0-9])")
"""5G, 3D."""
_STRANGER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9.-]+")
_GLUED = re.compile(r"(?<![א-ת])([ובלמהכש]{1,3})-(?=[A-Za-z])")


def say_addresses(text: str, lexicon: Mapping[str, str]) -> str:
    """E-mail and web addresses read sign by sign."""
    text = _GLUED.sub(r"\1", text)
    text = _STRANGER.sub(lambda match: _address(match[0], lexicon), text) if "@" in text else text
    return _ADDRESS.sub(lambda match: _address(re.sub(r"^(https?://)?(www\.)?", "", match[0]), lexicon), text)


def say_names(text: str, lexicon: Mapping[str, str]) -> str:
    """Known names in Hebrew letters, acronyms letter by letter; other Latin words stay for the voice to read."""
    own = {name.casefold(): said for name, said in lexicon.items()}
    text = _pattern(tuple(own)).sub(lambda match: own[match[0].casefold()], text) if own else text
    text = _KNOWN.sub(lambda match: NAMES[match[0].casefold()], text)
    text = _AFTER_DIGITS.sub(lambda match: " " + " ".join(LETTERS[letter] for letter in match[0].lower()), text)
    return _ACRONYM.sub(lambda match: " ".join(LETTERS[letter] for letter in match[0].lower()), text)


def _address(address: str, lexicon: Mapping[str, str]) -> str:
    stop = ""
    while address and address[-1] in ".-_":
        address, stop = address[:-1], address[-1] + stop
    own = {name.casefold(): said for name, said in lexicon.items()}
    ends = address.rpartition("@")[2].partition("/")[0].split(".")[1:]
    said: list[str] = []
    for part in _PIECE.findall(address):
        lower = part.casefold()
        known = (
            _SIGNS.get(part) or own.get(lower) or (_DOMAINS.get(lower) if lower in ends else None) or NAMES.get(lower)
        )
        known = known or in_hebrew(lower)
        if known is None and part.isdigit():
            known = " ".join(_DIGIT_NAMES[int(digit)] for digit in part)
        elif known is None and len(part) <= _SPELLED:
            known = " ".join(LETTERS[letter] for letter in lower)
        said.append(known or part)
    return " ".join(said) + stop


@lru_cache(maxsize=64)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the names as a whole word, the longest first; Hebrew prefixes may be glued to it with a hyphen."""
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(
        rf"(?<![A-Za-z0-9@.])(?:{'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9@]|\.[A-Za-z])", re.IGNORECASE
    )


_KNOWN = _pattern(tuple(NAMES))
_DIGIT_NAMES = ("אפס", "אחת", "שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע")
