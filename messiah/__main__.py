"""`python -m messiah` is `messiah`."""

from messiah.cli import app

if __name__ == "__main__":
    app()
