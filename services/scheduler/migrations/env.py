"""Runs the migrations of the scheduler's schema."""

from services.runtime.database import run_migrations
from services.scheduler.tables import Base

run_migrations(Base.metadata)
