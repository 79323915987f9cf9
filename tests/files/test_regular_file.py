"""Only files and links to files are opened; everything else is refused without being opened."""

import os
import re
import socket

import pytest

from densedepth_tf.data.kitti.lidar_projection import read_velodyne
from densedepth_tf.data.pairs.folder import FolderSource
from densedepth_tf.data.sequences.sequence_split import read_split
from densedepth_tf.files.arrays.npy_map import map_npy
from densedepth_tf.files.arrays.poses_file import read_poses
from densedepth_tf.files.depth.depth_file import read_depth
from densedepth_tf.files.file_tree import FolderTree, open_tree
from densedepth_tf.files.images.image_file import read_image
from densedepth_tf.files.regular_file import NotAFileError, check_regular_file, read_regular_file
from densedepth_tf.files.video.video_file import VideoFile
from densedepth_tf.geometry.cameras.intrinsics_source import read_exif_intrinsics
from densedepth_tf.runtimes.preset_archive import has_graph, read_archive


def make(kind, path):
    if kind == "a named pipe":
        os.mkfifo(path)
    elif kind == "a device":
        path.symlink_to("/dev/zero")
    elif kind == "a directory":
        path.mkdir()
    else:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(os.path.relpath(path))  # the name of a socket may have 108 bytes


KINDS = ("a named pipe", "a device", "a directory", "a socket")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_is_named_and_never_opened(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.jpg"
    make(kind, path)
    with pytest.raises(NotAFileError, match=re.escape(f"'{path}' is {kind}, not a file")):
        check_regular_file(path)
    with pytest.raises(NotAFileError):
        read_regular_file(path)


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize(
    "read",
    [
        read_image,
        read_depth,
        read_velodyne,
        read_poses,
        read_split,
        map_npy,
        open_tree,
        VideoFile,
        FolderSource,
        lambda path: FolderTree(path.parent).read(path.name),
    ],
)
def test_every_reader_keeps_to_it(tmp_path, kind, read):
    path = tmp_path / "a.csv"
    make(kind, path)
    with pytest.raises((ValueError, OSError), match=rf"a\.csv.*{kind}"):
        read(path)


@pytest.mark.parametrize("kind", KINDS[:2])
def test_presets_are_files(tmp_path, kind):
    path = tmp_path / "a.npz"
    make(kind, path)
    assert not has_graph(path)
    with pytest.raises(OSError, match=rf"a\.npz.*{kind}"):
        read_archive(path)


def test_exif_is_not_looked_for_in_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "a.jpg")
    assert read_exif_intrinsics(tmp_path / "a.jpg", (4, 4)) is None


def test_links_to_files_are_files_and_sizes_are_bounded(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_regular_file(tmp_path / "link", max_bytes=5) == b"12345"
    with pytest.raises(OSError, match=r"link.* is too large") as error:
        read_regular_file(tmp_path / "link", max_bytes=4)
    assert "at most" in error.value.strerror


def test_a_file_of_gigabytes_without_content_is_refused_as_a_picture(tmp_path):
    with open(tmp_path / "sparse.jpg", "wb") as file:
        file.truncate(2**40)
    for read in (read_image, read_depth):
        with pytest.raises(ValueError, match=r"sparse\.jpg.*1,099,512 MB"):
            read(tmp_path / "sparse.jpg")
