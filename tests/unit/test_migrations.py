"""Each service's migrations are one chain: two that were made beside each other are told apart here, not at a start."""

import re
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
FOLDERS = sorted(SERVICES.glob("*/migrations/versions"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parents[1].name)
def test_migrations_are_one_chain(folder):
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))]
    chain = [re.findall(r'^(?:down_)?revision(?:: [^=]+)? = (?:"(\w+)"|None)', text, re.MULTILINE) for text in texts]
    revisions = [revision for revision, _ in chain]
    assert [before for _, before in chain] == ["", *revisions[:-1]]
    assert len(set(revisions)) == len(revisions)
