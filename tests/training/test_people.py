"""Sets with writers are loaded complete and checked, of the listed writers only."""

import errno
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pooch
import pytest

from digitlib.__main__ import main
from digitlib.errors import DataError
from digitlib.training import archives, data, download, people, sources
from digitlib.training.unipen import alias
from tests.training import source as made_up

HALVED = [*archives.SWISS.sets, *archives.UNIPEN.sets]  # by writers
LOADERS = {
    "load_writers": archives.QMNIST,
    "load_swiss": archives.SWISS,
    "load_pens": archives.UNIPEN,
    "load_scripts": archives.OMNIGLOT,
}


@pytest.fixture
def no_data(monkeypatch, tmp_path):
    """A machine without any of the sets, and without internet."""
    monkeypatch.delenv("DIGITLIB_DATA", raising=False)
    monkeypatch.setattr(data, "PROJECT_DATA", tmp_path / "data")
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache")
    monkeypatch.setattr(sources, "RAW", "http://127.0.0.1:9/{}/{}/{}")
    monkeypatch.setattr(sources, "ARCHIVE", "http://127.0.0.1:9/{}/{}.tar.gz")
    return tmp_path


@pytest.fixture
def server(no_data, monkeypatch):
    """A server on this machine with small sources of the same form."""
    server = made_up.Server()
    made_up.serve_everything(server, monkeypatch, no_data)
    yield server
    server.close()


def load_everything():
    return [getattr(people, loader)() for loader in LOADERS]


def test_writers_of_both_parts_of_mnist(server):
    (writers, series), (test_writers, test_series) = people.load_writers()
    clerk, student = made_up.CLERK, made_up.STUDENT
    assert (writers.tolist(), series.tolist()) == ([clerk, student, clerk], [0, 4, 0])
    assert (writers.dtype, series.dtype) == (np.int16, np.uint8)
    assert (test_writers.tolist(), test_series.tolist()) == (
        [made_up.IN_TEST] * 2,
        [4, 4],
    )


def test_scans_of_the_listed_writers(server):
    scans = people.load_swiss()
    assert scans.labels.tolist() == [0, 7, 7]
    assert scans.labels.dtype == np.uint8
    assert scans.writers.tolist() == ["0001_CH4M"] * 3
    assert [image.size for image in scans.images] == [(90, 100)] * 3
    assert scans.images[0].convert("L").getextrema() == (255, 255)


def test_scans_stay_png_where_webp_is_encoded_otherwise(server, monkeypatch, no_data):
    pictures = made_up.swiss_files()
    kept = {path: each for path, each in pictures.items() if "0001" in path}
    known = sources.digest(archives._pack(kept))
    monkeypatch.setitem(sources.DIGESTS, "swiss/digits", (known,))
    assert [image.format for image in people.load_swiss().images] == ["PNG"] * 3


def test_strokes_of_the_listed_writers(server):
    pens = people.load_pens()
    digits = pens["digits"]
    assert digits.labels.tolist() == ["1", "4", "7", "5"]  # 6 has no stroke, 9 is ibm's
    assert set(digits.writers) == {"aga/Ann"}
    strokes = [
        [each.tolist() for each in digits.strokes(i)] for i in range(len(digits))
    ]
    first, third, fourth = (
        [[1, -10], [2, -20], [3, -30]],
        [[5, -50], [6, -60]],
        [[7, -70]],
    )
    assert strokes == [[first], [first, third], [first[1:], third[:1]], [fourth, third]]
    assert digits.points.dtype == np.float32
    assert (pens["capitals"].labels[0], pens["small_letters"].labels[0]) == ("A", "a")
    assert pens["signs"].labels.tolist() == [r"\""]


def test_numbers_are_words_of_digits_in_one_line(server):
    numbers = people.load_pens()["strings"]
    assert numbers.labels.tolist() == ["11"]
    assert numbers.writers.tolist() == ["sta/Sam"]
    assert [len(stroke) for stroke in numbers.strokes(0)] == [2, 2]


def test_characters_are_in_order_and_each_is_there_once(server):
    scripts = people.load_scripts()
    assert list(zip(scripts.labels, scripts.writers, strict=True)) == [
        ("Balinese/character01", "Balinese/01"),
        ("Greek/character01", "Greek/02"),
        ("Greek/character01", "Greek/10"),
        ("Greek/character02", "Greek/01"),
        ("Tagalog/character17", "Tagalog/20"),
    ]


