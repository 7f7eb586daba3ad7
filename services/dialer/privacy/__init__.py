"""Forgetting people: the erasure of one person in every service, what is held on one, and how long anything is kept."""
