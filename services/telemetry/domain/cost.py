"""What a call cost, from a dated price list. What has no price is unknown, and so is then the whole: never 0.

A carrier charges every minute begun, by where the call goes and, some, by where it comes from.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

from pydantic import ConfigDict, Field

from contracts.telemetry import Cost, CostItem, ModelUsage
from contracts.values import Value

What = Literal["carrier", "voice", "recording", "machine_detection"]


class Price(Value):
    """What one minute, or one call, costs from the day `as_of` on. An empty field fits everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: What
    carrier: str
    line: str | None = None
    destination: str | None = None
    """How people call where the number leads, as `mobile in Israel`; for the reader."""
    to: tuple[str, ...] = ("",)
    """How the called number may begin, in E.164. The longest beginning that fits wins."""
    from_: tuple[str, ...] = Field(default=("",), alias="from")
    """How the caller number may begin."""
    per: Literal["minute", "call"] = "minute"
    amount: float = Field(ge=0)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    as_of: date
    source: str = Field(min_length=1)


class PriceList(Value):
    """Prices, in any order."""

    prices: tuple[Price, ...] = ()

    def find(self, what: What, bought: "Bought") -> Price | None:
        """The newest price that was in force on the day, for the narrowest destination that fits; None if unknown."""
        fitting = [(fit, price) for price in self.prices if price.what == what and (fit := _fit(price, bought))]
        return max(fitting, key=lambda found: (found[0], found[1].as_of))[1] if fitting else None


class Bought(Value):
    """What a call made somebody charge for."""

    on: date
    carrier: str
    line: str | None = None
    to: str = ""
    from_: str = ""
    carrier_s: float = 0.0
    """How long the carrier's call lasted from when it was answered, in seconds."""
    voice_s: float = 0.0
    recorded: bool = False
    machine_detection: bool = False


class CostSummary(Value):
    """Costs of many calls in one currency. Means are taken over calls whose cost is known."""

    currency: str
    total: float
    calls_known: int
    calls_unknown: int
    per_call: float | None = None
    per_meeting: float | None = None
    """None as long as the cost of any call is unknown, or nothing was booked."""
    per_meeting_at_least: float | None = None


NO_PRICES = PriceList()


def cost_of(bought: Bought | None, models: Sequence[ModelUsage], prices: PriceList) -> Cost:
    """Every item a call is charged for. A call that no carrier took costs nothing."""
    items = tuple(_items(bought, prices)) if bought else ()
    items += tuple(_model_item(each) for each in models)
    return Cost(items=items, total=_total(items), currency=_currency(items))


def summed(currency: str, total: float, known: int, unknown: int, meetings: int) -> CostSummary:
    """What many calls cost, a call and a meeting."""
    per_meeting = round(total / meetings, 4) if meetings and known else None
    return CostSummary(
        currency=currency,
        total=round(total, 4),
        calls_known=known,
        calls_unknown=unknown,
        per_call=round(total / known, 4) if known else None,
        per_meeting=None if unknown else per_meeting,
        per_meeting_at_least=per_meeting,
    )


def _items(bought: Bought, prices: PriceList) -> Iterable[CostItem]:
    minutes = math.ceil(bought.carrier_s / 60)
    if minutes:
        yield _item("carrier", minutes, bought, prices)
    if minutes and bought.machine_detection:
        yield _item("machine_detection", 1, bought, prices)
    if bought.voice_s:
        yield _item("voice", math.ceil(bought.voice_s / 60), bought, prices)
    if minutes and bought.recorded:
        yield _item("recording", minutes, bought, prices)


def _item(what: What, quantity: int, bought: Bought, prices: PriceList) -> CostItem:
    price = prices.find(what, bought)
    if price is None:
        return CostItem(what=what, quantity=quantity, unit="call" if what == "machine_detection" else "minute")
    charged = 1 if price.per == "call" else quantity
    return CostItem(
        what=what,
        quantity=charged,
        unit=price.per,
        amount=round(price.amount * charged, 6),
        currency=price.currency,
        as_of=price.as_of,
        source=price.source,
    )


def _model_item(used: ModelUsage) -> CostItem:
    tokens = (used.input_tokens or 0) + (used.output_tokens or 0)
    return CostItem(what=f"model {used.model}", quantity=tokens, unit="token", amount=used.cost, currency=used.currency)


def _fit(price: Price, bought: Bought) -> tuple[int, int] | None:
    """How narrowly a price fits, or None if it does not: digits of destination and origin, and the line named."""
    if price.carrier != bought.carrier or price.as_of > bought.on or price.line not in (None, bought.line):
        return None
    to = [len(beginning) for beginning in price.to if bought.to.startswith(beginning)]
    origin = [len(beginning) for beginning in price.from_ if bought.from_.startswith(beginning)]
    if not to or not origin:
        return None
    return max(to) + (price.line is not None), max(origin)


def _total(items: Sequence[CostItem]) -> float | None:
    amounts = [item.amount for item in items if item.amount is not None]
    if len(amounts) < len(items) or len({item.currency for item in items}) > 1:
        return None
    return round(sum(amounts), 6)


def _currency(items: Sequence[CostItem]) -> str | None:
    currencies = {item.currency for item in items if item.currency}
    return currencies.pop() if len(currencies) == 1 else None
