"""The snippet of Python in the README does what it says, against a running system."""

import asyncio
import json
import re
import sys
from pathlib import Path

from messiah.system import System

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


async def test_the_snippet_publishes_a_lead_and_prints_the_logged_call(system: System, tmp_path: Path) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert "nats://127.0.0.1:4222" in snippet
    script = tmp_path / "snippet.py"
    script.write_text(snippet.replace("nats://127.0.0.1:4222", system.nats_url), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-X", "utf8", str(script), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0
    assert json.loads(printed)["outcome"] == "meeting_booked"
