"""The page that reads in the browser: alike, in silence, offline, and from one file.

It is made of archives that are not in the repository, see `tests.web.making`. Where any
is missing, these tests are skipped with the name of what is absent.
"""

import base64
import io
import json
import re
import shutil
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from benchmarks.browser import Chromium
from digitlib.reading import ink, load_model
from digitlib.reading.manifest import SHIPPED
from digitlib.web import build, build_single
from tests.browser.app_page import (
    assert_nothing_overflows,
    draw_note,
    draw_sheet,
    draw_with_mouse,
    file,
    settle,
    wait_until,
)
from tests.browser.conftest import ROOT, open_page, serve
from tests.conftest import ONE, SEVEN
from tests.web.making import make

SCREENSHOTS = ROOT / "test-results"
NUMBERS = ROOT.parent / "shared" / "data" / "wild" / "multi_digit"
CHOOSE = "#upload input:not([capture])"
READ = """async ([text, name]) => {
    const { ask } = await import("./reader.js");
    return ask("read", Uint8Array.from(atob(text), (each) => each.charCodeAt(0)), name);
}"""
# What keeps a worker of the single file from asking anybody anything.
FORBIDDEN = """() => new Promise((resolve) => {
    const script = `
        addEventListener("securitypolicyviolation", (event) => {
            postMessage(event.effectiveDirective);
        });
        fetch("http://127.0.0.1:9/").catch(() => {});`;
    const worker = new Worker(URL.createObjectURL(new Blob([script])));
    worker.onmessage = ({ data }) => resolve(data);
})"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The page's folder, and what was counted while it was written."""
    target = tmp_path_factory.mktemp("web") / "site"
    return target, make(build, target)


@pytest.fixture(scope="module")
def site(built):
    return built[0]


def test_a_visitor_loads_less_than_20_megabytes(built):
    """As `digitlib web` counts it; today it is 19.4 MB."""
    assert built[1].size < 20e6


def command(site):
    return ["-m", "http.server", "{port}", "--bind", "127.0.0.1", "-d", str(site)]


@pytest.fixture(scope="module")
def address(site):
    with serve(command(site)) as address:
        yield address


def wait_until_ready(page):
    expect(page.locator("#loading")).to_have_count(0)


@pytest.fixture(scope="module")
def ready(browser, address):
    """One page for the tests that only read: to load it takes seconds."""
    with open_page(browser, viewport={"width": 1280, "height": 800}) as page:
        page.goto(address)
        wait_until_ready(page)
        yield page


def draw(page, strokes):
    page.locator("#clear").click()
    draw_with_mouse(page, strokes)
    settle(page)


def same(results, content, apart=1e-3):
    """Whether the page reads as digitlib does here, probabilities `apart` at most.

    Single digits were 0.00023 apart. The line network's activations are rounded to 8
    bits, so that the last bit of a sum, in which processors differ, may decide one.
    """
    (result,), expected = results, load_model().read(content).to_dict()
    assert result["text"] == expected["text"]
    for here, there in zip(expected["digits"], result["digits"], strict=True):
        assert here["box"] == there["box"]
        assert here["probabilities"] == pytest.approx(there["probabilities"], abs=apart)


@pytest.mark.parametrize("suffix", ["png", "jpeg", "webp", "bmp", "gif", "tiff"])
def test_it_reads_as_digitlib_does(ready, suffix):
    """Several digits, so the line network too, in every format that it opens."""
    content = file(draw_note(), f"note.{suffix}")["buffer"]
    text = base64.b64encode(content).decode()
    same(ready.evaluate(READ, [text, "note"]), content)


@pytest.mark.skipif(
    not NUMBERS.is_dir(), reason=f"photos of numbers are NOT read: {NUMBERS} is absent"
)
def test_it_reads_photos_of_numbers_as_digitlib_does(ready):
    """People's own. The probabilities of their digits were 0.0053 apart at most."""
    photos = [path for path in sorted(NUMBERS.iterdir()) if path.suffix != ".csv"]
    assert len(photos) == 8
    for photo in photos:
        content = photo.read_bytes()
        results = ready.evaluate(READ, [base64.b64encode(content).decode(), photo.name])
        same(results, content, apart=6e-3)


@pytest.mark.parametrize(("strokes", "label"), [(SEVEN, "7"), (ONE, "1")])
def test_drawing_is_read_with_bars(ready, strokes, label):
    draw(ready, strokes)
    expect(ready.locator("#drawn .text")).to_have_text(label)
    expect(ready.locator("#drawn .bars li")).to_have_count(10)
    expect(ready.locator("#drawn .best .number")).to_contain_text("%")