def test_strokes_of_characters_have_y_down(server):
    scripts = people.load_scripts()
    assert [stroke.tolist() for stroke in scripts.strokes(1)] == [
        [[1.5, 2.25], [3, 4]],
        [[7, 8]],
    ]
    assert scripts.points.dtype == np.float32


def test_items_are_taken_in_the_order_asked_for(server):
    digits = people.load_pens()["digits"]
    taken = digits.take(np.array([2, 0]))
    assert taken.labels.tolist() == ["7", "1"]
    assert [each.tolist() for each in taken.strokes(0)] == [
        each.tolist() for each in digits.strokes(2)
    ]


def test_everything_is_downloaded_once(server, no_data):
    load_everything()
    assert len(server.asked) == 6
    load_everything()
    assert len(server.asked) == 6
    left = {path.name for path in (no_data / "cache").iterdir()}
    assert left - {"mnist", "swiss", "unipen", "omniglot"} <= {
        "qmnist.lock", "anagnostes.lock", "train_r01_v07.lock", "omniglot.lock"
    }  # fmt: skip


def test_download_goes_on_after_a_break(server, monkeypatch):
    monkeypatch.setattr(download, "BLOCK", 10)
    server.breaks_after = [100, 50]
    people.load_swiss()
    ranges = [wanted for _, wanted in server.asked]
    assert ranges == [None, "bytes=100-", "bytes=150-"]


def test_several_at_once_download_once(server):
    with ThreadPoolExecutor(4) as pool:
        loaded = list(pool.map(lambda _: people.load_pens(), range(4)))
    assert len(server.asked) == 1
    assert all(len(pens["digits"]) == 4 for pens in loaded)


