"""What people may do in the console: each action needs a role, and a role includes those below it."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """From looking on to running the system."""

    VIEWER = "viewer"
    """Sees everything, changes nothing."""
    OPERATOR = "operator"
    """Runs campaigns, steps into calls, moves meetings, edits playbooks."""
    ADMIN = "admin"
    """Also what touches the whole system, and the audit log."""

    def includes(self, needed: "Role") -> bool:
        """Whether whoever has this role may do what needs that one."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


class Action(StrEnum):
    """What can be done, by the names the audit log uses."""

    LOG_IN = "login"
    LOG_OUT = "logout"
    CHANGE_PASSWORD = "password.change"  # noqa: S105  the name of an action
    SAY = "call.say"
    HANG_UP = "call.hang_up"
    OPT_OUT = "call.opt_out"
    UPLOAD_LEADS = "leads.upload"
    CREATE_CAMPAIGN = "campaign.create"
    START_CAMPAIGN = "campaign.start"
    PAUSE_CAMPAIGN = "campaign.pause"
    RESUME_CAMPAIGN = "campaign.resume"
    STOP_CAMPAIGN = "campaign.stop"
    RETRY_CAMPAIGN = "campaign.retry"
    CAP_CAMPAIGN = "campaign.set_cap"
    CAP_SYSTEM = "system.set_cap"
    MOVE_MEETING = "meeting.reschedule"
    CANCEL_MEETING = "meeting.cancel"
    SAVE_PLAYBOOK = "playbook.save"
    REPLAY_DEAD_LETTER = "dead_letter.replay"
    ADD_USER = "user.add"
    REMOVE_USER = "user.remove"
    SET_ROLE = "user.set_role"
    SET_PASSWORD = "user.set_password"  # noqa: S105  the name of an action


_OF_VIEWERS = (Action.LOG_IN, Action.LOG_OUT, Action.CHANGE_PASSWORD)
_OF_ADMINS = (
    Action.CAP_SYSTEM,
    Action.REPLAY_DEAD_LETTER,
    Action.ADD_USER,
    Action.REMOVE_USER,
    Action.SET_ROLE,
    Action.SET_PASSWORD,
)

NEEDED: Mapping[Action, Role] = (
    dict.fromkeys(Action, Role.OPERATOR)
    | dict.fromkeys(_OF_VIEWERS, Role.VIEWER)
    | dict.fromkeys(_OF_ADMINS, Role.ADMIN)
)
"""The role each action needs, at least."""
