"""Replicas that start together on a new database wait for each other."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from alembic.script import ScriptDirectory

import services

REPLICAS = 3
REPLICA = """
import asyncio, sys
from pathlib import Path
from services.runtime.database import Database

async def main(url, schema, migrations):
    database = Database(url, schema)
    print("ready", flush=True)
    sys.stdin.readline()
    await database.migrate(Path(migrations))
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_one_of_them_migrates_and_the_others_find_it_done(tmp_path: Path) -> None:
    migrations = Path(services.__path__[0]) / "dialer" / "migrations"
    file = tmp_path / "new.db"
    arguments = ("-c", REPLICA, f"sqlite+aiosqlite:///{file}", "dialer", str(migrations))
    pipe = asyncio.subprocess.PIPE
    replicas = [
        await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=pipe, stdout=pipe, stderr=pipe)
        for _ in range(REPLICAS)
    ]
    for replica in replicas:
        assert replica.stdout is not None
        assert await replica.stdout.readline() == b"ready\n"
    ends = await asyncio.gather(*(replica.communicate(b"go\n") for replica in replicas))
    assert [replica.returncode for replica in replicas] == [0] * REPLICAS, [
        errors.decode()[-800:] for _, errors in ends
    ]
    with closing(sqlite3.connect(file)) as connection:
        versions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert versions == [(ScriptDirectory(str(migrations)).get_current_head(),)]
