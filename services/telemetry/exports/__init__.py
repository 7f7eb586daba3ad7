"""Out to the world: webhooks, CRMs and a daily digest, stored with the fact they tell of, sent until taken."""
