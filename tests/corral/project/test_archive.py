import gzip
import io
import os
import random
import stat
import struct
import tarfile
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import zstandard

from corral.errors import ProjectRefused
from corral.project import survey
from corral.project.archive import inspect_archive, unpack_archive
from corral.project.manifest import ProjectKind
from corral.project.requirements import PLAIN
from tests.corral.project.archives import (
    FILES,
    MANIFEST,
    PROMPT_MANIFEST,
    saved,
    tar_entry,
    tar_gz,
    tar_zst,
    tarred,
    zip_symlink,
    zipped,
    zipped_with,
)


def refusal(folder: Path, content: bytes) -> list[str]:
    path = saved(folder, content)
    with pytest.raises(ProjectRefused) as refused:
        inspect_archive(path, "p.zip")
    with pytest.raises(ProjectRefused):
        unpack_or_inspect(path, Path(tempfile.mkdtemp(dir=folder)))
    return refused.value.problems


def unpack_or_inspect(path: Path, into: Path) -> None:
    """What the archive itself breaks stops unpacking; the rest only inspection knows."""
    unpack_archive(path, into)
    inspect_archive(path, "p.zip")


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (zipped(FILES), "zip"),
        (zipped(FILES, zipfile.ZIP_STORED), "zip"),
        (tar_gz(FILES), "tar.gz"),
        (tar_gz(FILES, form=tarfile.GNU_FORMAT), "tar.gz"),
        (tar_gz(FILES, form=tarfile.USTAR_FORMAT), "tar.gz"),
        (tar_zst(FILES), "tar.zst"),
    ],
)
def test_archive_of_each_format(tmp_path: Path, content: bytes, form: str) -> None:
    path = saved(tmp_path, content)

    inspection = inspect_archive(path, "p.zip")
    unpack_archive(path, tmp_path / "into")

    assert inspection.format == form
    assert inspection.files == ("corral.toml", "main.py")
    assert inspection.unpacked_bytes == len(MANIFEST) + 15
    assert inspection.manifest.kind is ProjectKind.PROGRAM
    assert inspection.prompt_template is None
    assert (tmp_path / "into/main.py").read_bytes() == b"print('hello')\n"


