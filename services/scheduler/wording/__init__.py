"""What people read about a meeting: mails, calendar entries and a page, in Hebrew and in English."""
