"""The page at /docs: the OpenAPI document as a person reads it. It needs no network and no script."""

import base64
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from html import escape
from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

_STYLE: Final = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f;background:#fff}
h2{margin-top:2.5rem;border-bottom:1px solid #ccc}summary{cursor:pointer;padding:.25rem 0}
details details{margin-inline-start:1.5rem}
code,pre{font:14px/1.4 ui-monospace,monospace}pre{background:#f4f4f6;padding:.75rem;overflow:auto}
b.m{display:inline-block;min-width:4.5rem}table{border-collapse:collapse}td,th{text-align:start;padding:.15rem .75rem
 .15rem 0;vertical-align:top}small{color:#555}
@media(prefers-color-scheme:dark){body{color:#e6e6ea;background:#16161a}pre{background:#222228}small{color:#aaa}}
"""
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {"Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"}


def install(app: FastAPI) -> None:
    """Show every operation of this application at /docs."""

    @cache
    def page() -> str:
        return "".join(_page(app.openapi()))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        """Anybody may read it, as they may read the source; it holds no data."""
        return HTMLResponse(page(), headers=_HEADERS)


def _page(document: dict[str, Any]) -> Iterator[str]:
    title = escape(document["info"]["title"])
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><h1>{title}</h1>'
    yield f"<p>{escape(document['info'].get('description', ''))}</p>"
    yield '<p>As documents for machines: <a href="/openapi.json">OpenAPI</a>, <a href="/asyncapi">AsyncAPI</a>. '
    yield "A token, made with <code>messiah token create</code>, goes into the header "
    yield "<code>Authorization: Bearer TOKEN</code>.</p>"
    for tag, operations in _by_tag(document).items():
        yield f"<h2>{escape(tag)}</h2>"
        for method, path, said in operations:
            yield from _operation(method, path, said)
    yield "<h2>Shapes</h2>"
    for name, schema in sorted(document.get("components", {}).get("schemas", {}).items()):
        yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>{_code(schema)}</details>'


def _by_tag(document: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, item in document["paths"].items():
        for method, said in item.items():
            found.setdefault(said.get("tags", ["other"])[0], []).append((method, path, said))
    return found


def _operation(method: str, path: str, said: dict[str, Any]) -> Iterator[str]:
    yield f'<details><summary><b class="m">{method.upper()}</b> <code>{escape(path)}</code> '
    yield f"<small>{escape(said.get('summary', ''))}</small></summary><p>{escape(said.get('description', ''))}</p>"
    if parameters := said.get("parameters"):
        yield "<table><tr><th>parameter<th>in<th>required<th>what</tr>"
        for each in parameters:
            needed = "yes" if each.get("required") else ""
            what = f"{escape(each.get('description', ''))} <code>{escape(_short(each.get('schema', {})))}</code>"
            yield f"<tr><td><code>{escape(each['name'])}</code><td>{escape(each['in'])}<td>{needed}<td>{what}</tr>"
        yield "</table>"
    for kind, content in said.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body, <code>{escape(kind)}</code>:</p>{_code(content.get('schema', {}))}"
    yield "<table>"
    for status, answer in said.get("responses", {}).items():
        shapes = " ".join(_link(content.get("schema", {})) for content in answer.get("content", {}).values())
        yield f"<tr><th>{escape(status)}<td>{escape(answer.get('description', ''))}<td>{shapes}</tr>"
    yield "</table></details>"


def _short(schema: dict[str, Any]) -> str:
    return json.dumps({name: each for name, each in schema.items() if name not in ("title", "description")})


def _link(schema: dict[str, Any]) -> str:
    name = escape(schema.get("$ref", "").rpartition("/")[2])
    return f'<a href="#{name}"><code>{name}</code></a>' if name else ""


def _code(schema: dict[str, Any]) -> str:
    name = _link(schema)
    return f"<p>{name}</p>" if name else f"<pre>{escape(json.dumps(schema, indent=1, ensure_ascii=False))}</pre>"