@pytest.mark.parametrize("pack", [zipped, tar_gz, tar_zst])
def test_archive_with_wrapping_folder_is_stripped(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    files = {f"team-1.0/{name}": content for name, content in FILES.items()}
    path = saved(tmp_path, pack({**files, "team-1.0/lib/ä.py": b"x", "__MACOSX/._x": b"y"}))

    inspection = inspect_archive(path, "p.zip")
    unpack_archive(path, tmp_path / "into")

    assert inspection.files == ("corral.toml", "lib/ä.py", "main.py")
    assert sorted(p.name for p in (tmp_path / "into").iterdir()) == [
        "corral.toml",
        "lib",
        "main.py",
    ]


def test_archive_with_long_names_in_every_tar_format(tmp_path: Path) -> None:
    name = f"{'d' * 120}/{'n' * 120}.txt"
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        path = saved(tmp_path, tar_gz({**FILES, name: b"x"}, form=form))
        assert name in inspect_archive(path, "p.tar.gz").files


def test_unpacked_modes_whatever_the_umask(tmp_path: Path) -> None:
    tool = tar_entry("bin/tool", tarfile.REGTYPE, size=3)
    tool.mode = 0o4777
    secret = tar_entry("secret", tarfile.REGTYPE, size=1)
    secret.mode = 0
    path = saved(tmp_path, tar_gz(FILES, tool, secret))
    before = os.umask(0o077)
    try:
        unpack_archive(path, tmp_path / "a" / "into")
    finally:
        os.umask(before)

    modes = {
        name: stat.S_IMODE((tmp_path / "a/into" / name).stat().st_mode)
        for name in (".", "bin", "bin/tool", "secret", "main.py")
    }
    assert modes == {".": 0o755, "bin": 0o755, "bin/tool": 0o755, "secret": 0o644, "main.py": 0o644}


def test_unpack_into_a_folder_that_holds_something(tmp_path: Path) -> None:
    path = saved(tmp_path, zipped(FILES))
    with pytest.raises(FileExistsError):
        unpack_archive(path, tmp_path)


def test_links_inside_the_project_are_kept(tmp_path: Path) -> None:
    links = (
        tar_entry("data/latest", tarfile.SYMTYPE, "../main.py"),
        tar_entry("again", tarfile.SYMTYPE, "data/latest"),
        tar_entry("copy.py", tarfile.LNKTYPE, "main.py"),
    )
    path = saved(tmp_path, tar_gz(FILES, *links))

    unpack_archive(path, tmp_path / "into")

    assert (tmp_path / "into/again").read_bytes() == FILES["main.py"]
    assert (tmp_path / "into/copy.py").stat().st_ino == (tmp_path / "into/main.py").stat().st_ino
    assert inspect_archive(path, "p").files == (
        *("again", "copy.py", "corral.toml", "data/latest", "main.py"),
    )


def test_zip_symlink_inside_the_project_is_kept(tmp_path: Path) -> None:
    path = saved(tmp_path, zip_symlink("link", "./main.py"))
    unpack_archive(path, tmp_path / "into")
    assert (tmp_path / "into/link").readlink() == Path("main.py")


SYMLINKS = [
    ("link", "/etc/passwd", '"link" is a link to "/etc/passwd", which leaves the project'),
    ("link", "../x", '"link" is a link to "../x", which leaves the project'),
    ("a/link", "../../x", '"a/link" is a link to "../../x", which leaves the project'),
    ("link", "gone", '"link" is a link to "gone", which is not in the archive'),
    ("link", "link", '"link" is a link to "link", which never comes to an end'),
    ("link", "", '"link" is a link to a name that is not allowed'),
    ("link", "a\\b", '"link" is a link to a name that is not allowed'),
]


@pytest.mark.parametrize(("name", "target", "sentence"), SYMLINKS)
def test_symlink_that_leaves_is_refused(
    tmp_path: Path, name: str, target: str, sentence: str
) -> None:
    assert refusal(tmp_path, zip_symlink(name, target)) == [f"p.zip: {sentence}."]
    entry = tar_entry(name, tarfile.SYMTYPE, target)
    if target:
        assert refusal(tmp_path, tar_gz(FILES, entry)) == [f"p.zip: {sentence}."]


def test_symlink_that_leaves_by_another_link_is_refused(tmp_path: Path) -> None:
    links = (
        tar_entry("a/b", tarfile.DIRTYPE),
        tar_entry("in", tarfile.SYMTYPE, "a/b"),
        tar_entry("out", tarfile.SYMTYPE, "in/../../.."),
    )
    problems = refusal(tmp_path, tar_gz(FILES, *links))
    assert problems == ['p.zip: "out" is a link to "in/../../..", which leaves the project.']


def test_symlink_out_of_the_wrapping_folder_is_refused(tmp_path: Path) -> None:
    files = {f"top/{name}": content for name, content in FILES.items()}
    link = tar_entry("top/link", tarfile.SYMTYPE, "../top/main.py")
    problems = refusal(tmp_path, tar_gz(files, link))
    assert "which leaves the project" in problems[0]


def test_file_below_a_symlink_is_refused(tmp_path: Path) -> None:
    entries = (
        tar_entry("a", tarfile.SYMTYPE, "/tmp"),
        tar_entry("a/evil", tarfile.REGTYPE),
    )
    problems = refusal(tmp_path, tar_gz(FILES, *entries))
    assert problems == ['p.zip: "a/evil" lies below "a", which is not a folder.']


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("/etc/passwd", "which leaves the project"),
        ("../x", "which leaves the project"),
        ("gone", "which is no earlier file of the archive"),
    ],
)
def test_hard_link_that_leaves_is_refused(tmp_path: Path, target: str, why: str) -> None:
    problems = refusal(tmp_path, tar_gz(FILES, tar_entry("hard", tarfile.LNKTYPE, target)))
    assert problems == [f'p.zip: "hard" is a hard link to "{target}", {why}.']