def test_the_cards_show_steps_networks_and_why(ready):
    """Every network answers anew when a step is left out."""
    draw(ready, SEVEN)
    inside = ready.locator("#inside")
    expect(inside.locator("[data-card=steps] img")).to_have_count(4)
    networks = inside.locator("[data-card=networks]")
    expect(networks.locator("tr td:nth-child(2)")).to_have_text(["7"] * len(SHIPPED))
    expect(inside.locator("[data-card=why] img")).to_have_count(4)
    seen = networks.locator("img").get_attribute("src")
    inside.get_by_label("inverted").uncheck()
    expect(networks.locator("img")).not_to_have_attribute("src", seen)
    inside.get_by_label("inverted").check()
    expect(networks.locator("img")).to_have_attribute("src", seen)


def test_a_link_holds_the_drawing(browser, address, ready):
    """Also a second link, which leads to the page that is open already."""
    draw(ready, SEVEN)
    ready.locator("#share").click()
    expect(ready.locator("#kept")).to_contain_text("link")
    link = ready.evaluate("location.href")
    with open_page(browser) as other:
        other.goto(link)
        wait_until_ready(other)
        expect(other.locator("#drawn .text")).to_have_text("7")
        other.evaluate("link => { location.href = link }", "#d=140,50_139,230")
        expect(other.locator("#drawn .text")).to_have_text("1")
    ready.evaluate("history.replaceState(null, '', location.pathname)")


@pytest.mark.parametrize(
    ("fragment", "strokes"),
    [
        ("#d=80,70_140,-8.10,20", [[[80, 70], [140, -8]], [[10, 20]]]),
        ("#d=,", None),
        ("#d=1,", None),
        ("#d=1,2_", None),
        ("#d=1e2,2", None),
        ("#d=", None),
        ("#main", None),
        (f"#d={'_'.join(['1,2'] * 5001)}", None),
    ],
)
def test_only_a_whole_drawing_is_taken_from_a_link(ready, fragment, strokes):
    read = "async (text) => (await import('./drawings.js')).fromLink(text)"
    assert ready.evaluate(read, fragment) == strokes


@pytest.mark.parametrize(
    ("button", "points", "sentence"),
    [
        ("#share", 5001, "too long for a link"),
        ("#save", 50_001, "too long to be saved"),
    ],
)
def test_a_drawing_that_nothing_could_open_is_not_kept(ready, button, points, sentence):
    put = "async n => (await import('./main.js')).pad.put([Array(n).fill([140, 140])])"
    ready.evaluate(put, points)
    ready.locator(button).click()
    expect(ready.locator("#kept")).to_contain_text(sentence)
    assert ready.evaluate("location.hash") == ""
    ready.locator("#clear").click()


def test_a_drawing_is_saved_and_opened_again(ready):
    draw(ready, SEVEN)
    with ready.expect_download() as download:
        ready.locator("#save").click()
    strokes, _ = ink.from_json(download.value.path().read_bytes())
    assert len(strokes) == len(SEVEN)
    ready.locator("#clear").click()
    expect(ready.locator("#drawn .text")).to_be_hidden()
    ready.set_input_files("#open", download.value.path())
    expect(ready.locator("#drawn .text")).to_have_text("7")
    wrong = {"name": "a.json", "mimeType": "application/json", "buffer": b"[1]"}
    ready.set_input_files("#open", wrong)
    expect(ready.locator("#kept")).to_contain_text("holds no drawing")


def test_it_learns_a_hand_and_forgets_it(browser, address):
    """Somebody's 1 has the shape of a 7; the page is told, and forgets it again."""
    with open_page(browser) as page:
        page.goto(address)
        wait_until_ready(page)
        page.locator("#hand summary").click()
        said = page.locator("#taught")
        page.locator("[data-digit='1']").click()
        expect(said).to_have_text("Draw one digit first, then tap which it is.")
        for n in range(1, 4):
            draw(page, SEVEN)
            page.locator("[data-digit='1']").click()
            expect(said).to_contain_text(f"Of your {n} digit")
        before, now = re.search(
            r": (\d+) before, (\d+) now", said.inner_text()
        ).groups()
        assert 300 >= int(before) >= 294
        assert abs(int(now) - int(before)) <= 2
        draw(page, SEVEN)
        expect(page.locator("#drawn .text")).to_have_text("1")
        page.reload()
        wait_until_ready(page)
        expect(said).to_contain_text("Of your 3 digits")
        page.locator("#forget-hand").focus()
        page.keyboard.press("Enter")
        expect(said).to_contain_text("nothing of your hand is kept")
        expect(page.locator("#hand summary")).to_be_focused()
        assert page.evaluate("localStorage.length") == 0
        draw(page, SEVEN)
        expect(page.locator("#drawn .text")).to_have_text("7")


