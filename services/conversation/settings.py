"""What the conversation service reads from the environment."""

from pathlib import Path

from pydantic import Field, SecretStr

from services.runtime.settings import RuntimeSettings


class ConversationSettings(RuntimeSettings):
    """How many calls this worker takes, and where its playbooks are."""

    conversation_capacity: int = Field(default=200, ge=1)
    """Calls that one worker speaks on at the same time."""
    playbooks_dir: Path | None = None
    """A folder of playbooks beside the ones that come with the product."""
    scheduler_timeout_s: float = Field(default=4.0, gt=0)
    turn_drain_s: float = Field(default=5.0, ge=0)
    """How long a worker that is told to stop may go on with a turn."""
    closing_timeout_s: float = Field(default=30.0, gt=0)
    """How long after its last words a call may take to end before it is concluded without."""

    openai_api_key: SecretStr | None = None
    """Sent to `openai_base_url` and nowhere else."""
    openai_base_url: str | None = None
    """An endpoint that speaks OpenAI's chat completions. Unset: OpenAI's own. See docs/models.md"""
    llm_model: str | None = None
    """The provider's name of the model that answers. Unset: the script of the playbook does."""
