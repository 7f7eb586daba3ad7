"""Takes a file in over HTTP as it comes, block by block, onto the disk: a form's file or the bare body."""

import asyncio
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import IO
from urllib.parse import unquote

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from contracts.reasons import said
from services.runtime.errors import Failure, InvalidMessage

MEGABYTE = 1 << 20
_BLOCK = 1 << 18
_FILE_NAME = re.compile(r"filename\*?=(?:UTF-8'')?\"?([^\";]+)", re.IGNORECASE)


class TooLarge(Failure):
    """The file is larger than we take."""

    status = 413
    slug = "too-large"


async def receive(request: Request, path: Path, most_bytes: int) -> str:
    """Write the file to `path` and return its name. Raises TooLarge, or InvalidMessage with the cure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            if request.headers.get("content-type", "").startswith("multipart/form-data"):
                name = await _from_form(request, file, most_bytes)
            else:
                name = _name_in(request.headers.get("content-disposition", ""))
                async for block in _limited(request, most_bytes):
                    await asyncio.to_thread(file.write, block)
        await asyncio.to_thread(part.rename, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return name


async def _from_form(request: Request, file: IO[bytes], most_bytes: int) -> str:
    try:
        form = await MultiPartParser(request.headers, _limited(request, most_bytes), max_files=1).parse()
    except (MultiPartException, KeyError) as error:
        raise InvalidMessage(f"the form cannot be read ({error}); send one file as `file`", field="file") from error
    try:
        sent = next((each for each in form.values() if isinstance(each, UploadFile)), None)
        if sent is None:
            raise InvalidMessage("the form holds no file; send one as `file`", field="file")
        while block := await sent.read(_BLOCK):
            await asyncio.to_thread(file.write, block)
        return unquote(sent.filename or "")[:200]
    finally:
        await form.close()


async def _limited(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    taken = 0
    async for block in request.stream():
        taken += len(block)
        if taken > most_bytes:
            most = most_bytes // MEGABYTE
            raise TooLarge(said("file_too_large", most=most), field="file")
        yield block


def _name_in(disposition: str) -> str:
    found = _FILE_NAME.search(disposition)
    return unquote(found[1])[:200] if found else ""
