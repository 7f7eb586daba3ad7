"""The console in a real browser, over a whole system: every page in both languages, and what people do there."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect
from playwright.async_api import TimeoutError as TookTooLong

from contracts.calls import CallEnded, CallStarted
from contracts.leads import LeadSubmitted
from contracts.telemetry import CallLogged
from contracts.turns import CallSaid
from contracts.values import lead_id_of
from messiah import demo
from messiah.system import System
from services.runtime import tokens
from services.runtime.security import Scope
from services.telemetry.console.access.accounts import Accounts
from services.telemetry.console.access.roles import Role
from services.telemetry.console.neighbours import Neighbours
from tests.e2e.conftest import SPEED, Ear, listening, settings

PASSWORD = "horse battery staple"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
MARKUP = "<img src=x onerror=document.title='broken'>"
PAGES = ("/", "/campaigns", "/calls", "/meetings", "/statistics", "/playbooks", "/playbooks/alta-he", "/system")
FOR_ADMINS = ("/audit", "/users")
WAIT_MS = 30_000
SETTLED_MS = 5_000
UNNAMED = """() => [...document.querySelectorAll('button, a, input, select, textarea')].filter(each =>
  !each.matches('[type=hidden], .hidden') && !each.getAttribute('aria-label') && !each.getAttribute('aria-labelledby')
  && !each.textContent.trim() && !(each.labels && each.labels.length) && !each.closest('label'))
  .map(each => each.outerHTML.slice(0, 200))"""
"""Controls that nobody could call by a name."""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    given = settings(tmp_path, console=True, console_password=PASSWORD, silence_s=20)
    async with System.start(simulator={"speed": SPEED}, **given) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO BROWSER: the console was not looked at; install Chromium, or name one in CHROMIUM")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        await started.close()


class Visitor:
    """Somebody at a browser, and everything that went wrong in it."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = f"{base}/console"
        self.wrong: list[str] = []
        page.set_default_timeout(WAIT_MS)
        page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", self._requested)

    def _requested(self, request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith((self.base.removesuffix("/console"), "data:", "ws://127.0.0.1", "blob:")):
            self.wrong.append(f"asked another host: {url}")

    async def log_in(self) -> None:
        await self.page.goto(f"{self.base}/login")
        await self.page.fill("input[name=name]", "admin")
        await self.page.fill("input[name=password]", PASSWORD)
        await self.page.click("form button")
        await self.page.wait_for_selector("h1")

    async def speak(self, language: str) -> None:
        cookie = {"name": "console_language", "value": language, "url": self.base}
        await self.page.context.add_cookies([cookie])  # type: ignore[list-item]

    async def open(self, path: str) -> None:
        await self.page.goto(self.base + path)
        await self.page.wait_for_selector("main#content h1")

    async def look(self, path: str, direction: str) -> None:
        """A page is whole: the right way round, every control has a name, nothing hangs over, nothing went wrong."""
        await self.open(path)
        assert await self.page.evaluate("document.documentElement.dir") == direction, path
        await expect(self.page.locator("[role=alert]")).to_have_count(0)
        try:
            await self.page.wait_for_function(f"() => !({UNNAMED})().length", timeout=SETTLED_MS)
        except TookTooLong:
            assert await self.page.evaluate(UNNAMED) == [], path
        assert await self.page.evaluate(TOO_WIDE) <= 0, path
        assert await self.page.title() != "broken"
        assert self.wrong == [], path


async def submit(ear: Ear, digits: str, **more: object) -> None:
    lead = dict(demo.LEAD) | {"phone": f"+9725423456{digits}"} | more
    await ear.broker.tell(LeadSubmitted(occurred_at=demo.CLOCK, **lead))


expect.set_options(timeout=WAIT_MS)


@pytest.mark.timeout(400)  # some seconds where nothing else runs
async def test_every_page_and_what_people_do_there(system: System, browser: Browser, tmp_path: Path) -> None:
    async with listening(system.nats_url) as ear:
        await submit(ear, "78", name=MARKUP, company=MARKUP)
        await submit(ear, "03")
        await submit(ear, "79", consent=None)
        await ear.broker.js.publish("leads.submitted", MARKUP.encode())
        called = [await ear.until(CallLogged), await ear.until(CallLogged)]
        booked = next(each for each in called if each.meeting)

        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        visitor = Visitor(await context.new_page(), system.http_url)
        await visitor.log_in()
        paths = (*PAGES, f"/calls/{booked.call_id}", *FOR_ADMINS)
        for language, direction in (("he", "rtl"), ("en", "ltr")):
            await visitor.speak(language)
            for path in paths:
                await visitor.look(path, direction)
        await visitor.speak("he")
        await visitor.page.set_viewport_size({"width": 390, "height": 844})
        for path in ("/campaigns", f"/calls/{booked.call_id}", "/system"):
            await visitor.look(path, "rtl")
        await visitor.page.set_viewport_size({"width": 1280, "height": 900})
        await visitor.speak("en")

        await tokens.create(ear.broker, "crm", frozenset({Scope.READ}))  # from now on the API wants a token
        await _a_call_and_its_proof(visitor, booked)
        await _a_campaign_and_its_list(visitor, tmp_path)
        await _a_playbook_in_a_chat(visitor)
        await _a_meeting_is_moved(visitor)
        await _a_bug_is_owned_up_to(visitor)
        await _stepping_in(visitor, ear)
        await _a_dead_letter_is_put_back(visitor)
        await visitor.open("/audit")
        for action in ("Said a line", "Hung up", "Created a campaign", "Uploaded a list", "Moved a meeting"):
            await expect(visitor.page.get_by_text(action).first).to_be_visible()
        await _who_only_looks_on_has_no_buttons(visitor, system)
        assert visitor.wrong == []
        await context.close()


async def _a_call_and_its_proof(visitor: Visitor, booked: CallLogged) -> None:
    page = visitor.page
    await visitor.open("/calls?outcome=meeting_booked")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await page.click("tbody a")
    await expect(page.locator(".transcript li")).to_have_count(len(booked.transcript))
    await expect(page.locator(".proof").first).to_be_visible()
    await expect(page.get_by_text(MARKUP).first).to_be_visible()


async def _a_campaign_and_its_list(visitor: Visitor, folder: Path) -> None:
    page = visitor.page
    await visitor.open("/campaigns")
    await page.get_by_label("Name", exact=True).fill("Autumn")
    await page.get_by_role("button", name="Create", exact=True).click()
    await page.wait_for_url(re.compile(r"/campaigns/[0-9a-f-]{36}$"))
    leads = folder / "leads.csv"
    leads.write_text(
        "business_name,contact_number,contact_name,consent_basis,consent_at\n"
        "אורנט,054-2345601,דנה,web_form,2026-11-01\n"
        "גינות,12,יוסי,web_form,2026-11-01\n",
        "utf-8",
    )
    await page.set_input_files("input[type=file]", leads)
    await expect(page.locator(".report")).to_contain_text("Accepted: 1")
    await expect(page.locator(".report tbody tr").first).to_contain_text("3")
    assert "public-service number" in await _download(page, "Full report")
    assert "contact_number" in await _download(page, "Empty template")
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Pause", exact=True).click()
    await expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible()


async def _download(page: Page, link: str) -> str:
    async with page.expect_download() as begun:
        await page.get_by_role("link", name=link).click()
    return Path(await (await begun.value).path()).read_text("utf-8-sig")


async def _a_playbook_in_a_chat(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.open("/playbooks/alta-he")
    lines = page.locator(".chat .transcript li[data-speaker=agent]")
    await expect(lines).to_have_count(1)
    await page.get_by_label("What the caller says").fill("כן, אפשר")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(lines).to_have_count(2)
    await page.get_by_label("The playbook (YAML)").fill("name: [")
    await expect(page.get_by_text("What to mend")).to_be_visible()


async def _a_meeting_is_moved(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.open("/meetings")
    await page.locator(".meeting").first.click()
    before = await page.locator(".meeting .time").first.inner_text()
    at_that_time = page.locator(".meeting .time").filter(has_text=before)
    meetings = await at_that_time.count()
    await page.get_by_role("button", name="Move", exact=True).click()
    slots = page.locator(".slots button")
    await expect(slots.first).to_be_visible()
    await slots.last.click()
    await expect(at_that_time).to_have_count(meetings - 1)


async def _a_bug_is_owned_up_to(visitor: Visitor) -> None:
    page, said = visitor.page, visitor.page.locator(".q-notification", has_text="its number in the log is")
    for action, click in (("control", "Set"), ("playbooks", "Check")):
        with pytest.MonkeyPatch.context() as broken:
            await visitor.open("/system" if click == "Set" else "/playbooks/alta-he")
            broken.setattr(Neighbours, action, _bug)
            await page.get_by_role("button", name=click, exact=True).click()
            await expect(said).to_have_count(1)
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(Neighbours, "playbooks", _bug)
        await visitor.open("/playbooks")
        await expect(page.get_by_role("alert")).to_contain_text("its number in the log is")


async def _bug(*_: object, **__: object) -> None:
    raise ZeroDivisionError("nobody thought of this")


async def _stepping_in(visitor: Visitor, ear: Ear) -> None:
    page = visitor.page
    await visitor.open("/")
    await submit(ear, "12", name="רות")
    started = await ear.until(CallStarted, lambda call: call.lead_id == lead_id_of("+972542345612"))
    card = page.locator("article.card")
    await expect(card.locator(".transcript li[data-speaker=caller]").first).to_be_visible()
    await card.get_by_label("A sentence for the agent to say").fill("אני אדם, ואחזור אליכם היום")
    await card.get_by_role("button", name="Say", exact=True).click()
    await ear.until(CallSaid, lambda said: "אני אדם" in said.text)
    await expect(card.locator(".transcript")).to_contain_text("אני אדם")
    await card.get_by_role("button", name="Hang up").click()
    await page.locator(".dialog").get_by_role("button", name="Hang up").click()
    await ear.until(CallEnded, lambda ended: ended.call_id == started.call_id)
    await expect(card.locator(".operate")).to_be_hidden()


async def _a_dead_letter_is_put_back(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.open("/system")
    await page.locator(".events summary").first.click()
    await page.get_by_role("button", name="Put back").first.click()
    await page.locator(".dialog").get_by_role("button", name="Put back").click()
    await expect(page.locator(".q-notification")).to_contain_text("Done")


async def _who_only_looks_on_has_no_buttons(visitor: Visitor, system: System) -> None:
    units = system.services["telemetry"].units
    assert units is not None
    accounts = Accounts(units)
    await accounts.add("second", PASSWORD, Role.ADMIN)
    await accounts.set_role("admin", Role.VIEWER)
    await visitor.open("/campaigns")
    await expect(visitor.page.get_by_role("link", name="Autumn")).to_be_visible()
    await expect(visitor.page.get_by_role("button", name="Create", exact=True)).to_have_count(0)
    await visitor.open("/audit")
    await expect(visitor.page.get_by_text("this needs the role admin")).to_be_visible()
