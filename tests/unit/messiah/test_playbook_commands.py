"""`messiah playbook` on files, without a system behind it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from messiah.cli import app
from services.conversation.folders import PACKAGED


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("messiah.watch.CONNECT_S", 0.2)
    monkeypatch.setenv("NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.delenv("PLAYBOOKS_DIR", raising=False)
    return CliRunner()


def playbook(run: CliRunner, *words: str) -> Result:
    return run.invoke(app, ["playbook", *words])


def test_shipped_playbooks_are_good(run: CliRunner) -> None:
    result = playbook(run, "check")
    assert result.exit_code == 0
    assert result.output.count(": good") == len(list(PACKAGED.glob("*.yaml")))


def test_a_new_one_is_good_and_never_overwritten(run: CliRunner) -> None:
    for like in sorted(path.stem for path in PACKAGED.glob("*.yaml")):
        assert playbook(run, "new", f"my-{like}", "--like", like).exit_code == 0
        assert playbook(run, "check", f"my-{like}.yaml").exit_code == 0
        assert f"name: my-{like}\n" in Path(f"my-{like}.yaml").read_text(encoding="utf-8")
    again = playbook(run, "new", "my-alta-he")
    assert again.exit_code == 1
    assert "already there" in again.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["new", "My Own"], "is no name for a playbook"),
        (["new", "mine", "--like", "nobody"], "there are alta-en, alta-he"),
        (["new", "mine", "--to", "nowhere"], "give a folder with --to"),
        (["show", "nobody"], "there are alta-en, alta-he"),
        (["check", "nothing.yaml"], "nothing.yaml, line 1: "),
        (["save", "nothing.yaml"], "messiah up"),
    ],
)
def test_what_cannot_be_done_is_told_with_the_cure(run: CliRunner, words: list[str], says: str) -> None:
    result = playbook(run, *words)
    assert result.exit_code == 1
    assert says in result.output
    assert "Traceback" not in result.output


def test_every_mistake_of_every_file_is_told_with_its_line(run: CliRunner) -> None:
    playbook(run, "new", "mine")
    mine = Path("mine.yaml")
    text = mine.read_text(encoding="utf-8")
    mine.write_text(text.replace("זה רגע נוח?", "נוח לך?").replace("  goodbye:", "  godbye:"), encoding="utf-8")
    result = playbook(run, "check", ".")
    assert result.exit_code == 1
    for words, message in (("נוח לך?", "speaks to a man or a woman"), ("godbye:", "did you mean `goodbye`?")):
        lines = mine.read_text(encoding="utf-8").splitlines()
        line = next(number for number, each in enumerate(lines, 1) if words in each)
        assert any(f"mine.yaml, line {line}: " in each and message in each for each in result.output.splitlines())


def test_without_a_system_the_files_are_shown(run: CliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    playbook(run, "new", "mine", "--like", "payroll-he")
    monkeypatch.setenv("PLAYBOOKS_DIR", str(tmp_path))
    assert "mine\the\tתלושון" in playbook(run, "list").output
    shown = playbook(run, "show", "mine")
    assert "no system answers" in shown.output
    assert Path("mine.yaml").read_text(encoding="utf-8") in shown.output