def test_two_pages_of_one_browser_know_the_same_hand(browser, address):
    """Neither writes back what the other has deleted."""
    with open_page(browser) as page:
        other = page.context.new_page()
        for each in (page, other):
            each.goto(address)
            wait_until_ready(each)
        page.locator("#hand summary").click()
        draw(page, SEVEN)
        page.locator("[data-digit='1']").click()
        expect(other.locator("#taught")).to_contain_text("Of your 1 digit")
        page.locator("#forget-hand").click()
        expect(other.locator("#taught")).to_contain_text("nothing of your hand is kept")
        draw(other, SEVEN)
        other.locator("[data-digit='7']").click()
        expect(page.locator("#taught")).to_contain_text("Of your 1 digit")
        assert page.evaluate("JSON.parse(Object.values(localStorage)[0]).length") == 1


def test_who_sees_nothing_hears_when_it_is_ready_and_what_it_reads(ready):
    """By keyboard: the pen is lowered, moved down, and lifted."""
    expect(ready.locator("#ready[role=status]")).to_have_text("Ready.")
    ready.locator("#clear").click()
    ready.locator("canvas").focus()
    ready.keyboard.press("Space")
    for _ in range(22):
        ready.keyboard.press("ArrowDown")
    ready.keyboard.press("Space")
    expect(ready.locator("#said[role=status]")).to_have_text(re.compile("^1, .*sure"))


def test_an_example_is_written_and_read(ready):
    ready.locator("#example").select_option("4 open")
    expect(ready.locator("#drawn .text")).to_have_text("4")


def test_what_cannot_be_read_gets_a_sentence(ready):
    broken = {"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG broken"}
    ready.set_input_files(CHOOSE, broken)
    message = ready.locator(".result .message").first
    expect(message).to_have_text(
        "The picture is damaged or incomplete: save or send it again."
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.4", "cannot open a PDF: take a screenshot"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC picture: save it as a JPEG"),
        (b"A letter.", "send a PNG, JPEG, WebP, BMP, GIF or TIFF."),
    ],
)
def test_a_file_of_another_kind_gets_a_remedy(ready, content, sentence):
    """Whatever its name and type say. Chromium has no decoder for HEIC."""
    expect(ready.locator("#upload .drop .hint")).to_contain_text("no PDF")
    chosen = {"name": "a.png", "mimeType": "image/png", "buffer": content}
    ready.set_input_files(CHOOSE, chosen)
    expect(ready.locator(".result .message").first).to_contain_text(sentence)


def test_the_browser_opens_what_python_cannot(ready):
    """AVIF here; HEIC in Safari."""
    chosen = file(draw_note(), "note.avif")
    ready.set_input_files(CHOOSE, chosen)
    card = ready.locator(".result").first
    expect(card.locator(".text")).to_have_text("2047")
    expect(card.locator(".boxes")).to_have_attribute("viewBox", "0 0 900 400")


def test_every_page_of_a_scan_is_read_and_shown(ready, seven):
    """Chromium shows no TIFF itself."""
    content = io.BytesIO()
    draw_note().save(content, "TIFF", save_all=True, append_images=[seven])
    scan = {"name": "a.tif", "mimeType": "", "buffer": content.getvalue()}
    ready.set_input_files(CHOOSE, scan)
    cards = ready.locator(".result")
    expect(cards.nth(0).locator(".text")).to_have_text("2047")
    expect(cards.nth(1).locator(".text")).to_have_text("7")
    expect(cards.nth(1).locator("h3")).to_have_text("page 2 of a.tif")
    for i in range(2):
        expect(cards.nth(i).locator(".picture img")).to_be_visible()


def test_many_digits_are_folded(ready):
    """As the web app does it, with the same scripts and styles."""
    ready.set_input_files(CHOOSE, file(draw_sheet(), "sheet.png"))
    card = ready.locator(".result").first
    expect(card.locator(".text")).to_have_text("001111\n22?344\n5567?7\n889900")
    expect(card.locator(".digit").first).to_be_hidden()
    card.get_by_text("24 digits: 22 sure, 2 in doubt").click()
    expect(card.locator(".digit").first).to_be_visible()
    expect(card.locator(".place").first).to_have_text("line 2, digit 3")
    assert_nothing_overflows(ready)


