"""What `messiah doctor` asks HubSpot and Airtable: whether our keys open what they are for. Nothing is written."""

from urllib.parse import quote

import aiohttp

from messiah.findings import Finding, absent, broken, good
from services.dialer.settings import DialerSettings
from services.telemetry.settings import TelemetrySettings


async def hubspot(telemetry: TelemetrySettings, session: aiohttp.ClientSession) -> Finding:
    """The private app's token opens the account."""
    what = "HubSpot"
    if telemetry.hubspot_token is None:
        return absent(what, "nobody is told of calls there", "set HUBSPOT_TOKEN to a private app's token")
    url = f"{telemetry.hubspot_url}/crm/v3/properties/contacts/phone"
    fault = await _fault(session, url, telemetry.hubspot_token.get_secret_value())
    if fault is None:
        return good(what, "takes the token")
    return broken(what, fault, "correct HUBSPOT_TOKEN; its app needs contacts, calls, meetings and their schemas")


async def airtable(
    dialer: DialerSettings, telemetry: TelemetrySettings, session: aiohttp.ClientSession
) -> list[Finding]:
    """The key opens each table that is named."""
    key, base = dialer.airtable_api_key, dialer.airtable_base_id
    tables = {"AIRTABLE_TABLE": dialer.airtable_table, "AIRTABLE_CALLS_TABLE": telemetry.airtable_calls_table}
    named = {variable: table for variable, table in tables.items() if table}
    if key is None or base is None or not named:
        cure = "set AIRTABLE_API_KEY, AIRTABLE_BASE_ID, and AIRTABLE_TABLE for leads or AIRTABLE_CALLS_TABLE for calls"
        return [absent("Airtable", "no leads come from there, and no calls go there", cure)]
    found = []
    for variable, table in named.items():
        url = f"{dialer.airtable_api_url}/v0/{base}/{quote(table, safe='')}?maxRecords=1"
        fault = await _fault(session, url, key.get_secret_value())
        remedy = f"correct AIRTABLE_API_KEY, AIRTABLE_BASE_ID or {variable}"
        what = f"Airtable, {table}"
        found.append(broken(what, fault, remedy) if fault else good(what, "can be read"))
    return found


async def _fault(session: aiohttp.ClientSession, url: str, token: str) -> str | None:
    """Why a GET is not answered with 200, if it is not."""
    host = url.split("/")[2]
    try:
        async with session.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
            return None if answer.status == 200 else f"{host} answered {answer.status}"
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return f"{host} does not answer: {type(error).__name__}"
