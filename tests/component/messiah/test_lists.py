"""`messiah lead upload` and its neighbours against a system that runs."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from messiah.cli import app
from messiah.system import System


async def messiah(*arguments: str) -> tuple[int, str]:
    """Run a command in a thread of its own, as it brings its own event loop."""
    result = await asyncio.to_thread(CliRunner().invoke, app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


async def test_lists_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with System.start(messiah_var=tmp_path / "var", messiah_port=0, messiah_nats_port=0) as system:
        monkeypatch.setenv("MESSIAH_URL", system.http_url)
        template = tmp_path / "leads.csv"
        assert await messiah("lead", "template", "--out", str(template)) == (0, "")
        assert template.read_bytes().startswith("\ufeffbusiness_name,contact_number".encode())
        template.write_text(template.read_text(encoding="utf-8") + "x,9.72542E+11,y\n", encoding="utf-8")

        code, output = await messiah("lead", "upload", str(template))
        assert code == 3
        assert "2 rows: 1 accepted, 1 refused" in output
        assert "line 3, contact_number: 9.72542E+11 is a number that the spreadsheet has rounded" in output

        numbers = tmp_path / "numbers.csv"
        numbers.write_text("phone\n03-5234567\n")
        assert "1 accepted" in (await messiah("do-not-call", "import", str(numbers)))[1]
        assert "1 accepted" in (await messiah("registry", "import", str(numbers), "--not-listed"))[1]
        _, output = await messiah("do-not-call", "check", "03-5234567")
        assert "+97235234567: on the list since" in output
        assert "the registry does not list it" in output
        assert (await messiah("do-not-call", "add", "03-5234568"))[0] == 0
        assert "on the list" in (await messiah("do-not-call", "check", "03-5234568"))[1]
        assert "0542345678" in (await messiah("registry", "due"))[1]
        code, output = await messiah("lead", "upload", "nowhere.csv")
        assert (code, "there is no file" in output) == (1, True)