def test_archive_that_is_whole_is_read_after_an_interruption(server, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(archives.unipen, "read_sets", interrupt)
        with pytest.raises(KeyboardInterrupt):
            people.load_pens()
    people.load_pens()
    assert len(server.asked) == 1


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("damage", ["sign in", "cut", "other"])
def test_damaged_download_is_refused_and_leaves_nothing(
    server, no_data, loader, damage
):
    source = LOADERS[loader]
    name = f"{source.commit}.tar.gz"
    if source.files:
        name = source.files[0].rpartition("/")[2]
    content = server.files[name]
    server.files[name] = {
        "sign in": b"<html>Sign in to this network</html>",
        "cut": content[: len(content) // 2],
        "other": made_up.archive({"numbers/0001_CH4M/0/number-1.png": b"no picture"}),
    }[damage]
    with pytest.raises(DataError, match=r"checksum differs\): open any web page"):
        getattr(people, loader)()
    assert [
        path for path in (no_data / "cache").iterdir() if path.suffix != ".lock"
    ] == []
    server.files[name] = content
    getattr(people, loader)()


def test_a_lesson_goes_on_without_writers(server, no_data, capsys):
    """Those of the made-up source fit its own digits, and no others."""
    (known, series), _ = people.load_writers()
    writers, kinds = people.load_writers_or_unknown(len(known))
    assert (writers.tolist(), kinds.tolist()) == (known.tolist(), series.tolist())
    assert capsys.readouterr().out == ""
    writers, kinds = people.load_writers_or_unknown(7)
    assert writers.tolist() == kinds.tolist() == [0] * 7
    assert "not known" in capsys.readouterr().out


def test_a_lesson_goes_on_where_writers_cannot_be_had(no_data, capsys):
    writers, kinds = people.load_writers_or_unknown(5)
    assert writers.tolist() == kinds.tolist() == [0] * 5
    assert "not known here" in capsys.readouterr().out


@pytest.mark.parametrize("loader", LOADERS)
def test_missing_set_gives_a_message_with_the_remedy(no_data, loader):
    with pytest.raises(
        DataError, match=r"`digitlib data --people`.*or copy the folder"
    ):
        getattr(people, loader)()


def test_full_disk_gives_a_message_with_the_remedy(server, monkeypatch):
    def fail(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(archives.unipen, "read_sets", fail)
        with pytest.raises(DataError, match=r"No space left on device\): make room"):
            people.load_pens()
    people.load_pens()
    assert len(server.asked) == 1


@pytest.mark.parametrize("place", [".", "mnist"])
def test_named_folder_and_its_neighbours_come_first(
    server, no_data, monkeypatch, place
):
    load_everything()
    shutil.move(no_data / "cache", no_data / "stick")
    server.files.clear()
    monkeypatch.setenv("DIGITLIB_DATA", str(no_data / "stick" / place))
    load_everything()
    assert len(server.asked) == 6


def test_project_folder_comes_before_the_cache(server, no_data):
    people.load_writers()
    shutil.copytree(no_data / "cache", data.PROJECT_DATA)
    (no_data / "cache/mnist/qmnist_writers.npz").write_text("damaged")
    people.load_writers()


def test_folder_with_a_file_of_other_writers_is_refused(server, no_data, monkeypatch):
    people.load_swiss()
    path = no_data / "cache/swiss/digits.npz"
    with np.load(path) as file:
        arrays = dict(file)
    arrays["writers"][:] = "0002_CH5M"
    np.savez(path, **arrays)
    with pytest.raises(DataError, match=r"digits\.npz.*delete it, then copy it again"):
        people.load_swiss()


@pytest.mark.parametrize(
    "damage", [lambda b: b[: len(b) // 2], lambda b: b"", bytes.upper]
)
def test_damaged_file_is_named(server, no_data, damage):
    people.load_pens()
    path = no_data / "cache/unipen/signs.npz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"signs\.npz is incomplete.*delete it"):
        people.load_pens()


def test_path_that_leads_out_of_the_archive_is_left_out(no_data):
    path = no_data / "evil.tar.gz"
    names = ["data/1a/aga/../../../../../evil.dat", "/etc/evil", "data/1a/aga/good.dat"]
    path.write_bytes(made_up.archive(dict.fromkeys(names, b"")))
    assert [name for name, _ in archives._unpack(path)] == ["data/1a/aga/good.dat"]


def test_list_of_writers_says_why():
    kept = archives.read_kept()
    assert "acceptance" in kept["why"]
    counts = {name: len(set(kept[name])) for name in HALVED}
    assert list(counts.values()) == [11, 92, 70, 108, 115, 107]


def test_card_names_each_file_with_its_digests():
    card = (Path(__file__).parents[2] / "models/DATA.md").read_text("utf-8")
    for name, digests in sources.DIGESTS.items():
        assert f"`{name}.npz`" in card
        assert all(digest in card for digest in digests)


def test_card_has_the_notice_of_each_licence_that_asks_for_one():
    card = (Path(__file__).parents[2] / "models/DATA.md").read_text("utf-8")
    notices = card.partition("## Notices for copies\n")[2]
    for notice in (
        "Copyright (c) Facebook, Inc. and its affiliates",
        "Copyright (c) 2015 Brenden Lake",
        "International Unipen Foundation, `train_r01_v07`, CC BY 4.0",
        "Y. LeCun, C. Cortes, C. J. C. Burges, CC BY-SA 3.0",
    ):
        assert notice in notices


def test_command_fetches_people_too(server, monkeypatch, capsys):
    monkeypatch.setattr(data, "load_mnist", lambda: None)
    assert main(["data", "--people"]) == 0
    assert capsys.readouterr().out.endswith(
        "Swiss digits, UNIPEN and Omniglot are here, and whole.\n"
    )


def test_real_sets():
    """The real files have who and what the data card says, on a machine with them."""
    made_up.need_real_sets()
    (writers, series), (test_writers, _) = people.load_writers()
    assert np.bincount(series).tolist() == [30_950, 0, 0, 0, 29_050]
    assert (len(np.unique(writers)), len(np.unique(test_writers))) == (539, 297)
    scans, pens = people.load_swiss(), people.load_pens()
    assert (len(scans.images), len(scans.labels)) == (6_249, 6_249)
    assert {name: len(each) for name, each in pens.items()} == {
        "digits": 5_271, "strings": 333, "capitals": 13_132,
        "small_letters": 30_449, "signs": 7_578,
    }  # fmt: skip
    kept = archives.read_kept()
    assert set(scans.writers) == set(kept["swiss/digits"])
    for name, each in pens.items():
        assert {*map(alias, each.writers)} == {*kept[f"unipen/{name}"]}


def test_real_characters():
    """The real drawings are as the data card says, on a machine with them."""
    made_up.need_real_sets((archives.OMNIGLOT,))
    scripts = people.load_scripts()
    drawings = set(zip(scripts.labels, scripts.writers, strict=True))
    assert len(scripts) == len(drawings) == 4_840
    assert (len(set(scripts.labels)), len(set(scripts.writers))) == (242, 8 * 20)
