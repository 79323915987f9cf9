import os

import hypothesis.strategies as st
import pytest
from hypothesis import given

from densedepth_tf.inference.image_sources import find_images


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def names(files):
    return [file.name for file in files]


def test_a_folder_keeps_its_tree_and_leaves_other_files_alone(tmp_path):
    touch(tmp_path, "b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", ".git/x.png", "sub/deep/c.tiff")
    files = find_images([tmp_path])
    assert names(files) == ["a", "b", "sub/deep/c"]
    assert files[0].path == tmp_path / "a.PNG"


def test_equal_stems_keep_their_suffix(tmp_path):
    touch(tmp_path, "a.jpg", "a.png", "b.jpg", "sub/a.jpg")
    assert names(find_images([tmp_path])) == ["a.jpg", "a.png", "b", "sub/a"]


@given(st.sets(st.from_regex(r"[ab](\.jpg|\.png){1,3}", fullmatch=True), min_size=1))
def test_names_never_collide(tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("files")
    touch(folder, *files)
    found = names(find_images([folder]))
    assert len(found) == len(set(found)) == len(files)


def test_patterns_are_relative_to_their_fixed_part(tmp_path):
    touch(tmp_path, "one/a.jpg", "two/a.jpg", "two/b.png", "two/notes.txt")
    assert names(find_images([f"{tmp_path}/*/a.jpg"])) == ["one/a", "two/a"]
    assert names(find_images([f"{tmp_path}/t*/*"])) == ["two/a", "two/b"]
    assert names(find_images([f"{tmp_path}/**/*.jpg"])) == ["one/a", "two/a"]
    assert names(find_images([f"{tmp_path}/**"])) == ["one/a", "two/a", "two/b"]
    assert names(find_images([f"{tmp_path}/*"])) == ["one/a", "two/a", "two/b"]


def test_a_name_with_brackets_is_a_name(tmp_path):
    touch(tmp_path, "a[1].jpg")
    assert names(find_images([tmp_path / "a[1].jpg"])) == ["a[1]"]


def test_several_inputs_keep_what_tells_them_apart_and_files_come_once(tmp_path):
    touch(tmp_path, "one/a.jpg", "two/a.jpg")
    inputs = [tmp_path / "two", tmp_path / "one", tmp_path / "one" / "a.jpg"]
    assert names(find_images(inputs)) == ["two/a", "one/a"]


def test_a_named_file_is_taken_whatever_it_ends_in(tmp_path):
    touch(tmp_path, "photo", "scan.dat")
    assert names(find_images([tmp_path / "photo", tmp_path / "scan.dat"])) == ["photo", "scan"]


def test_an_earlier_output_below_the_input_is_left_out(tmp_path):
    touch(tmp_path, "a.jpg", "depth/a.depth.png")
    assert names(find_images([tmp_path], exclude=tmp_path / "depth")) == ["a"]


def test_a_file_given_by_name_may_lie_in_the_output_folder(tmp_path):
    touch(tmp_path, "a.jpg")
    assert names(find_images([tmp_path / "a.jpg"], exclude=tmp_path)) == ["a"]


def test_linked_folders_are_followed_and_loops_end(tmp_path):
    touch(tmp_path, "data/a.jpg", "in/b.jpg")
    os.symlink(tmp_path / "data", tmp_path / "in" / "linked")
    os.symlink(tmp_path / "in", tmp_path / "in" / "loop")
    assert names(find_images([tmp_path / "in"])) == ["b", "linked/a"]


@pytest.mark.parametrize("entry", ["missing.jpg", "empty", "*.jpg", "text"])
def test_inputs_without_pictures_are_named(tmp_path, entry):
    touch(tmp_path, "text/notes.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="Received: input") as error:
        find_images([tmp_path / entry])
    assert entry in str(error.value)


def test_an_empty_name_is_refused():
    with pytest.raises(ValueError, match="empty name"):
        find_images([""])