def test_the_field_for_pictures_is_as_high_as_what_is_in_it(ready):
    """Beside it the pad's card is more than twice as high."""
    field, card, pad = (
        ready.locator(each).bounding_box()["height"]
        for each in (".drop", ".card:has(#upload)", ".card:has(#draw)")
    )
    assert field <= 260
    assert card < pad - 100


@contextmanager
def counting(site):
    """Serve a folder; yields its address, and the list of what is asked for."""
    asked = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=site)
    ) as here:
        threading.Thread(target=here.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{here.server_port}", asked
        here.shutdown()


def test_nothing_is_sent_after_loading(page, site, seven):
    """Whatever is done. The server counts; `page` fails if anything goes elsewhere."""
    with counting(site) as (address, asked):
        page.goto(address)
        wait_until_ready(page)
        page.wait_for_timeout(2000)  # the service worker keeps its files
        assert "/sw.js" in asked
        asked.clear()
        page.locator("#example").select_option("4 open")
        expect(page.locator("#drawn .text")).to_have_text("4")
        draw(page, SEVEN)
        page.set_input_files(CHOOSE, file(seven))
        expect(page.locator(".result .text")).to_have_text("7")
        expect(page.locator("[data-card=why] img")).to_have_count(4)
        page.locator("#share").click()
        expect(page.locator("#kept")).to_contain_text("link")
        page.locator("#hand summary").click()
        page.locator("[data-digit='7']").click()
        expect(page.locator("#taught")).to_contain_text("Of your 1 digit")
        page.locator("#forget-hand").click()
        expect(page.locator("#taught")).to_contain_text("nothing of your hand is kept")
        expect(page.locator("footer")).to_contain_text("Nothing leaves your device")
        assert asked == []


def test_it_opens_when_its_server_is_gone(browser, site):
    with serve(command(site)) as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(address)
        wait_until_ready(page)
        wait_until(page, lambda: page.evaluate("!!navigator.serviceWorker.controller"))
    page.goto(address)  # the server has ended
    wait_until_ready(page)
    draw(page, SEVEN)
    expect(page.locator("#drawn .text")).to_have_text("7")
    context.close()


def test_it_can_be_installed(page, address):
    page.goto(address)
    wait_until_ready(page)
    devtools = page.context.new_cdp_session(page)
    manifest = devtools.send("Page.getAppManifest")
    assert manifest["url"].endswith("/manifest.webmanifest")
    assert manifest["errors"] == []
    found = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A context of Playwright counts as a private window, where nothing is installed.
    assert {each["errorId"] for each in found} <= {"in-incognito"}


def test_a_new_version_takes_the_place_of_the_old(browser, site, tmp_path):
    """The visitor is told, and a part that is the same is not fetched again."""
    shutil.copytree(site, tmp_path / "site")
    with serve(command(tmp_path / "site")) as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(address)
        wait_until_ready(page)
        wait_until(page, lambda: page.evaluate("!!navigator.serviceWorker.controller"))
        old = page.evaluate("caches.keys()")
        publish_another(tmp_path / "site")
        page.goto(address)
        page.get_by_role("button", name="Load it").click()
        expect(page.locator("h1")).to_have_text("Another version")
        fetched = []
        context.on("request", lambda request: fetched.append(request.url))
        page.reload()
        wait_until_ready(page)
        assert not [url for url in fetched if "/parts/" in url]
        wait_until(page, lambda: len(page.evaluate("caches.keys()")) == len(old))
        assert page.evaluate("caches.keys()") != old
        context.close()


def publish_another(site):
    """Change the page as another version of the program would."""
    for name, old, new in [
        ("index.html", "Read handwritten digits", "Another version"),
        ("sw.js", "const VERSION = `${HOME} ", "const VERSION = `${HOME} another-"),
    ]:
        text = (site / name).read_text("utf-8")
        assert old in text
        (site / name).write_text(text.replace(old, new), "utf-8")


def test_one_file_reads_from_a_stick(browser, tmp_path):
    target = tmp_path / "digits.html"
    make(build_single, target)
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(target.as_uri())
    wait_until_ready(page)
    draw(page, SEVEN)
    expect(page.locator("#drawn .text")).to_have_text("7")
    page.locator("#share").click()
    expect(page.locator("#kept")).to_contain_text("Only a page with an address")
    assert page.evaluate("location.hash") == ""
    assert page.evaluate(FORBIDDEN) == "connect-src"
    context.close()


def test_a_school_may_frame_it(page, address, tmp_path):
    """From another origin, as the frame's own policy allows that. It may not copy."""
    (tmp_path / "school.html").write_text(f'<iframe src="{address}/"></iframe>')
    with serve(command(tmp_path)) as school:
        page.goto(f"{school}/school.html")
        frame = page.frame_locator("iframe")
        expect(frame.locator("h1")).to_have_text("Read handwritten digits")
        expect(frame.locator("#loading")).to_have_count(0)
        for key in ("Space", "ArrowDown", "Space"):
            frame.locator("canvas").press(key)
        frame.locator("#share").click()
        expect(frame.locator("#kept")).to_have_text(
            "This link holds the drawing: copy it."
        )
        expect(frame.locator("#link")).to_have_value(f"{address}/#d=140,70_140,77")
        selected = "field => field.selectionEnd - field.selectionStart"
        assert frame.locator("#link").evaluate(selected) > len(address)
        frame.locator("#save").click()
        expect(frame.locator("#link")).to_be_hidden()


@pytest.mark.parametrize(
    ("script", "lacking"),
    [
        ("delete self.WebAssembly", "it lacks WebAssembly."),
        ("WebAssembly.validate = () => false", "it lacks SIMD in WebAssembly."),
        ("delete self.DecompressionStream", "it lacks DecompressionStream."),
    ],
)
def test_a_browser_that_cannot_is_told(page, address, script, lacking):
    page.add_init_script(script)
    page.goto(address)
    alert = page.locator("#loading [role=alert]")
    expect(alert).to_contain_text(f"This browser is too old for this page: {lacking}")
    page.screenshot(path=SCREENSHOTS / "web-cannot.png")
    assert Axe().run(page).response["violations"] == []


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        ("PythonError: Traceback ...\nMemoryError\n", "needs about 1 GB"),
        ("RuntimeError: abort(Cannot enlarge memory arrays)", "needs about 1 GB"),
        ("RangeError: Array buffer allocation failed", "needs about 1 GB"),
        ("TypeError: Failed to fetch", "could not be loaded whole"),
        ("TypeError: Load failed", "could not be loaded whole"),
        ("TypeError: x is undefined", "The page has failed"),
    ],
)
def test_what_fails_gets_the_sentence_about_it(page, address, failure, sentence):
    """As Python, Emscripten and browsers call it."""
    worker = f"onmessage = () => postMessage({{failure: {json.dumps(failure)}}})"
    script = {"body": worker, "content_type": "text/javascript"}
    page.context.route("**/worker.js", lambda route: route.fulfill(**script))
    page.goto(address)
    expect(page.locator("#loading [role=alert]")).to_contain_text(sentence)


