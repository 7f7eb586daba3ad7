"""What phrases of English mean on a sales call, and how strongly."""

import re
from collections.abc import Iterator

from services.conversation.hebrew.context import Asked
from services.conversation.hebrew.intents import Intent

_ROWS: tuple[tuple[Intent, float, str], ...] = (
    (Intent.VOICEMAIL, 0.98, r"(?:leave|record) (?:me |us |you |your )?(?:a |your )?(?:short |brief )?message\b.*\b(?:tone|beep|get back)|(?:after|at) the (?:tone|beep)|(?:have|you have|you) reached (?:the )?voice ?mail|(?:can not|unable to|is not able to) (?:come to|take|answer) (?:the phone|your call)|the (?:person|number|subscriber|customer) you (?:have |are )?(?:called|dialed|calling|trying)|is not available (?:to take|at the moment please)|mailbox is full|forwarded to (?:an automated |a )?voice"),
    (Intent.PROFANITY, 0.95, r"\b(?:fuck\w*|shit|asshole|bitch|bastard|piss off|screw (?:you|off)|go to hell|shut up|idiots?|moron)\b"),
    (Intent.WRONG_PERSON, 0.93, r"\bwrong (?:number|person|company)|(?:no one|nobody|there is no one|there is nobody)(?: here)?(?: by| with| of)? (?:that|this|the) name|do(?:es)? not work here(?: any ?more)?|no longer (?:works?|with) (?:here|us|the company)|left the company|(?:this|that|i|it) (?:is|are) not (?:him|her|me|his|my number)\b|you have (?:got )?the wrong|i am not (?:the )?[a-z]+ (?:cohen|levi)|never heard of"),
    (Intent.IS_ROBOT, 0.93, r"\b(?:are (?:you|u)|is (?:this|it|that)|am i (?:talking|speaking) (?:to|with)|you sound like)(?: really| actually| like| just)? (?:a |an |some |the )?(?:real )?(?:robot|bot|machine|computer|recording|human|person|ai|artificial|automated|chat ?gpt)|(?:you are|it is|this is) (?:a |an )?(?:robot|bot|machine|ai|recording)\b|(?:talk|speak|speaking|talking) (?:to|with) (?:a |an )?(?:robot|bot|machine|computer|human|real person|ai)"),
    (Intent.GATEKEEPER, 0.9, r"\b(?:he|she|they|the (?:boss|manager|owner|ceo)|mister [a-z]+) (?:is|are)(?: currently| just)? (?:not (?:in|here|available|at (?:his|her) desk)|out|away|in a meeting|on (?:vacation|leave|holiday)|abroad|unavailable)|(?:i am|i are|i'm|this is) (?:just |only )?(?:the |his |her |a )?(?:secretary|assistant|receptionist|office manager)|(?:can|may|shall|should) i (?:take|pass|leave) (?:a |on )?(?:message|it)|(?:i will|let me) (?:put you through|transfer you|pass (?:it|that|the message|you))|not the (?:right person|one who)|you (?:need|should|have) to (?:talk|speak) (?:to|with)|who (?:is|are) (?:you )?(?:calling|looking) for"),
    (Intent.BUSY_CALLBACK, 0.9, r"\b(?:call|ring|phone|try)(?: me| us)? (?:back|again|later|tomorrow|another time|some other time|next|before|after|at|on|in|around|monday|tuesday|wednesday|thursday|friday|sunday)\b|(?:can|could|would) you (?:please )?(?:call|ring|phone)(?: me| us)? (?:back|later|again|tomorrow|at|in|on)|(?:i am|i are|we are|i)(?: just| really| kind of| a bit| a little| very| so| in the)? (?:busy|driving|in a meeting|in the middle|on the (?:road|other line|train|bus)|at (?:a|the|my) (?:doctor|meeting|lunch|wedding|funeral)|not (?:free|available)|swamped|tied up|about to)|in (?:a|the middle of a?) ?(?:meeting|call|something)|(?:not|is not|isn't)(?: really)? (?:a )?(?:good|great|the best|convenient) (?:time|moment)|bad (?:time|moment|timing)|(?:can not|could not|can't) (?:talk|speak|take (?:a|this) call|really talk)(?: right)?(?: now)?|not (?:right )?now\b|(?:maybe |some )?another time|later(?: please| maybe)?$|no time"),
    (Intent.NOT_INTERESTED, 0.9, r"\bnot (?:really |at all |currently )?(?:interested|relevant|for us|for me|looking|a (?:good )?fit|something we)|no interest\b|(?:do|does) not (?:interest|need|want|concern)|(?:no|not),? (?:thanks|thank you)|(?:we are|i are|i am) (?:good|fine|all set|covered|sorted|happy with)|(?:already|we) (?:have|use|work with) (?:a|an|another|our own|someone|somebody|one)(?: \w+)? ?(?:supplier|vendor|provider|company|system|solution|agency|already)|already have (?:one|someone|somebody|it|that)|leave (?:me|us) alone|waste of (?:my )?time|pass on (?:this|that|it)|i(?: will|'ll)? pass\b"),
    (Intent.ASK_PRICE, 0.9, r"\b(?:how much|what does it cost|what(?: is| are| does)?(?: the| your| it)? (?:price|cost|pricing|rates?|fee|fees)|price (?:range|list)|(?:what|how) (?:do|would) (?:you|it) (?:charge|cost)|expensive|ballpark|is it free)\b"),
    (Intent.ASK_EMAIL, 0.88, r"\b(?:send|shoot|email|mail|forward|text)(?: it| that| this)?(?: to)? (?:me|us|over|it|some|something|an email|a (?:text|message|link)|the (?:details|info|information))|(?:in|by) (?:an )?(?:email|writing|e mail)|something (?:in writing|written)|(?:have|got) (?:a )?(?:website|brochure|presentation)|send (?:details|info|information|material)"),
    (Intent.WHO_IS_THIS, 0.87, r"\b(?:who (?:is|are) (?:this|you|calling|speaking|that|i)|what (?:is (?:this|it)|are you)(?: \w+)?(?: calling)? ?(?:about|regarding|selling|for)?\b|what (?:company|do you (?:do|want|sell|offer))|(?:where|how) did you (?:get|find) (?:my|our|this)|where (?:are you|is this|you are) (?:calling )?from|which company|what is (?:this|it) (?:all )?(?:about|regarding)|who gave you|tell me (?:more|what))"),
    (Intent.GOODBYE, 0.8, r"\b(?:good ?bye|bye(?: bye)?|see you|talk (?:to you )?(?:soon|later)|take care|have a (?:good|nice|great) (?:day|one|evening|weekend))\b"),
    (Intent.DENY, 0.7, r"^(?:no|nope|nah|not really|no way|negative|absolutely not|definitely not)\b|^(?:i|we) (?:do not|would not)(?: think so)?$|\bthat is not (?:right|correct)|\bnot (?:right|correct)\b|\bincorrect\b|\b(?:neither|none)(?: of (?:them|these|those))?\b|\bdoes not (?:work|suit)"),
    (Intent.AFFIRM, 0.68, r"^(?:yes|yeah|yep|yup|sure|ok|okay|of course|absolutely|certainly|definitely|right|correct|exactly|fine|great|perfect|alright|all right|go ahead|please do|why not|sounds good|uh huh|i guess|indeed|gladly|with pleasure|hello|hi|speaking|go on)\b|\b(?:that|it|which)(?: is| would be| will be|'s)? (?:works?|fine|good|great|perfect|right|correct|ok|okay)\b|\bgo ahead\b|\bworks for (?:me|us)\b|\bsounds (?:good|great|interesting)\b|\blet us (?:do|hear)|\b(?:i am|i are) (?:listening|interested)|\b(?:i|we) (?:have|got) a (?:minute|moment|second)|\bhappy to\b|\bno problem\b|\bi do not mind\b|\byou can\b"),
)  # fmt: skip
_BOOK = tuple((intent, weight, re.compile(pattern)) for intent, weight, pattern in _ROWS)

