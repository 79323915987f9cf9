import signal
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from densedepth_tf.files.depth.depth_file import read_depth
from densedepth_tf.inference.outputs.clip_colors import NUM_SAMPLES
from densedepth_tf.inference.outputs.depth_colors import DepthColors
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.inference.video.video_options import VideoOptions
from densedepth_tf.visualization.colorize import colorize

LEVELS = [20, 60, 100, 140, 180, 220, 40, 80, 120, 160]


def read(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        info = stream.average_rate, (stream.height, stream.width), stream.pix_fmt
    times = [float(frame.time) for frame in frames]
    return [frame.to_ndarray(format="rgb24") for frame in frames], times, info


def outputs(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("[!.]*.*"))


@pytest.mark.parametrize("size", [(48, 64), (47, 63), (2, 2)])
def test_rate_size_number_and_colours(model, grey_clip, tmp_path, size):
    rate = Fraction(30_000, 1001)
    images = [np.full((*size, 3), level, np.uint8) for level in LEVELS]
    path = grey_clip("a.mp4", LEVELS, (48, 64), rate=rate)
    if size != (48, 64):  # H.264 takes no odd sizes
        path = _lossless(tmp_path / "a.mkv", images, rate)
    options = VideoOptions(range_of_clip=False)
    report = predict_to_folder(model, [path], tmp_path / "out", video=options)
    assert outputs(tmp_path / "out") == ["a_depth.mp4"]
    (clip,) = report.clips
    assert clip.num_frames == 10 and clip.frames_per_second > 0 and not clip.warnings
    assert clip.depth_range == (0, 10) and not clip.interrupted
    pictures, times, (shown_rate, shown_size, pixels) = read(clip.video)
    assert len(pictures) == 10 and pixels == "yuv420p"
    assert float(shown_rate) == pytest.approx(float(rate), rel=0.002)
    assert shown_size == tuple(side + side % 2 for side in size)
    np.testing.assert_allclose(times, np.arange(10) / float(rate), atol=0.001)
    for picture, level in zip(pictures, LEVELS, strict=True):
        expected = colorize(np.full(size, level / 50, np.float32), 0, 10)
        np.testing.assert_allclose(picture.mean((0, 1)), expected.mean((0, 1)), atol=12)


def _lossless(path, images, rate):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=rate)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "bgr0"
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path


def test_uneven_times_and_every_third_frame(model, grey_clip, tmp_path):
    times = [0, 40, 100, 110, 300, 340, 900, 1000, 1010, 1200]
    uneven = grey_clip("uneven.mp4", LEVELS, times=times)
    even = grey_clip("even.mp4", LEVELS, rate=30)
    predict_to_folder(model, [uneven], tmp_path / "out")
    _, shown, _ = read(tmp_path / "out/uneven_depth.mp4")
    np.testing.assert_allclose(shown, np.array(times) / 1000, atol=0.001)
    options = VideoOptions(every=3, max_frames=3)
    predict_to_folder(model, [even], tmp_path / "out", video=options)
    pictures, shown, (rate, _, _) = read(tmp_path / "out/even_depth.mp4")
    assert len(pictures) == 3 and rate == 10
    np.testing.assert_allclose(shown, [0, 0.1, 0.2], atol=0.001)


def test_one_range_for_all_frames(make_clip, tmp_path):
    """A far thing comes into sight: the colour of what was there before stays."""

    class Appearing:
        min_depth, max_depth = 0.5, 8.0

        def predict_depth(self, images):
            depth = np.full((*images.shape[:3], 1), 2.0, np.float32)
            depth[:, :, 32:] = np.where(images[:, :, 32:, :1] > 128, 7.0, 2.0)
            return depth

    images = [np.zeros((48, 64, 3), np.uint8) for _ in range(6)]
    for image in images[3:]:
        image[:, 32:] = 255
    path = make_clip("a.mp4", images)
    report = predict_to_folder(Appearing(), [path], tmp_path / "out")
    assert report.clips[0].depth_range == (2, 7)
    pictures, _, _ = read(report.clips[0].video)
    assert (
        max(abs(picture[:, :24].astype(int) - pictures[0][:, :24]).max() for picture in pictures)
        <= 4
    )
    given = DepthColors(1, 4)
    report = predict_to_folder(
        Appearing(), [path], tmp_path / "out", ["color", "video"], OutputOptions(given)
    )
    assert report.clips[0].depth_range == (1, 4)
    first, last = (
        np.asarray(Image.open(tmp_path / f"out/a/{index:06d}.color.png")) for index in (0, 5)
    )
    np.testing.assert_array_equal(first[:, :30], last[:, :30])


