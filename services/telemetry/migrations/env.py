"""Runs the migrations of telemetry's schema."""

from services.runtime.database import run_migrations
from services.telemetry.tables import Base

run_migrations(Base.metadata)
