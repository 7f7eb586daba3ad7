"""Signed links: nobody makes one up, and none is good for another purpose."""

from datetime import timedelta

import pytest

from services.scheduler.domain.letter import Audience
from services.scheduler.domain.link import FeedLink, LinkForged, LinkSigner, MeetingLink
from services.scheduler.links import expired
from tests.unit.scheduler.sample_meeting import BOOKED_AT, START, meeting

SIGNER = LinkSigner("a secret that is long enough")
LINK = MeetingLink(meeting().meeting_id, Audience.LEAD, START)


def test_a_link_says_what_it_was_made_for():
    assert SIGNER.read_meeting(SIGNER.sign_meeting(LINK)) == LINK
    assert SIGNER.read_feed(SIGNER.sign_feed(FeedLink("noa", 2))) == FeedLink("noa", 2)


def test_every_changed_letter_is_noticed():
    token = SIGNER.sign_meeting(LINK)
    for n, letter in enumerate(token):
        forged = token[:n] + ("A" if letter != "A" else "B") + token[n + 1 :]
        try:
            read = SIGNER.read_meeting(forged)
        except LinkForged:
            continue
        # the last letter of base64 holds two bits that mean nothing: the same signature, spelled otherwise
        assert n == len(token) - 1
        assert read == LINK


@pytest.mark.parametrize("token", ["", ".", "a.b", "WyJ4Il0.", "é", "x" * 5000])
def test_what_was_never_a_link_is_forged(token):
    with pytest.raises(LinkForged):
        SIGNER.read_meeting(token)
    with pytest.raises(LinkForged):
        SIGNER.read_feed(token)


def test_a_link_of_another_secret_or_purpose_is_forged():
    other = LinkSigner("another secret of that length")
    with pytest.raises(LinkForged):
        SIGNER.read_meeting(other.sign_meeting(LINK))
    with pytest.raises(LinkForged):
        SIGNER.read_feed(SIGNER.sign_meeting(LINK))
    with pytest.raises(LinkForged):
        SIGNER.read_meeting(SIGNER.sign_feed(FeedLink("noa", 0)))


def test_a_link_ends_with_the_start_it_was_made_for_and_with_the_start_as_it_is_now():
    assert not expired(LINK, meeting(), BOOKED_AT)
    assert expired(LINK, meeting(), START)
    assert expired(LINK, meeting(start=START + timedelta(days=3)), START)
    assert expired(LINK, meeting(start=BOOKED_AT), BOOKED_AT)