NAMES = [
    ("../evil", 'leaves the project by ".."'),
    ("a/../../evil", 'leaves the project by ".."'),
    ("/etc/evil", "is an absolute path"),
    ("C:/evil", "starts with a drive letter"),
    ("a\\evil", "has a backslash in its name; folders are separated by /"),
    ("bell\a", "has a control character in its name"),
    ("rtl\u202egpj.exe", "has a control character in its name"),
    ("x/" * 33 + "x", "lies more than 32 folders deep"),
    ("n" * 256, "has a part longer than 255 bytes"),
    ("d/" * 5 + "/".join(["n" * 200] * 3), "has a path longer than 512 bytes"),
]


@pytest.mark.parametrize(("name", "rule"), NAMES)
def test_name_that_breaks_a_rule_is_refused(tmp_path: Path, name: str, rule: str) -> None:
    for content in (zipped({**FILES, name: b""}), tar_gz({**FILES, name: b""})):
        problems = refusal(tmp_path, content)
        assert len(problems) == 1
        assert problems[0].startswith('p.zip: "')
        assert problems[0].endswith(f'" {rule}.')


def test_name_with_a_nul_in_a_zip_is_refused(tmp_path: Path) -> None:
    content = zipped({**FILES, "evilXpy": b""}).replace(b"evilXpy", b"evil\0py")
    assert refusal(tmp_path, content) == [
        r'p.zip: "evil\x00py" has a control character in its name.'
    ]


def test_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    content = zipped({**FILES, "nameX": b""}).replace(b"nameX", b"name\xff")
    assert refusal(tmp_path, content) == [r'p.zip: "name\udcff" has a name that is not UTF-8.']
    latin = tarred({**FILES, "nameX": b""}, form=tarfile.USTAR_FORMAT)
    at = latin.index(b"nameX")
    header = bytearray(latin[at : at + 512])
    header[4] = 0xFF
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    broken = latin[:at] + header + latin[at + 512 :]
    assert "not UTF-8" in refusal(tmp_path, gzip.compress(broken))[0]


def test_name_in_utf8_without_the_flag_is_read_as_utf8(tmp_path: Path) -> None:
    content = zipped({**FILES, "naXXme": b""}).replace(b"naXXme", "naäme".encode())
    assert "naäme" in inspect_archive(saved(tmp_path, content), "p.zip").files


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_clash_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO(
        zipped({**FILES, "README": b"1", "readme": b"2", "Lib/a": b"", "lib/b": b""})
    )
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("main.py", b"other")
        archive.writestr("main.py/x", b"")
    assert refusal(tmp_path, buffer.getvalue()) == [
        'p.zip: "readme" differs from "README" only in upper and lower case.',
        'p.zip: "lib/b" differs from "Lib" only in upper and lower case.',
        'p.zip: "main.py" is there twice.',
        'p.zip: "main.py/x" lies below "main.py", which is not a folder.',
    ]


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (tarfile.CHRTYPE, "is a character device"),
        (tarfile.BLKTYPE, "is a block device"),
        (tarfile.FIFOTYPE, "is a named pipe"),
        (tarfile.GNUTYPE_SPARSE, "is a sparse file"),
        (b"Z", "is of a kind that is not allowed"),
    ],
)
def test_tar_entry_of_another_kind_is_refused(tmp_path: Path, kind: bytes, what: str) -> None:
    assert refusal(tmp_path, tar_gz(FILES, tar_entry("dev", kind))) == [f'p.zip: "dev" {what}.']


@pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_zip_entry_of_another_kind_is_refused(tmp_path: Path, kind: int) -> None:
    assert refusal(tmp_path, zipped_with(kind | 0o644, "dev", b"")) == [
        'p.zip: "dev" is a device, a named pipe or of another kind that is not allowed.'
    ]


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    content = tar_gz({**FILES, "../a": b"", "/b": b""}, tar_entry("c", tarfile.FIFOTYPE))
    assert len(refusal(tmp_path, content)) == 3
    many = zipped({**FILES, **{f"../{n}": b"" for n in range(50)}})
    problems = refusal(tmp_path, many)
    assert len(problems) == 21
    assert problems[-1] == "p.zip: and 30 more problems."


def test_archive_larger_than_allowed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(50_000_001)
    with pytest.raises(ProjectRefused, match=r"p\.zip: has 50\.0 MB; at most 50 MB are allowed\."):
        inspect_archive(path, "p.zip")


def test_archive_with_too_many_files_is_refused(tmp_path: Path) -> None:
    files = {**FILES, **{f"f{n}": b"" for n in range(4_999)}}
    for content in (zipped(files), tar_gz(files)):
        assert refusal(tmp_path, content) == ["p.zip: holds more than 5,000 files."]


def test_zip_with_a_giant_table_of_contents_is_refused(tmp_path: Path) -> None:
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *([0] * 9), 1, 0, 0, 0, 0, 0, 0) + b"x"
    table = entry * 100_000
    head = b"PK\x03\x04" + bytes(30)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(table), len(head), 0)
    problems = refusal(tmp_path, head + table + end)
    assert problems == ["p.zip: has a table of contents larger than 4 MiB."]


def bomb(size: int) -> dict[str, bytes]:
    return {**FILES, "zeros": bytes(size)}


def test_bomb_by_declared_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "MAX_UNPACKED_BYTES", 1_000_000)
    for content in (zipped(bomb(1_000_001)), tar_gz(bomb(1_000_001)), tar_zst(bomb(1_000_001))):
        assert refusal(tmp_path, content) == ["p.zip: is larger than 1 MB when unpacked."]


def test_bomb_in_tar_headers_is_refused(tmp_path: Path) -> None:
    huge = tar_entry("x", tarfile.GNUTYPE_LONGNAME, size=70_000)
    problems = refusal(tmp_path, tar_gz(FILES, huge))
    assert problems == ["p.zip: has a tar header larger than 64 KiB."]


def test_bomb_after_the_end_of_a_tar_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "MAX_UNPACKED_BYTES", 1_000_000)
    monkeypatch.setattr(survey, "_TAR_OVERHEAD", 1_000_000)
    problems = refusal(tmp_path, gzip.compress(tarred(FILES) + bytes(3_000_000)))
    assert problems == ["p.zip: is larger unpacked than is allowed."]


def lying(content: bytes, declared: int, real: int) -> bytes:
    """The archive with one entry's size changed in both of its headers."""
    return content.replace(struct.pack("<L", real), struct.pack("<L", declared))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize("declared", [10, 700_001])
def test_zip_with_a_lying_size_is_refused(tmp_path: Path, method: int, declared: int) -> None:
    content = lying(zipped(bomb(700_000), method), declared, 700_000)
    assert len(refusal(tmp_path, content)) == 1


def test_zip_entry_packed_by_another_method_is_refused(tmp_path: Path) -> None:
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        problems = refusal(tmp_path, zipped(FILES, method))
        assert problems[0] == (
            'p.zip: "corral.toml" is packed by a method that is not allowed; '
            "only store and deflate are."
        )


