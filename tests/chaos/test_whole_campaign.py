"""Every lead of a campaign ends in exactly one final state, whatever is lost, repeated, shuffled or killed.

A few dozen leads by default; `make soak` runs ten thousand. SOAK_LEADS and SOAK_SEED choose others.
"""

import json
import os
from pathlib import Path

import pytest

from tests.chaos.whole_campaign import WholeCampaign

LEADS = int(os.environ.get("SOAK_LEADS", "30"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
PATIENCE_S = 400 + 2 * LEADS
MANY = 1000
SHOWN = 20


@pytest.mark.timeout(PATIENCE_S)
async def test_a_whole_campaign_keeps_every_promise(tmp_path):
    chaos = {"kills": 2, "brinks": 2} if LEADS < MANY else {"kill_every_s": (10.0, 40.0)}
    campaign = WholeCampaign(tmp_path, LEADS, os.environ.get("SOAK_DATABASE_URL"), SEED, **chaos)
    report = await campaign.run()
    if written := os.environ.get("SOAK_REPORT"):
        Path(written).write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    assert campaign.broken[:SHOWN] == []
    assert report["dialers killed"] >= 1
    assert report["lost replies"] >= 1, report