def test_a_part_that_is_missing_is_told(page, address):
    page.context.route("**/parts/opencv-js-*.bin", lambda route: route.abort())
    page.goto(address)
    expect(page.locator("#loading [role=alert]")).to_contain_text(
        "could not be loaded whole"
    )
    with pytest.raises(RuntimeError, match="could not be loaded whole"):
        Chromium(page).open(address)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_it_looks_right_and_axe_finds_nothing(browser, address, device, scheme):
    SCREENSHOTS.mkdir(exist_ok=True)
    width, height = (390, 844) if device == "phone" else (1280, 800)
    size = {"viewport": {"width": width, "height": height}}
    touch = device == "phone"
    with open_page(browser, color_scheme=scheme, has_touch=touch, **size) as page:
        page.goto(address)
        name = f"web-{device}-{scheme}"
        expect(page.locator("#loading")).to_contain_text("MB")
        page.screenshot(path=SCREENSHOTS / f"{name}-loading.png")
        wait_until_ready(page)
        draw(page, SEVEN)
        page.locator("#hand summary").click()
        page.locator("[data-digit='7']").click()
        expect(page.locator("#taught")).to_contain_text("Of your 1 digit")
        expect(page.locator("[data-card=why] img")).to_have_count(0)
        draw(page, SEVEN)
        page.set_input_files(CHOOSE, file(draw_note(), "note.png"))
        expect(page.locator(".result .text")).to_have_text("2047")
        expect(page.locator("[data-card=why] img")).to_have_count(4)
        page.evaluate("delete navigator.__proto__.clipboard")
        page.locator("#share").click()
        expect(page.locator("#link")).to_be_visible()
        assert_nothing_overflows(page)
        # In a picture of the full page, Chromium forgets that it is a phone.
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=SCREENSHOTS / f"{name}.png")
        assert Axe().run(page).response["violations"] == []
