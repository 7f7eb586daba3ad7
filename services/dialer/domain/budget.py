"""How often a person may be called: over all campaigns, within this one, and once at most without consent."""

from dataclasses import dataclass

from services.dialer.domain.campaign import Campaign
from services.dialer.domain.gate_context import History


@dataclass(frozen=True)
class Budget:
    """The tightest limit that holds for somebody: `used` calls of at most `most`."""

    used: int
    most: int

    @property
    def left(self) -> int:
        return max(0, self.most - self.used)

    @classmethod
    def of(cls, history: History, campaign: Campaign | None, max_attempts: int, consented: bool) -> "Budget":
        """`max_attempts` is the company's own limit. `consented` is whether a consent is on record and holds."""
        budgets = [cls(history.attempts, max_attempts)]
        if campaign is not None and campaign.plan.retry.max_attempts is not None:
            budgets.append(cls(history.campaign_attempts, campaign.plan.retry.max_attempts))
        if campaign is not None and campaign.plan.one_time_business_approach and not consented:
            budgets.append(cls(max(history.attempts, history.called_long_ago), 1))
        return min(budgets, key=lambda budget: budget.left)
