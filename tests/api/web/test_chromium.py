"""The pages in a real browser: accessible, by keyboard, without script faults, and live."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from api.web.when import absolute, zone_named
from models import Folder, Thread
from tests.api.web.conftest import serving
from tests.fakes.seed import NOW, Seed

pytestmark = pytest.mark.chromium

PAGES = {
    "pending": "/",
    "search": "/search?q=confirm",
    "all": "/?view=all",
    "unknown account": "/?view=unknown",
    "nothing listed": "/?view=low&account=acme&project=acme-erp",
    "thread": "/threads/3",
    "conflict": "/threads/26",
    "coverage": "/coverage",
    "learning": "/learning",
    "reviews": "/reviews",
    "login": "/login",
    "no such thread": "/threads/999999",
    "no such page": "/nowhere",
}


def sign_in(page: Page, address: str, company: Seed, reader: str = "all") -> None:
    page.goto(f"{address}/?token={company.tokens[reader]}")
    expect(page).to_have_url(f"{address}/")


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


def focused_thread(page: Page) -> str | None:
    found: str | None = page.evaluate("document.activeElement.closest('tr')?.dataset.thread ?? null")
    return found


#: Words that begin left of the right edge and end behind it; a list that cannot scroll cuts them off.
_CUT_OFF = """[...document.querySelectorAll('.queue tbody *')].filter(one => {
  const box = one.getBoundingClientRect()
  return box.width && box.left < innerWidth && box.right > innerWidth + 1
}).map(one => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(page: Page, address: str, company: Seed, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    sign_in(page, address, company)

    for name, path in PAGES.items():
        page.goto(address + path)
        assert violations(page) == [], name


def test_the_queue_is_accessible_on_a_narrow_screen_and_does_not_scroll_sideways(
    page: Page, address: str, company: Seed
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, address, company)

    for path in ("/", "/threads/3", "/coverage", "/search?q=alert", "/search", "/login"):
        page.goto(address + path)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert page.evaluate(_CUT_OFF) == [], path


def test_the_bar_takes_one_line_on_a_small_laptop(page: Page, address: str, company: Seed) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    sign_in(page, address, company)

    page.goto(address)

    expect(page.locator("#live")).to_be_visible()
    assert page.evaluate("document.querySelector('.bar').getBoundingClientRect().height") < 60


def test_stale_proof_is_accessible_too(page: Page, changing: Seed) -> None:
    with changing.database.write() as connection:
        connection.execute(sa.update(Folder).values(checked_at=None))
    with serving(changing) as address:
        sign_in(page, address, changing)

        expect(page.get_by_text("This list may be incomplete.")).to_be_visible()
        assert violations(page) == []


def test_one_reads_the_queue_by_keyboard(page: Page, address: str, company: Seed) -> None:
    sign_in(page, address, company)
    order = page.locator("tr[data-thread]").evaluate_all("rows => rows.map(row => row.dataset.thread)")

    page.keyboard.press("j")
    first = focused_thread(page)
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    third = focused_thread(page)
    page.keyboard.press("k")
    second = focused_thread(page)
    page.keyboard.press("Enter")

    assert [first, second, third] == order[:3]
    expect(page).to_have_url(f"{address}/threads/{second}")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "ARTICLE"
    page.keyboard.press("u")
    expect(page).to_have_url(f"{address}/")


def test_g_and_a_letter_change_the_view_and_slash_goes_to_the_filter(
    page: Page, address: str, company: Seed
) -> None:
    sign_in(page, address, company)

    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page).to_have_url(f"{address}/?view=at_risk")
    page.keyboard.press("f")
    expect(page.get_by_label("Customer")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_label("Customer")).to_be_focused()


def test_a_search_is_typed_from_any_page_and_its_hits_are_walked(
    page: Page, address: str, company: Seed
) -> None:
    sign_in(page, address, company)

    page.keyboard.press("/")
    page.keyboard.type("zirbenholz confirm")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text("Zirbenholz")
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    expect(page.locator("article.message:target")).to_be_visible()


def test_the_keys_are_listed_and_can_be_switched_off_for_good(
    page: Page, address: str, company: Seed
) -> None:
    sign_in(page, address, company)

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Single keys are on").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    for _ in range(2):
        page.keyboard.press("j")
        assert focused_thread(page) is None
        page.reload()


def test_times_are_those_of_the_browser_at_the_first_visit_and_from_the_server_at_the_next(
    page: Page, address: str, company: Seed
) -> None:
    sign_in(page, address, company)
    page.goto(f"{address}/threads/3")
    instants = page.locator("time[data-absolute]")
    shown = [(item.get_attribute("datetime"), item.inner_text()) for item in instants.all()]

    page.context.clear_cookies(name="triage_zone")
    page.reload()
    again = [(item.get_attribute("datetime"), item.inner_text()) for item in instants.all()]

    assert shown == again
    assert (f"{NOW:%Y-%m-%dT%H:%M:%SZ}", absolute(NOW, zone_named("Europe/Berlin"), now=NOW)) in shown


def test_the_list_follows_the_database_and_the_focus_follows_the_thread(page: Page, changing: Seed) -> None:
    late, last = changing.threads["beta/later"], changing.threads["acme/at_risk"]
    with serving(changing) as address:
        page.clock.install()
        sign_in(page, address, changing)
        page.locator(f"tr[data-thread='{late}'] a.subject").focus()
        with changing.database.write() as connection:
            connection.execute(
                sa.update(Thread)
                .where(Thread.id == late)
                .values(next_due_at=NOW - timedelta(days=1), version=2, subject="Moved to the top")
            )
            connection.execute(sa.update(Thread).where(Thread.id == last).values(is_pending=False))

        page.clock.run_for(10_500)

        expect(page.locator("tr[data-thread]").first).to_contain_text("Moved to the top")
        expect(page.locator(f"tr[data-thread='{late}']")).to_have_class(
            f"stripe-{changing.accounts['beta']} is-breached is-changed"
        )
        expect(page.locator(f"tr[data-thread='{last}']")).to_have_count(0)
        expect(page.get_by_role("link", name="Pending 17")).to_be_visible()
        assert focused_thread(page) == str(late)


def test_nothing_moves_under_the_pointer(page: Page, changing: Seed) -> None:
    thread = changing.threads["beta/later"]
    with serving(changing) as address:
        page.clock.install()
        sign_in(page, address, changing)
        row = page.locator(f"tr[data-thread='{thread}']")
        row.hover()
        with changing.database.write() as connection:
            connection.execute(
                sa.update(Thread).where(Thread.id == thread).values(subject="Renamed", version=2)
            )

        page.clock.run_for(30_000)
        expect(row).not_to_contain_text("Renamed")
        page.mouse.move(5, 5)
        page.clock.run_for(10_500)
        expect(row).to_contain_text("Renamed")


def test_a_lost_connection_is_said_with_the_time_of_the_last_news(
    page: Page, address: str, company: Seed
) -> None:
    page.clock.install()
    sign_in(page, address, company)
    expect(page.get_by_role("status")).to_have_text("Live")

    page.route("**/*", lambda route: route.abort())
    page.clock.run_for(10_500)
    expect(page.get_by_role("status")).to_have_text("No connection, as of Wed 11 Mar, 10:30")
    assert page.locator("tr[data-thread]").count() == 18
    page.unroute("**/*")
    page.clock.run_for(10_500)
    expect(page.get_by_role("status")).to_have_text("Live")


def test_choosing_a_customer_narrows_the_queue_and_its_projects(
    page: Page, address: str, company: Seed
) -> None:
    sign_in(page, address, company)

    page.get_by_label("Customer").select_option("acme")

    expect(page.locator("tr[data-thread]")).to_have_count(4)
    assert page.get_by_label("Project").locator("optgroup").count() == 1
    page.get_by_label("Project").select_option("acme-portal")
    expect(page.locator("tr[data-thread]")).to_have_count(1)


def test_one_decides_by_keyboard_and_what_follows_is_accessible(page: Page, changing: Seed) -> None:
    with serving(changing) as address:
        sign_in(page, address, changing)
        page.goto(f"{address}/threads/{changing.threads['acme/later']}")

        page.get_by_role("button", name="Solved").focus()
        page.keyboard.press("Enter")

        expect(page.get_by_text("Decided.")).to_be_visible()
        expect(page.get_by_role("button", name="Solved")).to_have_attribute("aria-current", "true")
        for summary in page.locator("aside summary").all():
            summary.click()
        assert violations(page) == []
        page.set_viewport_size({"width": 390, "height": 800})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.get_by_role("button", name="Undo last decision").click()
        expect(page.get_by_text("Taken back.")).to_be_visible()


def test_everything_works_without_a_script(chromium: Browser, address: str, company: Seed) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{address}/threads/3")
    page.get_by_label("Access token").fill(company.tokens["all"])
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{address}/threads/3")
    page.get_by_text("Quoted text, 2 lines").first.click()
    expect(page.get_by_text("We will come back to you.").first).to_be_visible()
    page.get_by_role("link", name="Queue").click()
    page.get_by_label("Customer").select_option("beta")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tr[data-thread]")).to_have_count(4)
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{address}/login")
    context.close()


def test_a_link_in_a_chat_opens_the_thread_for_who_is_signed_in(
    page: Page, address: str, company: Seed
) -> None:
    """The cookie is not sent with a link from another site; localhost is another site than 127.0.0.1."""
    sign_in(page, address, company)
    thread = f"{address}/threads/3"
    page.goto(f"{address.replace('127.0.0.1', 'localhost')}/login")
    page.evaluate(
        "url => { const link = document.createElement('a'); link.href = url; document.body.append(link);"
        " link.click(); }",
        thread,
    )

    expect(page.get_by_role("heading", level=1)).to_have_text("Zirbenholz: cut-over date for later")
    assert page.url == thread


def test_a_link_in_a_chat_leads_who_is_not_signed_in_to_the_sign_in(
    context: BrowserContext, address: str
) -> None:
    page = context.new_page()
    page.goto(f"{address.replace('127.0.0.1', 'localhost')}/login")
    page.evaluate(
        "url => { const link = document.createElement('a'); link.href = url; document.body.append(link);"
        " link.click(); }",
        f"{address}/threads/3",
    )

    expect(page).to_have_url(f"{address}/login?next=%2Fthreads%2F3")


def test_no_script_can_read_the_session(page: Page, address: str, company: Seed) -> None:
    sign_in(page, address, company)

    assert "triage_session" not in page.evaluate("document.cookie")
    assert "tri_" not in page.content().replace("tri_...", "")
