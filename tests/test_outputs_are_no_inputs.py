"""No command takes an input as its output, or replaces what is somebody else's."""

import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from densedepth_tf.__main__ import main as densedepth
from densedepth_tf.data.ground_truth_export import export_ground_truth
from densedepth_tf.data.sequence_datasets import SequenceOptions
from densedepth_tf.data.sources import open_source
from densedepth_tf.depth_filling.fill_folder import fill_folder
from densedepth_tf.evaluation.kitti_benchmark import export_benchmark
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fails(capsys, command, *arguments):
    """The one line that a command ends with."""
    with pytest.raises(SystemExit) as leaving:
        command([str(argument) for argument in arguments])
    _, errors = capsys.readouterr()
    assert leaving.value.code == 2 and errors.count("\n") == 1, errors
    return errors


@pytest.mark.parametrize("spelled", ["a.mp4", "link.mp4", "sub/../a.mp4"])
def test_preflight_keeps_the_video(capsys, grey_clip, tmp_path, spelled):
    path = grey_clip("a.mp4", [50, 100])
    (tmp_path / "link.mp4").symlink_to("a.mp4")
    (tmp_path / "sub").mkdir()
    before = contents(tmp_path)
    flags = ("preflight", "--data-dir", path, "--hfov", "60", "--keep", tmp_path / spelled)
    assert "would replace the input" in fails(capsys, densedepth, *flags)
    assert contents(tmp_path) == before


def test_preflight_replaces_lists_of_frames_only(capsys, grey_clip, tmp_path):
    path = grey_clip("a.mp4", [50, 100])
    for name, text in (
        ("poses.txt", "1 0 0 0 0 1 0 0 0 0 1 0\n"),
        ("mine.txt", "a 7 l\n"),
        ("photo.jpg", "\xff\xd8"),
    ):
        (tmp_path / name).write_text(text)
        flags = ("preflight", "--data-dir", path, "--hfov", "60", "--keep", tmp_path / name)
        assert f"{name}' is in the way" in fails(capsys, densedepth, *flags)
        assert (tmp_path / name).read_text() == text


@pytest.fixture
def frames(tmp_path, rng):
    """Two frames in colour, with depth, in one folder."""
    folder = tmp_path / "kitchen"
    folder.mkdir()
    for number in range(2):
        picture = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(picture).save(folder / f"frame-{number}.color.png")
        depth = np.full((48, 64), 1500 + number, np.uint16)
        cv2.imwrite(str(folder / f"frame-{number}.depth.png"), depth)
    return folder


def test_export_gt_replaces_only_what_it_wrote(frames, tmp_path):
    camera = SequenceOptions(camera=IntrinsicsSource(hfov=60))
    source = open_source("sequence", frames, "test", sequence_options=camera)
    before = contents(frames)
    for place in (frames, frames / ".." / "kitchen"):
        with pytest.raises(ValueError, match="in the way and was not written by this package"):
            export_ground_truth(source, place)
    assert contents(frames) == before
    for _ in range(2):
        assert export_ground_truth(source, tmp_path / "out").num_written == 2
    (tmp_path / "out/frames.txt").write_text("remember the milk\n")
    with pytest.raises(ValueError, match=r"frames\.txt' is in the way"):
        export_ground_truth(source, tmp_path / "out")


class Flat:
    name = "flat"

    def predict_depth(self, images):
        return np.full((*images.shape[:-1], 1), 7, np.float32)


def test_the_benchmark_keeps_its_pictures(tmp_path):
    folder = tmp_path / "image"
    folder.mkdir()
    for name in ("a.png", "b.jpg"):
        Image.new("RGB", (32, 24)).save(folder / name)
    before = contents(folder)
    for place in (folder, tmp_path / "image" / ".." / "image"):
        with pytest.raises(ValueError, match="would replace the input"):
            export_benchmark(Flat(), folder, place)
    assert contents(folder) == before
    for _ in range(2):  # the second time they lie among the pictures
        assert export_benchmark(Flat(), folder, folder / "out").num_written == 2
    shutil.copy(folder / "a.png", folder / "b.png")
    with pytest.raises(ValueError, match="2 predictions would be written"):
        export_benchmark(Flat(), folder, folder / "out")


def test_filling_keeps_depth_however_it_is_spelled(frames, tmp_path):
    (tmp_path / "link").symlink_to(frames)
    before = contents(frames)
    for place in (frames, tmp_path / "link", frames / ".." / "kitchen"):
        with pytest.raises(ValueError, match="would replace the input"):
            fill_folder(frames, place)
    assert contents(frames) == before


def test_filling_goes_on_only_with_the_same_options_and_files(frames, tmp_path):
    out = tmp_path / "out"

    def skipped(**options):
        return fill_folder(frames, out, **options).num_skipped

    assert (skipped(), skipped(), skipped(method="approximate")) == (0, 2, 0)
    cv2.imwrite(str(frames / "frame-1.depth.png"), np.full((48, 64), 2000, np.uint16))
    (out / "frame-0.depth.png").write_bytes(b"")
    assert (skipped(method="approximate"), skipped(method="approximate")) == (0, 2)
    (out / ".densedepth_tf.outputs.jsonl").unlink()  # of an earlier version: they are whole
    (out / "frame-0.depth.png").write_bytes(b"")
    assert skipped() == 1


def test_presets_and_artefacts_do_not_replace_their_checkpoint(capsys, tmp_path):
    from densedepth_tf.commands.export import main as export

    (tmp_path / "a.npz").write_bytes(b"weights")
    (tmp_path / "link.npz").symlink_to("a.npz")
    (tmp_path / "a.onnx").symlink_to("a.npz")
    (tmp_path / "scan.bin").write_bytes(b"points")
    before = contents(tmp_path)
    checkpoint = ("--checkpoint", tmp_path / "a.npz", "--output")
    for name in ("a.npz", "link.npz"):
        said = fails(capsys, densedepth, "preset", *checkpoint, tmp_path / name)
        assert "would replace the input" in said
    said = fails(capsys, export, "--format", "onnx", *checkpoint, tmp_path / "a.onnx")
    assert "would replace the input" in said
    said = fails(capsys, export, "--format", "openvino", *checkpoint, tmp_path / "scan.xml")
    assert "scan.bin', which belongs to no earlier artefact" in said
    assert contents(tmp_path) == before


@pytest.mark.parametrize("output", [".", "report"])
def test_evaluation_keeps_the_list_it_reads(capsys, tmp_path, output):
    from densedepth_tf.commands.evaluate import main as evaluate

    folder = tmp_path / output
    folder.mkdir(exist_ok=True)
    (folder / "per_image.csv").write_text("image,depth\na.jpg,a.png\n")
    before = contents(tmp_path)
    flags = ["--predictions", tmp_path, "--dataset", "folder", "--output", folder]
    said = fails(capsys, evaluate, *flags, "--data-dir", folder / "per_image.csv")
    assert "would replace the input" in said
    said = fails(capsys, evaluate, *flags, "--data-dir", folder)
    assert "would replace the input" in said
    assert contents(tmp_path) == before
