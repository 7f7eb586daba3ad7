"""Reads the price list, ours or the operator's own."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from services.runtime.errors import InvalidMessage
from services.telemetry.domain.cost import PriceList

OURS = Path(__file__).with_name("prices.yaml")


def read_prices(path: Path | None = None) -> PriceList:
    """The prices in a file, or those that come with the product. Raises InvalidMessage that names row and field."""
    path = path or OURS
    try:
        return PriceList.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except OSError as error:
        raise InvalidMessage(f"PRICES_FILE names {path}, which cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise InvalidMessage(f"{path} is no YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
        raise InvalidMessage(f"{path}: {place}: {first['msg']}; {OURS.name} shows how rows are written") from error
