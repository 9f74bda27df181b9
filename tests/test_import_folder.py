"""Folders of scans as people have them -> tasks. Every image and PDF is a real one, made here."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from bench.errors import UsageError
from bench.importers.folder import import_folder
from bench.importers.names import printable, safe_ids
from bench.task import document_tasks
from tests.cli.said import Cli
from tests.runs import run
from tests.scans import drawn, imported, make_scans, rows

HOSTILE = (
    "<script>alert(1)</script>.png".replace("/", "_"),
    "a\"b'c.png",
    "evil\u202egnp.exe.png",
    "two\nlines.png",
    "x" * 240 + ".png",
    "..png",
    "$(touch pwned).png",
    "{question}.png",
    "\udcff\udcfe.png",
)


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    return make_scans(tmp_path)


def test_every_page_becomes_a_row_in_order(scans: Path) -> None:
    done, tasks = imported(scans)
    samples = tasks["ocr"].samples
    assert [one.id for one in samples] == [
        *("a", "b", "faxes.p1", "faxes.p2", "invoice-7.p1", "invoice-7.p2", "more-a", "more-c")
    ]
    assert [one.doc_id for one in samples].count("faxes") == 2
    assert all(one.references == () for one in samples)
    assert (done.files, done.pages, done.unscored) == (6, 8, {"ocr": 8})
    for one in samples:
        with Image.open(one.images[0]) as image:
            assert image.format in {"PNG", "JPEG", "WEBP"}
            image.load()


def test_what_servers_take_is_copied_and_the_rest_keeps_its_pixels(scans: Path) -> None:
    _, tasks = imported(scans)
    by_id = {one.id: one for one in tasks["ocr"].samples}
    assert by_id["a"].images[0].read_bytes() == (scans / "a.jpg").read_bytes()
    assert by_id["more-c"].images[0].read_bytes() == (scans / "more/c.webp").read_bytes()
    with Image.open(by_id["more-a"].images[0]) as made, Image.open(scans / "more/a.bmp") as own:
        assert made.tobytes() == own.tobytes()
    with Image.open(by_id["faxes.p2"].images[0]) as second:
        assert second.getpixel((30, 50)) == (90, 90, 90)


@pytest.mark.parametrize(("dpi", "size"), [(200, (200, 400)), (72, (72, 144))])
def test_pdf_pages_are_drawn_at_the_dpi_that_is_recorded(
    dpi: int, size: tuple[int, int], scans: Path
) -> None:
    done, tasks = imported(scans, dpi=dpi)
    first, second = (one for one in tasks["ocr"].samples if one.doc_id == "invoice-7")
    assert first.tags == ("pdf", f"{dpi}dpi")
    with Image.open(first.images[0]) as image:
        assert image.size == size
    with Image.open(second.images[0]) as image:
        grey = image.convert("L").getpixel((size[0] - 5, size[1] - 5))
    assert grey == pytest.approx(101, abs=3)
    sources = {row["file"]: row for row in rows(done.folder, "sources")}
    assert sources["invoice 7.pdf"]["dpi"] == dpi
    assert sources["a.jpg"]["dpi"] is None
    digest = hashlib.sha256((scans / "a.jpg").read_bytes()).hexdigest()
    assert sources["a.jpg"]["sha256"] == digest


def test_a_photo_that_the_camera_marked_as_turned_is_turned_upright(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    drawn((40, 60)).save(tmp_path / "scans" / "photo.jpg", exif=exif)
    done, tasks = imported(tmp_path / "scans")
    (sample,) = tasks["ocr"].samples
    assert (done.turned, sample.tags) == (1, ("turned-upright",))
    with Image.open(sample.images[0]) as image:
        assert image.size == (60, 40)
        assert image.getexif().get(0x0112, 1) == 1


def test_the_same_folder_gives_the_same_task_and_is_not_changed(scans: Path) -> None:
    before = {path: path.read_bytes() for path in scans.rglob("*.*")}
    _, tasks = imported(scans)
    again = import_folder(scans, scans.parent / "again")
    (second,) = document_tasks(str(again.folder))
    assert second.content_sha256 == tasks["ocr"].content_sha256
    assert {path: path.read_bytes() for path in scans.rglob("*.*")} == before


def test_hostile_names_become_plain_ids(tmp_path: Path) -> None:
    source = tmp_path / "scans"
    source.mkdir()
    for name in HOSTILE:
        drawn().save(os.fsencode(source / name).decode("utf-8", "surrogateescape"), format="PNG")
    done, tasks = imported(source)
    samples = tasks["ocr"].samples
    visible = [name for name in HOSTILE if not name.startswith(".")]
    assert done.files == len(samples) == len(visible)
    assert len({one.id for one in samples}) == len(samples)
    for one in samples:
        assert one.id.replace("-", "").replace("_", "").isalnum(), one.id
        assert len(one.images[0].name.encode()) < 200
        assert one.images[0].parent == (done.folder / "images").resolve()
    ended = run(backend="echo", task=str(done.folder), out=tmp_path / "run")
    assert (ended.code, ended.job.counts.answered) == (0, len(visible))


@pytest.mark.parametrize(
    "names",
    [
        ("a b", "a-b"),
        ("Scan", "scan"),
        ("!", "?"),
        ("x" * 300, "x" * 301),
        ("é", "e\u0301"),
        ("", "-"),
    ],
)
def test_names_that_read_alike_get_different_ids(names: tuple[str, str]) -> None:
    ids = safe_ids(names)
    assert len({one.casefold() for one in ids.values()}) == 2
    assert safe_ids(reversed(names)) == ids
    assert all(ids.values())


def test_letters_of_any_script_stay() -> None:
    assert safe_ids(["счёт 12", "領収書"]) == {"счёт 12": "счёт-12", "領収書": "領収書"}


def test_text_for_a_terminal_cannot_steer_it() -> None:
    assert printable("a\u202eb\n\x1b[31m\udcff é") == "a\\u202eb\\n\\x1b[31m\\udcff é"


def test_one_stem_with_two_suffixes_is_two_documents(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    for name in ("a.png", "a.jpg", "b.png"):
        drawn().save(tmp_path / "scans" / name)
    _, tasks = imported(tmp_path / "scans")
    assert [one.id for one in tasks["ocr"].samples] == ["a-jpg", "a-png", "b"]


def cut(path: Path) -> None:
    image = Image.effect_noise((200, 200), 90)
    image.save(path, format="PNG")
    path.write_bytes(path.read_bytes()[:5000])


def pdf_file(objects: list[bytes], trailer: bytes = b"") -> bytes:
    text, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(text))
        text += b"%d 0 obj" % number + content + b"endobj\n"
    size = len(objects) + 1
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    tail = b"trailer<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n"
    return text + head + table + tail % (size, trailer, len(text))


def encrypted(path: Path) -> None:
    """What PDFium takes for a file whose password it lacks: the standard handler, and no key."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>",
    ]
    path.write_bytes(pdf_file(objects, b"/Encrypt 4 0 R/ID[<41><41>]"))


