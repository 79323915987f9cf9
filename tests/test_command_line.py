"""What every command says and returns when some of its input was bad."""

import subprocess
import sys
import warnings

import cv2
import numpy as np
import pytest
from PIL import Image

from densedepth_tf.commands.shell.command_line import report_bad, run


def test_ten_reasons_are_named_and_the_rest_counted(capsys):
    assert report_bad("Skipped 12 files:", [f"{index}.jpg" for index in range(12)]) == 1
    output, errors = capsys.readouterr()
    assert not output
    assert errors.splitlines() == [
        "Skipped 12 files:",
        *(f"  {index}.jpg" for index in range(10)),
        "  and 2 more",
    ]


def test_nothing_bad_is_nothing_said(capsys):
    assert report_bad("Skipped 0 files:", []) == 0
    assert not capsys.readouterr().err


def test_what_is_said_of_many_files_is_said_of_ten(capsys):
    def body():
        for index in range(50):
            warnings.warn(f"'{index}.png' has {index} bits.", stacklevel=1)
        warnings.warn("something else", stacklevel=1)

    with pytest.raises(SystemExit):
        run("x", body)
    lines = capsys.readouterr().err.splitlines()
    assert lines[:10] == [f"warning: '{index}.png' has {index} bits." for index in range(10)]
    assert lines[10].startswith("warning: the same of further files, which are not named: '10.png'")
    assert lines[11:] == ["warning: something else"]


def test_every_line_about_a_damaged_picture_names_it(tmp_path):
    """OpenCV, Pillow and tifffile talk of damage on their own, without the file's name."""
    whole = cv2.imencode(".tif", np.full((32, 32, 3), 40_000, np.uint16))[1].tobytes()
    (tmp_path / "a.tif").write_bytes(whole[:200] + b"\x99" * 40 + whole[240:])
    (tmp_path / "b.tif").write_bytes(whole.replace(b"\x03\x01\x03\0", b"\x03\x01\x03\x09"))
    photo = Image.new("RGB", (32, 32))
    photo.save(tmp_path / "c.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\x02\0\x12\x01\x03\0")
    (tmp_path / "d.png").write_bytes(cv2.imencode(".png", np.eye(9))[1].tobytes()[:-20])
    code = (
        "from densedepth_tf.commands.shell.command_line import run\n"
        "def body():\n"
        "    from densedepth_tf.files.images.image_file import read_image\n"
        "    import sys\n"
        "    for path in sys.argv[1:]:\n"
        "        try: read_image(path)\n"
        "        except ValueError as error: print(error, file=sys.stderr)\n"
        "run('x', body)"
    )
    paths = sorted(str(path) for path in tmp_path.iterdir())
    command = [sys.executable, "-c", code, *paths]
    errors = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert [line for line in errors.splitlines() if str(tmp_path) not in line] == []
