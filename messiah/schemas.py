"""Writes one JSON Schema for every message into `contracts/schemas/`, so that a change of a contract shows in the diff.

python -m messiah.schemas            write them
python -m messiah.schemas --check    fail if they are not what the classes say
"""

import json
import sys
from pathlib import Path

from pydantic import BaseModel

import contracts
from contracts import chat, control, holdings, requests
from contracts.event import Event

FOLDER = Path(contracts.__file__).with_name("schemas")


def messages() -> list[type[BaseModel]]:
    """Every fact, request and reply."""
    asked: list[type[BaseModel]] = [*requests.REQUESTS, control.Control, chat.Ask, chat.Playbooks, holdings.AskHoldings]
    replies: list[type[BaseModel]] = [
        requests.SlotsOffered,
        requests.SlotsFound,
        requests.Booked,
        requests.Cancelled,
        requests.MeetingsListed,
        requests.Refused,
        control.Controlled,
        chat.Answered,
        chat.PlaybooksShown,
        holdings.HoldingsShown,
    ]
    return [*Event.kinds.values(), *asked, *replies]


def schemas() -> dict[str, str]:
    """File names and what belongs into them."""
    return {
        f"{kind.__name__}.json": json.dumps(kind.model_json_schema(), ensure_ascii=False, indent=2, sort_keys=True)
        + "\n"
        for kind in messages()
    }


def differences() -> list[str]:
    """What the folder and the classes disagree on, in words."""
    wanted = schemas()
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    return (
        [f"{name} is missing" for name in sorted(wanted.keys() - found.keys())]
        + [f"{name} belongs to no message" for name in sorted(found.keys() - wanted.keys())]
        + [f"{name} differs" for name in sorted(wanted.keys() & found.keys()) if wanted[name] != found[name]]
    )


def write() -> None:
    """Bring the folder in line with the classes."""
    FOLDER.mkdir(exist_ok=True)
    wanted = schemas()
    for path in FOLDER.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if "--check" not in sys.argv[1:]:
        write()
    elif found := differences():
        sys.exit("contracts/schemas: " + "; ".join(found) + ". Run `make schemas` and look at the diff.")