def test_the_range_of_the_clip_holds_for_all_of_its_frames(model, grey_clip, tmp_path):
    path = grey_clip("a.mp4", [100] * 8 + [200] * 8)
    predict_to_folder(model, [path], tmp_path / "metres", ["npy"])
    assert sum(shape[0] for shape in model.batches) == 16  # no colours, no look ahead
    options = VideoOptions()
    report = predict_to_folder(model, [path], tmp_path / "out", video=options)
    near, far = report.clips[0].depth_range
    assert 1.8 <= near <= 2.0 and 4.0 <= far <= 4.2 and report.clips[0].num_frames == 16
    report = predict_to_folder(
        model, [path], tmp_path / "out", options=OutputOptions(DepthColors(None, 7)), video=options
    )
    assert report.clips[0].depth_range == (near, 7)
    for given in ((None, 1.5), (6, None)):  # all of the depth, 2 and 4 m, lies beyond
        outputs = OutputOptions(DepthColors(*given))
        report = predict_to_folder(model, [path], tmp_path / "out", options=outputs, video=options)
        near, far = report.clips[0].depth_range
        assert near < far and (near if given[0] else far) == (given[0] or given[1])


def test_side_by_side_has_picture_depth_and_bar(model, grey_clip, tmp_path):
    path = grey_clip("a.mp4", LEVELS, (96, 128))
    options = VideoOptions("side_by_side")
    report = predict_to_folder(model, [path], tmp_path / "out", ["video"], video=options)
    pictures, _, (_, (height, width), _) = read(report.clips[0].video)
    assert height == 96 and 2 * 128 < width <= 2 * 128 + 80 and width % 2 == 0
    np.testing.assert_allclose(pictures[3][10:-10, 10:118], 140, atol=6)


def test_files_for_every_frame(model, grey_clip, tmp_path):
    path = grey_clip("clips/a.mp4", LEVELS)
    report = predict_to_folder(
        model, [path.parent], tmp_path / "out", ["png", "npy"], video=VideoOptions(every=4)
    )
    suffixes = ("json", "npy", "png")
    names = [f"a/{index:06d}.depth.{suffix}" for index in (0, 4, 8) for suffix in suffixes]
    assert outputs(tmp_path / "out") == names and report.clips[0].video is None
    for index in (0, 4, 8):
        depth = read_depth(tmp_path / f"out/a/{index:06d}.depth.png")
        np.testing.assert_allclose(depth, LEVELS[index] / 50, atol=0.06)


def test_a_folder_of_pictures_and_clips_with_bad_ones(model, grey_clip, tmp_path):
    folder = grey_clip("mixed/good.mp4", LEVELS).parent
    grey_clip("mixed/sub/same.mkv", LEVELS)
    Image.new("RGB", (32, 24), (100, 100, 100)).save(folder / "sub/same.png")
    (folder / "bad.mp4").write_bytes(b"no video")
    (folder / "empty.mov").touch()
    report = predict_to_folder(model, [folder], tmp_path / "out")
    assert outputs(tmp_path / "out") == [
        "good_depth.mp4",
        *("sub/same.mkv_depth.mp4", "sub/same.png.color.png"),
        *("sub/same.png.depth.json", "sub/same.png.depth.png"),
    ]
    assert sorted(failure.source.path.name for failure in report.failures) == [
        *("bad.mp4", "empty.mov")
    ]
    again = predict_to_folder(model, [folder], tmp_path / "out", skip_existing=True)
    assert again.num_skipped == 3 and not again.clips
    only = predict_to_folder(model, [folder], tmp_path / "clips", ["video"])
    assert len(only.clips) == 2 and outputs(tmp_path / "clips") == [
        *("good_depth.mp4", "sub/same_depth.mp4")
    ]