def test_encrypted_zip_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped({"corral.toml": MANIFEST}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(tmp_path, bytes(content)) == ['p.zip: "corral.toml" is encrypted.']


@pytest.mark.parametrize(
    "content",
    [zipped(FILES), tar_gz(FILES), tar_zst(FILES)],
    ids=["zip", "gz", "zst"],
)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_archive_is_refused(tmp_path: Path, content: bytes, share: float) -> None:
    assert len(refusal(tmp_path, content[: int(len(content) * share)])) == 1


def test_tar_without_its_end_is_refused(tmp_path: Path) -> None:
    whole = tarred(FILES).rstrip(b"\0")
    cut = whole + bytes(-len(whole) % 512)
    problems = refusal(tmp_path, gzip.compress(cut))
    assert problems == ["p.zip: is cut short: a tar archive must end with two blocks of zeros."]


def test_damaged_checksums_are_refused(tmp_path: Path) -> None:
    gz = bytearray(tar_gz(FILES))
    gz[-6] ^= 1
    assert refusal(tmp_path, bytes(gz)) == ["p.zip: is damaged: its compressed data can't be read."]
    zipfile_ = zipped(FILES, zipfile.ZIP_STORED).replace(b"hello", b"hullo", 1)
    assert refusal(tmp_path, zipfile_) == ["p.zip: is damaged: the checksum of an entry is wrong."]


def test_data_after_the_end_of_a_tar_is_refused(tmp_path: Path) -> None:
    both = tarred(FILES) + tarred({"hidden.py": b""})
    assert refusal(tmp_path, gzip.compress(both)) == ["p.zip: has data after its end."]


@pytest.mark.parametrize("content", [b"", b"PK", b"hello", tarred(FILES), b"Rar!\x1a\x07\0"])
def test_unknown_format_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(tmp_path, content) == [
        "p.zip: is none of the accepted formats: .zip, .tar.gz and .tar.zst."
    ]


def test_gzip_without_a_tar_inside_is_refused(tmp_path: Path) -> None:
    assert "is not a tar archive inside" in refusal(tmp_path, gzip.compress(b"hello" * 500))[0]


def test_gzip_of_several_members_is_read(tmp_path: Path) -> None:
    tar = tarred(FILES)
    content = gzip.compress(tar[:700]) + gzip.compress(tar[700:]) + bytes(100)
    assert inspect_archive(saved(tmp_path, content), "p").files == ("corral.toml", "main.py")


def test_zstd_with_a_large_window_is_refused(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    content = compressor.compress(tarred(FILES)) + compressor.flush()
    assert "needs a Zstandard window above 8 MiB" in refusal(tmp_path, content)[0]


def test_empty_zip_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, zipped({})) == ["p.zip: is an empty zip file."]


RULE = "it must be a file at the root of the archive or of its only folder"


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ({"main.py": b""}, ""),
        ({"a/b/corral.toml": MANIFEST}, ' (there is "a/b/corral.toml")'),
        ({"a/corral.toml": MANIFEST, "b/x": b""}, ' (there is "a/corral.toml")'),
        ({"Corral.toml": MANIFEST}, ' (there is "Corral.toml")'),
    ],
)
def test_missing_manifest_is_refused(tmp_path: Path, files: dict[str, bytes], hint: str) -> None:
    assert refusal(tmp_path, zipped(files)) == [f"p.zip: corral.toml is missing: {RULE}{hint}."]


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        (b"\xff\xfe", "corral.toml: is not UTF-8 text."),
        (b"x" * 70_000, "corral.toml: is larger than 64 KiB."),
        (b"", "corral.toml: the section [project] is missing."),
    ],
)
def test_unusable_manifest_is_refused(tmp_path: Path, manifest: bytes, sentence: str) -> None:
    assert refusal(tmp_path, zipped({**FILES, "corral.toml": manifest})) == [sentence]


def test_manifest_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    content = zipped({**FILES, "corral.toml": b"\xef\xbb\xbf" + MANIFEST})
    assert inspect_archive(saved(tmp_path, content), "p").manifest.name == "Test"


def test_command_that_names_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, zipped({"corral.toml": MANIFEST})) == [
        'corral.toml: [program] command names "main.py", which is not in the archive.'
    ]


