"""Runs the migrations of the dialer's schema."""

from services.dialer.tables import Base
from services.runtime.database import run_migrations

run_migrations(Base.metadata)