@pytest.mark.parametrize(("length", "formats"), [(243, ("video",)), (251, ("npy",))])
def test_a_clip_with_a_name_too_long_for_outputs_is_a_bad_file(
    model, grey_clip, tmp_path, length, formats
):
    short = grey_clip("a.mp4", LEVELS, (48, 64))
    long = short.with_name(f"{'v' * length}.mkv")
    short.rename(long)
    other = grey_clip("b.mp4", LEVELS, (48, 64))
    report = predict_to_folder(model, [long, other], tmp_path / "out", formats)
    (failure,) = report.failures
    assert "the names of its outputs have more than 255 bytes" in failure.reason
    assert [clip.source.path.name for clip in report.clips] == ["b.mp4"]


def test_a_part_is_called_one_and_leaves_the_whole_alone(model, grey_clip, tmp_path):
    """Ctrl-C at the third frame, of a clip with and without an earlier result."""
    path, out = grey_clip("a.mp4", LEVELS), tmp_path / "out"

    class Interrupted:
        def predict_depth(self, images):
            self.count = getattr(self, "count", 0) + 1
            if self.count == NUM_SAMPLES + 3:  # those are for the range of colours
                signal.raise_signal(signal.SIGINT)
            return model.predict_depth(images) + 1

    def interrupt():
        report = predict_to_folder(Interrupted(), [path], out, ["video", "npy"], batch_size=1)
        (clip,) = report.clips
        assert clip.interrupted and clip.is_part and 0 < clip.num_frames < 10
        assert (clip.video, clip.frames_folder) == (out / "a_depth.part.mp4", out / "a.part")
        assert len(read(clip.video)[0]) == clip.num_frames
        assert len(list(clip.frames_folder.iterdir())) >= clip.num_frames

    interrupt()
    assert {name for name in outputs(out) if "part" not in name} == set()
    report = predict_to_folder(model, [path], out, ["video", "npy"], skip_existing=True)
    assert not report.num_skipped and report.clips[0].num_frames == 10
    whole = {name: (out / name).read_bytes() for name in outputs(out)}
    assert len(whole) == 11 and not any("part" in name for name in whole)
    interrupt()
    assert all((out / name).read_bytes() == content for name, content in whole.items())
    report = predict_to_folder(model, [path], out, ["video", "npy"], skip_existing=True)
    assert report.num_skipped == 1
    report = predict_to_folder(
        model, [path], out, ["video", "npy"], video=VideoOptions(every=4), skip_existing=True
    )
    assert not report.num_skipped and outputs(out) == [
        *(f"a/{index:06d}.depth.npy" for index in (0, 4, 8)),
        "a_depth.mp4",
    ]


def test_a_clip_and_its_own_frames_never_share_outputs(model, grey_clip, tmp_path):
    grey_clip("photos/walk.mp4", [100, 100])
    (tmp_path / "photos/walk").mkdir()
    Image.new("RGB", (32, 24), (200,) * 3).save(tmp_path / "photos/walk/000001.png")
    with pytest.raises(ValueError, match=r"walk/000001\.depth\.npy' would be written of an image"):
        predict_to_folder(model, [tmp_path / "photos"], tmp_path / "out", ["npy"])
    assert not (tmp_path / "out").exists()
    report = predict_to_folder(model, [tmp_path / "photos"], tmp_path / "out")
    assert report.num_predicted == 1 and report.clips[0].num_frames == 2


