"""What the API offers besides reading: networks, explanations, its own description."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import get_args, get_type_hints

import msgspec
import numpy as np
import pytest

from app import create_app, networks, schema
from app.budget import EXPLANATIONS
from app.results import to_result
from digitlib.reading import ink, load_model, manifest
from digitlib.reading.explain import occlusion_map
from tests import filing
from tests.conftest import ONE
from tests.sending import (
    SEVEN_PNG,
    encode,
    make_client,
    picture_of,
    send,
    strict_json,
)


@pytest.fixture(scope="module")
def client():
    return make_client()


# --- Networks ------------------------------------------------------------------------


@pytest.mark.parametrize("name", manifest.SHIPPED)
def test_network_can_be_requested(client, one, name):
    response = send(client, encode(one), url=f"/api/predict?network={name}")
    (result,) = strict_json(response)["results"]
    where = {"filename": "0.png", "page": 1, "pages": 1}
    assert result == where | to_result(load_model(name).read(one))


def test_every_shipped_network_is_offered():
    choices = get_args(get_type_hints(schema.NetworkQuery)["network"])
    assert set(get_args(choices[0])) == set(manifest.SHIPPED)


def test_network_is_loaded_on_first_use_and_only_once(monkeypatch):
    loaded = []

    def load(name):
        loaded.append(name)
        return load_model(name)

    monkeypatch.setattr(networks, "load_model", load)
    app = create_app({"MODEL": "mlp"})
    assert loaded == ["mlp"]
    with ThreadPoolExecutor(8) as pool:
        urls = ["/api/model?network=lenet"] * 16
        answers = list(pool.map(lambda url: app.test_client().get(url).json, urls))
    assert loaded == ["mlp", "lenet"]
    assert {answer["name"] for answer in answers} == {"lenet"}


@pytest.mark.parametrize("name", [None, *manifest.SHIPPED])
def test_model_is_described_by_its_own_files(client, name):
    url = f"/api/model?network={name}" if name else "/api/model"
    answer = strict_json(client.get(url))
    name = name or "cnn"
    entry = manifest.read()[name]
    figures = manifest.read_json(manifest.MODELS / "metrics.json")[name]
    assert answer["name"] == name
    assert answer["sha256"] == entry["sha256"][".tflite"]
    assert answer["versions"] == entry["versions"]
    accuracies = answer["accuracies"]
    assert accuracies["test_accuracy"] == figures["test_accuracy"]
    assert accuracies["validation_accuracy"] == entry["validation_accuracy"]
    assert accuracies["as_pictures.accuracy"] == figures["as_pictures"]["accuracy"]


def test_own_network_is_described_by_what_is_known(tmp_path):
    own = tmp_path / "mine.tflite"
    own.write_bytes((manifest.MODELS / "mlp.tflite").read_bytes())
    client = make_client(MODEL=str(own))
    assert strict_json(client.get("/api/model")) == {
        "name": "mine",
        "sha256": manifest.sha256(own),
        "accuracies": {},
        "versions": {},
    }
    assert strict_json(client.get("/healthz"))["model"] == "mine"


# --- Explaining ----------------------------------------------------------------------


def test_explanation_is_the_occlusion_map_of_the_requested_network(client, seven):
    url = "/api/predict?network=mlp&explain=1"
    (result,) = strict_json(send(client, encode(seven), url=url))["results"]
    model = load_model("mlp")
    (digit,) = model.read(seven).digits
    expected = occlusion_map(model, digit.glyph)
    np.testing.assert_allclose(result["digits"][0]["occlusion"], expected, atol=5e-4)


@pytest.mark.parametrize("url", ["/api/predict", "/api/predict?explain=0"])
def test_nothing_is_explained_unless_requested(client, seven, url):
    (result,) = strict_json(send(client, encode(seven), url=url))["results"]
    assert "occlusion" not in result["digits"][0]


def test_explanations_of_one_request_are_bounded(client):
    ones = [[(x + 30 * i, y) for x, y in ONE[0]] for i in range(EXPLANATIONS - 2)]
    row = ink.draw([[(x - 100, y) for x, y in one] for one in ones], (440, 280), 8)
    url = "/api/predict?network=mlp&explain=1"
    response = send(client, encode(row), encode(row), url=url)
    results = strict_json(response)["results"]
    first, second = (
        ["occlusion" in digit for digit in result["digits"]] for result in results
    )
    assert first == [True] * (EXPLANATIONS - 2)
    assert second == [True] * 2 + [False] * (EXPLANATIONS - 4)
    assert results[0]["message"] == ""
    assert "missing for 6 of 8 digits: a request gets 10" in results[1]["message"]


def test_nothing_is_explained_once_the_time_is_over(seven):
    client = make_client(MAX_SECONDS=0)
    response = send(client, encode(seven), url="/api/predict?network=mlp&explain=1")
    (result,) = strict_json(response)["results"]
    assert result["text"] == "7"
    assert "occlusion" not in result["digits"][0]
    assert "Explanations are missing for 1 of 1" in result["message"]


# --- Showing -------------------------------------------------------------------------


def test_picture_is_returned_if_requested(client):
    content = filing.scan(ink.draw(ONE), filing.blank(2000, 1500))
    shown = strict_json(send(client, content, url="/api/predict?picture=1"))["results"]
    assert [picture_of(page["picture"]).format for page in shown] == ["JPEG", "JPEG"]
    assert shown[1]["size"] == pytest.approx([5556, 4167], abs=2)
    assert picture_of(shown[1]["picture"]).size == (1000, 750)
    (usual, _) = strict_json(send(client, content))["results"]
    assert "picture" not in usual
    assert usual.items() <= shown[0].items()


# --- The description -----------------------------------------------------------------


def test_description_matches_the_code(client):
    api = strict_json(client.get("/api/openapi.json"))
    assert api["openapi"].startswith("3.1")
    assert set(api["paths"]) == {"/api/predict", "/api/model", "/healthz"}
    predict = api["paths"]["/api/predict"]["post"]
    assert predict["summary"] == "Read every digit in every picture."
    assert [each["name"] for each in predict["parameters"]] == [
        *("network", "explain", "picture"),
    ]
    kinds = predict["requestBody"]["content"]
    assert list(kinds) == [
        *("multipart/form-data", "application/json"),
        *("application/x-www-form-urlencoded", "image/*", "application/pdf"),
    ]
    assert kinds["image/*"]["schema"]["format"] == "binary"
    used = set(re.findall(r"#/components/schemas/(\w+)", str(api)))
    assert used == set(api["components"]["schemas"])


ANSWERS = [
    ("/api/model", schema.Description),
    ("/healthz", schema.Health),
    ("/api/predict?explain=1&network=mlp", schema.Readings),
    ("/api/predict?picture=1", schema.Readings),
    ("/api/nothing", schema.Problem),
]


@pytest.mark.parametrize(("url", "kind"), ANSWERS)
def test_answers_are_of_the_described_types(client, url, kind):
    post = url.startswith("/api/predict")
    response = send(client, SEVEN_PNG, b"no", url=url) if post else client.get(url)
    answer = strict_json(response)
    assert msgspec.to_builtins(msgspec.convert(answer, kind)) == answer