def test_requirements_are_parsed_and_refused_with_everything_else(tmp_path: Path) -> None:
    named = MANIFEST + b'requirements = "needs.txt"\n'
    assert refusal(
        tmp_path, zipped({"corral.toml": named, "needs.txt": b"numpy\n-e .\n-r x\n"})
    ) == [
        'corral.toml: [program] command names "main.py", which is not in the archive.',
        f'needs.txt, line 2: "-e ." is an option; options are not taken: {PLAIN}.',
        f'needs.txt, line 3: "-r x" is an option; options are not taken: {PLAIN}.',
    ]
    usual = zipped({**FILES, "requirements.txt": b"/etc/passwd"})
    assert refusal(tmp_path, usual) == [
        f'requirements.txt, line 1: "/etc/passwd" is a path; '
        f"packages come from the index alone: {PLAIN}."
    ]


def test_requirements_that_are_plain_are_taken(tmp_path: Path) -> None:
    named = MANIFEST + b'requirements = "needs.txt"\n'
    for files in (
        {**FILES, "corral.toml": named, "needs.txt": b"numpy>=1.26"},
        {**FILES, "requirements.txt": b"numpy"},
    ):
        assert set(inspect_archive(saved(tmp_path, zipped(files)), "p").files) >= {"main.py"}


def test_requirements_that_are_not_there_are_refused(tmp_path: Path) -> None:
    named = MANIFEST + b'requirements = "needs.txt"\n'
    assert refusal(tmp_path, zipped({**FILES, "corral.toml": named})) == [
        'corral.toml: [program] requirements names "needs.txt", which is not in the archive.'
    ]


def test_prompt_template_is_read(tmp_path: Path) -> None:
    for pack in (zipped, tar_gz):
        content = pack({"t/prompt.txt": b"Q: {input}", "t/corral.toml": PROMPT_MANIFEST})
        inspection = inspect_archive(saved(tmp_path, content), "p")
        assert inspection.prompt_template == "Q: {input}"


def test_prompt_template_behind_links_is_read(tmp_path: Path) -> None:
    files = {"corral.toml": PROMPT_MANIFEST, "real.txt": b"{input}"}
    hard = tar_entry("hard.txt", tarfile.LNKTYPE, "real.txt")
    soft = tar_entry("prompt.txt", tarfile.SYMTYPE, "hard.txt")
    inspection = inspect_archive(saved(tmp_path, tar_gz(files, hard, soft)), "p")
    assert inspection.prompt_template == "{input}"


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (None, 'corral.toml: [prompt] template names "prompt.txt", which is not in the archive.'),
        (b"\xff{input}", "prompt.txt: is not UTF-8 text."),
        (b"{input}" + b"x" * 65_536, "prompt.txt: is larger than 64 KiB."),
        (b"hello", "prompt.txt: uses no field of the task; put {input} where its text belongs."),
    ],
)
def test_unusable_template_is_refused(
    tmp_path: Path, template: bytes | None, sentence: str
) -> None:
    files = {"corral.toml": PROMPT_MANIFEST}
    if template is not None:
        files["prompt.txt"] = template
    assert refusal(tmp_path, zipped(files)) == [sentence]


def test_nothing_is_left_when_unpacking_fails(tmp_path: Path) -> None:
    first = saved(tmp_path, tar_gz(FILES))
    (tmp_path / "into").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "symlink_to", _full_disk)
        path = saved(tmp_path, tar_gz(FILES, tar_entry("l", tarfile.SYMTYPE, "main.py")))
        with pytest.raises(OSError, match="full"):
            unpack_archive(path, tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == []
    assert first.exists()


def _full_disk(*_: object) -> None:
    raise OSError("full")


def test_memory_stays_small_for_a_large_archive(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(1_000_000)
    path = tmp_path / "large.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name, content in FILES.items():
            archive.addfile(
                tar_entry(name, tarfile.REGTYPE, size=len(content)), io.BytesIO(content)
            )
        for number in range(48):
            entry = tar_entry(f"noise{number}", tarfile.REGTYPE, size=len(noise))
            archive.addfile(entry, io.BytesIO(noise))
    assert path.stat().st_size > 47_000_000
    tracemalloc.start()
    try:
        inspect_archive(path, "p.tar.gz")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000