_NOISE = re.compile(
    r"^(?:thanks? (?:you )?(?:so much )?for watching.*|.*\b(?:subscribe|like and subscribe|subtitles by|captions by)\b.*"
    r"|\[?(?:music|applause|silence|laughter|blank audio)\]?|you|\.+)$"
)
_NO_ANSWERS = frozenset({Intent.GATEKEEPER, Intent.VOICEMAIL, Intent.WRONG_PERSON, Intent.GOODBYE})
"""What an answer about one's company only seems to be."""
_SHORT_ANSWERS = frozenset({Intent.AFFIRM, Intent.DENY})
_INSTEAD_OF_AN_ANSWER = re.compile(
    r"\b(?:not interested|no interest|no thanks|no thank you|leave (?:me|us) alone|how much|price|cost|call (?:me|us)? ?(?:back|later|again)"
    r"|(?:i am|i are) (?:busy|driving|in a meeting)|can not (?:talk|speak)|are you a|who (?:is|are) (?:this|you)|send (?:me|us|details|something)|email (?:me|us))\b"
)


def meanings(said: str, asked: Asked) -> Iterator[tuple[Intent, float, str]]:
    """Everything a text in its normal form can mean after a question, with its weight and its words."""
    explicit = asked is not Asked.QUESTION or _INSTEAD_OF_AN_ANSWER.search(said) is not None
    for intent, weight, pattern in _BOOK:
        match = pattern.search(said)
        if match is None:
            continue
        if asked is Asked.QUESTION and (intent in _NO_ANSWERS or not (explicit or intent in _SHORT_ANSWERS)):
            continue
        if asked in (Asked.CONFIRMATION, Asked.ADDRESS) and intent is Intent.WRONG_PERSON:
            continue
        yield intent, weight, match[0].strip()


def is_noise(said: str) -> bool:
    """Whether these are words that recognisers write when nobody speaks."""
    return _NOISE.match(said) is not None
