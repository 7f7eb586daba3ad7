"""Single words that hint at a meaning, for what no phrase was found in. Weaker than any phrase."""

from services.conversation.hebrew.intents import Intent

ROWS = (
    (
        Intent.WHO_IS_THIS,
        0.72,
        """
        מה|מי|מאיפה|איפה|למה|מדוע|איזה|איזו|מאיזה|מאיזו|איך !לא
    """,
    ),
    (
        Intent.GATEKEEPER,
        0.74,
        """
        {he}|לו|לה|אליו|אליה|אותו|אותה|איתו|איתה|שלו|שלה
        {staff}
    """,
    ),
    (
        Intent.VOICEMAIL,
        0.73,
        """
        אנא|הנכם|הנך|הינך|הינכם|אנו|נציגינו|נציגנו|הקישו|הקש|השאירו|המתינו|קולי|קולית|מוקלטת
        {beep}
    """,
    ),
    (
        Intent.IS_ROBOT,
        0.73,
        """
        {robot}
    """,
    ),
    (
        Intent.ASK_PRICE,
        0.71,
        """
        {cost}|{discount}|כמה|יקר|זול|לשלם|משלמים|תשלום|חינם
    """,
    ),
    (
        Intent.ASK_EMAIL,
        0.71,
        """
        <!לא|שום {channel}|אתר|מצגת|חומר|קישור|לינק
    """,
    ),
    (
        Intent.BUSY_CALLBACK,
        0.71,
        """
        {busy}|{driving}|ב{engagement}|אחרכך
    """,
    ),
    (
        Intent.NOT_INTERESTED,
        0.735,
        """
        {i} לא {doing} !{hearing}
        {not} ... {this}|הדבר|כאלה|כאלו|בזה|לזה|מזה {product}|שירותים|דברים
        {not} .. דברים|שירותים|מוצרים|הצעות כאלה|כאלו|מבחוץ|בטלפון|חדשים|{this}
    """,
    ),
    (
        Intent.BUSY_CALLBACK,
        0.62,
        """
        ^ . {i} {now}? {doing} .. $
        ^ . {i} {now}? אחרי|לפני|מול|אצל|ליד|על|עם|בדיוק . . $
        <!לא {i} . צריך|צריכה|צריכים|חייב|חייבת|חייבים|מוכרח|מוכרחה . לסיים|ללכת|לצאת|לרוץ|לעלות|להיכנס|לעבוד|לנוח|
            לישון|לאכול|לטפל|לקחת|להכין|לסגור|לענות
    """,
    ),
    (
        Intent.WRONG_PERSON,
        0.71,
        """
        {number} . אחר|אחרת|קודם|ישן|פרטי
    """,
    ),
)