def test_what_was_typed_into_a_form_is_drawn(tmp_path: Path) -> None:
    drawing = b"0 0 0 rg 0 0 40 40 re f"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]/Annots[4 0 R]>>",
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(x)/F 4/Rect[10 10 50 50]/AP<</N 5 0 R>>>>",
        b"<</Type/XObject/Subtype/Form/BBox[0 0 40 40]/Length %d>>stream\n%b\nendstream\n"
        % (len(drawing), drawing),
    ]
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "form.pdf").write_bytes(pdf_file(objects))
    _, tasks = imported(tmp_path / "scans", dpi=72)
    with Image.open(tasks["ocr"].samples[0].images[0]) as image:
        assert image.convert("L").getpixel((30, 40)) == 0


def huge_page(path: Path) -> None:
    document = pypdfium2.PdfDocument.new()
    document.new_page(14000, 14000)
    document.save(str(path))


@pytest.mark.parametrize(
    ("name", "write", "why"),
    [
        ("x.png", cut, "is broken"),
        ("x.jpg", lambda path: path.write_bytes(b""), "is no image that can be read"),
        ("x.tif", lambda path: path.write_text("no"), "is no image that can be read"),
        ("x.pdf", lambda path: path.write_bytes(b"%PDF-1.4 no"), "is no PDF that can be read"),
        ("x.pdf", encrypted, "is encrypted"),
        ("x.pdf", huge_page, "lower --dpi"),
    ],
)
def test_what_cannot_be_read_stops_the_import_or_is_named(
    name: str, write: Callable[[Path], object], why: str, scans: Path
) -> None:
    write(scans / "more" / name)
    with pytest.raises(UsageError) as caught:
        imported(scans)
    assert f"more/{name}" in caught.value.message
    assert why in caught.value.message
    assert "--skip-broken" in str(caught.value.hint)
    assert sorted(path.name for path in scans.parent.iterdir()) == ["scans"]
    done, _ = imported(scans, skip_broken=True)
    ((broken, said),) = done.broken
    assert broken == f"more/{name}"
    assert why in said
    assert done.files == 6
    names = {path.name for path in (done.folder / "images").iterdir()}
    assert names == {Path(image).name for row in rows(done.folder) for image in row["images"]}


def test_a_folder_with_nothing_to_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "letter.docx").touch()
    with pytest.raises(UsageError, match="holds no page"):
        imported(tmp_path / "scans")


def test_what_is_of_another_kind_is_counted(scans: Path) -> None:
    (scans / "photo.HEIC").touch()
    (scans / "letter.docx").touch()
    (scans / ".hidden.png").touch()
    (scans / "round").symlink_to(scans)
    done, _ = imported(scans)
    assert done.others == {".heic": 1, ".docx": 1, "linked folder": 1}


def test_answers_without_references_are_kept_and_counted_as_unscored(scans: Path) -> None:
    done, _ = imported(scans)
    ended = run(backend="echo", task=f"{done.folder}:ocr", out=scans.parent / "run")
    assert ended.code == 0
    counts = ended.job.counts
    assert (counts.expected, counts.answered, counts.failed, counts.unscored) == (8, 8, 0, 8)
    assert ended.job.results == ()
    assert "no sample has a reference" in ended.job.absent["results"]
    assert all(row["prediction"].startswith("Transcribe") for row in ended.records())
    assert "8 unscored" in (ended.folder / "report.md").read_text()


def test_the_commands_as_they_are_typed(
    scans: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(scans.parent)
    cli = Cli(monkeypatch, capsys)
    (scans / "bad\u202e.png").write_bytes(b"no")
    refused = cli("task", "import", "folder", "--from", "scans", "--out", "mine")
    assert refused.code == 2
    assert "bad\\u202e.png is no image that can be read" in refused.err
    options = ("--skip-broken", "--from", "scans", "--out", "mine")
    made = cli("task", "import", "folder", *options)
    assert made.code == 0
    assert "6 files, 8 pages" in made.out
    assert "left out: bad\\u202e.png is no image" in made.err
    assert "8 without a reference (unscored)" in made.out
    assert "8 without a reference (unscored)" in cli("task", "validate", "mine").out
    assert cli("task", "import", "folder", *options).code == 2
    assert cli("task", "import", "folder", "--from", "none", "--out", "new").code == 2
    assert cli("task", "import", "--help").code == 0
