"""What recognisers of the Whisper family write when nobody speaks."""

from services.conversation.hebrew.phrasebook import Phrasebook, Utterance

_BOOK = Phrasebook(
    (
        (
            True,
            1.0,
            """
            צפייה~|צפיה~ $
            תודה|תודהרבה . צפייה~|צפיה~|שצפיתם|שצפית|הצפייה|ההאזנה|שהאזנתם
            שצפיתם|שצפית
            כתוביות
            תרגום~ . כתוביות|עברית|עריכה|ועריכה|וסנכרון
            ^ תרגום~|עריכה~|הפקה~ $
            ^ תרגום עריכה
            הירשמו|להירשם|תירשמו|הרשמו .. ערוץ~
            מנוי|מנויים לערוץ
            לייק . ו|ושתפו|ותשתפו|ושיתוף|לסרטון|לערוץ
            סרטון~ הבא
            פרק הבא בפרק|נתראה
            ^ . בפרק|בסרטון הבא $
            נתראה|להתראות בפרק|בסרטון
            צילום~|עריכה~|בימוי~|הפקה~|קריינות~ ועריכה|ובימוי|והפקה|וצילום|בימוי
            ^ מוזיקה|מוסיקה|צחוק|שקט $
            מחיאות כפיים
            מנגינה|מוזיקת רקע
            amara
            thanks|thank for|you . watching|subscribe
            subtitles|subscribe|amara
            עבר הגהה
            קהילת אמרה
            כל הזכויות שמורות
            שידורי הערוץ
        """,
        ),
    )
)


def is_noise(said: Utterance) -> bool:
    """Whether this is nobody's speech."""
    return next(iter(_BOOK.search(said)), None) is not None
