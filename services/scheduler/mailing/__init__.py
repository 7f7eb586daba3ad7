"""Mails: stored with the change they tell of, sent over SMTP, tried again until they are taken or of no use."""