@pytest.mark.parametrize("damage", ["empty", "cut off", "a frame missing", "another clip"])
def test_damaged_or_outdated_clips_are_predicted_again(model, grey_clip, tmp_path, damage):
    path, out = grey_clip("a.mp4", LEVELS), tmp_path / "out"

    def skipped():
        return predict_to_folder(
            model, [path], out, ["video", "npy"], skip_existing=True
        ).num_skipped

    assert (skipped(), skipped()) == (0, 1)
    video = out / "a_depth.mp4"
    if damage == "another clip":
        grey_clip("a.mp4", LEVELS[::-1])
    elif damage == "a frame missing":
        (out / "a/000003.depth.npy").unlink()
    else:
        video.write_bytes(b"" if damage == "empty" else video.read_bytes()[:-100])
    assert (skipped(), skipped()) == (0, 1)


def test_nothing_is_left_of_what_failed(model, grey_clip, tmp_path):
    path = grey_clip("a.mp4", LEVELS)

    class Breaking:
        def predict_depth(self, images):
            if images.mean() > 150:
                raise ValueError("broken")
            return model.predict_depth(images)

    with pytest.raises(ValueError, match="broken"):
        predict_to_folder(Breaking(), [path], tmp_path / "out", batch_size=1)
    assert not (tmp_path / "out").exists()
    (tmp_path / "out/a_depth.mp4").mkdir(parents=True)
    with pytest.raises(OSError, match=r"a_depth\.mp4"):
        predict_to_folder(model, [path], tmp_path / "out")
    with pytest.raises(ValueError, match=r"a\.mp4.*no video"):
        path.write_bytes(b"no video")
        predict_to_folder(model, [path], tmp_path / "new")
    assert not (tmp_path / "new").exists()
    Image.new("RGB", (32, 24)).save(tmp_path / "photo.png")
    with pytest.raises(ValueError, match=r"`formats=\['video'\]` is for videos"):
        predict_to_folder(model, [tmp_path / "photo.png"], tmp_path / "new", ["video"])


def test_inputs_are_never_replaced_by_videos(model, grey_clip):
    """What this package wrote is no input; another's clip may have any name."""
    path = grey_clip("clips/a.mp4", LEVELS)
    for _ in range(2):
        report = predict_to_folder(model, [path.parent], path.parent)
        assert [clip.source.name for clip in report.clips] == ["a"]
    assert outputs(path.parent) == ["a.mp4", "a_depth.mp4"]
    for name in ("a_depth.mp4", "a_depth.part.mp4"):
        (path.parent / "a_depth.mp4").unlink(missing_ok=True)
        other = grey_clip(f"clips/{name}", LEVELS[:3])
        before = other.read_bytes()
        with pytest.raises(ValueError, match="would replace the input"):
            predict_to_folder(model, [path.parent], path.parent)
        assert other.read_bytes() == before
    other.unlink()
    (path.parent / "a").mkdir()
    path.rename(path.parent / "a/a.mp4")
    with pytest.raises(ValueError, match="would replace the input"):
        predict_to_folder(model, [path.parent / "a/a.mp4"], path.parent, ["npy"])


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"style": "red"}, "`style`"),
        ({"smoothing": 2}, "`smoothing`"),
        ({"every": 0}, "`every`"),
        ({"max_frames": 0}, "`max_frames`"),
    ],
)
def test_options_out_of_range_are_named(options, word):
    with pytest.raises(ValueError, match=word):
        VideoOptions(**options)


@pytest.mark.parametrize(
    "name",
    [
        "10:30",
        "-clip",
        "pipe:1",
        "file:a",
        "http:a",
        "concat:a|b",
        "50%",
        "a%03d",
        "ünï 日本",
        "[*?]",
    ],
)
def test_odd_names_are_files_to_ffmpeg(model, grey_clip, tmp_path, monkeypatch, name):
    """Relative, as a shell gives them: what stands before a colon is no protocol."""
    grey_clip("a.mp4", LEVELS[:3]).rename(tmp_path / f"{name}.mp4")
    monkeypatch.chdir(tmp_path)
    (clip,) = predict_to_folder(model, [f"{name}.mp4"], name).clips
    pictures, *_ = read(tmp_path / name / f"{name}_depth.mp4")
    assert clip.num_frames == len(pictures) == 3
