"""The pages as the server sends them: reading without JavaScript, help, API."""

import re
from pathlib import Path

import numpy as np
import pytest

from app.networks import Network
from app.pages import help
from digitlib.reading import ink, load_model, manifest
from digitlib.reading.decode import most_megapixels
from digitlib.reading.picture import WORKING_SIDE
from tests.conftest import SEVEN
from tests.sending import (
    SEVEN_PNG,
    Always,
    encode,
    make_client,
    one_digit,
    send,
)


@pytest.fixture(scope="module")
def client():
    return make_client()


def test_page_shows_picture_box_text_and_bars(client):
    picture = encode(ink.draw(SEVEN).resize((3000, 3000)))  # shown smaller
    page = send(client, picture, url="/")
    shown = page.text.partition('id="results"')[2].partition("<template")[0]
    assert 'src="data:image/jpeg;base64,' in shown
    assert f'viewBox="0 0 {WORKING_SIDE} {WORKING_SIDE}"' in shown
    (x, y, width, height) = re.search(
        r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', shown
    ).groups()
    box = load_model().read(ink.draw(SEVEN)).digits[0].box
    expected = np.array(box) / ink.PAD_SIDE * WORKING_SIDE
    x, y, width, height = int(x), int(y), int(width), int(height)
    assert np.allclose([x, y, x + width, y + height], expected, atol=10)
    assert re.search(r'<p class="text" data-columns="3">7</p>', shown)
    assert shown.count("<li") == 10
    assert shown.count('class="best"') == 1


def test_page_never_says_100_percent(client, monkeypatch):
    monkeypatch.setattr("app.pages.views.network", lambda: Always(one_digit("3", 1.0)))
    shown = send(client, SEVEN_PNG, url="/").text.partition("<template")[0]
    assert shown.count('<span class="number">over 99.9 %</span>') == 2
    assert '<rect width="100.0%"' in shown
    assert "100.0 %" not in shown


def test_page_explains_a_rejected_digit(client, monkeypatch):
    monkeypatch.setattr("app.pages.views.network", lambda: Always(one_digit("?", 0.4)))
    page = send(client, SEVEN_PNG, url="/").text
    assert re.search(r'<p class="text" data-columns="3">\?</p>', page)
    assert '<p class="unsure">' in page  # the template's is hidden
    assert 'height="38" class="unsure"' in page


def test_page_reads_several_files_at_once(client):
    page = send(client, SEVEN_PNG, b"no picture", url="/").text
    shown = page.partition('id="results"')[2].partition("<template")[0]
    assert shown.count("<article") == 2
    assert "0.png" in shown
    assert "1.png" in shown
    assert "not a picture" in shown


# --- Help ----------------------------------------------------------------------------


def test_help_has_the_figures_of_the_network(client):
    page = client.get("/help").text
    figures = manifest.read_json(manifest.MODELS / "metrics.json")["cnn"]
    for share in (figures["test_accuracy"], figures["as_pictures"]["accuracy"]):
        assert f"<td>{100 * share:.1f} %</td>" in page
    number = figures["pictures"]["photos"]["pictures"]
    assert f"({number})" in page
    assert not re.search(r"[{}]", page)  # numbers only, no part of the file
    assert "cnn" in page
    assert "forgotten" in page


def test_help_separates_well_from_less_well():
    figures = {
        "test_accuracy": 0.99,
        "as_pictures": {"accuracy": 0.5},
        "empty_papers": {"all": {"found": 0.1, "papers": 20}},
        "robustness": {"fog": 0.2, "glass_blur": 0.98, "a": 1, "b": 1},
    }
    well, less_well = help.rows(figures)
    assert [row.share for row in well] == [1, 0.99, 0.98]
    assert [row.share for row in less_well] == [0.9, 0.5, 0.2]
    assert less_well[0].number == 20
    assert "fog" in less_well[2].what


def test_help_of_an_own_network_says_that_nothing_was_measured(client, monkeypatch):
    own = Network(load_model("mlp"), "", {}, {})
    monkeypatch.setattr("app.pages.views.network", lambda: own)
    assert "Nothing was measured" in client.get("/help").text


# --- The API's page ------------------------------------------------------------------


def test_docs_show_every_address_type_and_error(client):
    page = client.get("/api/docs").text
    api = client.get("/api/openapi.json").json
    for path in api["paths"]:
        assert path in page
    for name, schema in api["components"]["schemas"].items():
        assert f'id="{name}"' in page
        assert all(f"<code>{field}</code>" in page for field in schema["properties"])
    for link in re.findall(r'href="#(\w+)"', page):
        assert f'id="{link}"' in page


@pytest.mark.parametrize("url", ["/", "/help", "/api/docs", "/nothing"])
def test_pages_link_to_no_other_site(client, url):
    page = client.get(url).text
    links = re.findall(r'(?:href|src|action)="([^"]*)"', page)
    assert links
    assert all(re.match(r"/(?!/)|#|data:", link) for link in links)


def test_help_and_security_say_how_large_each_kind_may_be(client):
    security = (Path(__file__).parents[2] / "SECURITY.md").read_text()
    page = client.get("/help").text
    for kind, most in most_megapixels().items():
        assert f"{kind} {most} million" in page
        assert re.search(
            rf"{kind.split()[0]}[\w ]*? {most}\b", security.replace("\n", " ")
        )
