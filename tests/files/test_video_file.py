import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition

from densedepth_tf.files.video.clip import BadVideoError
from densedepth_tf.files.video.video_file import VideoFile

LEVELS = [20, 60, 100, 140, 180, 220, 40, 80, 120, 160]


def levels_of(frames):
    return [round(float(frame.image.mean())) for frame in frames]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
def test_frames_come_in_order_with_size_rate_and_colour(grey_clip, name):
    clip = VideoFile(grey_clip(name, LEVELS, rate=Fraction(30_000, 1001)))
    assert clip.size == (48, 64) and clip.num_frames == 10
    assert float(clip.rate) == pytest.approx(29.97, abs=0.05)
    frames = list(clip.frames())
    assert [frame.index for frame in frames] == list(range(10)) and not clip.warnings
    np.testing.assert_allclose(levels_of(frames), LEVELS, atol=3)
    times = [float(frame.pts * clip.time_base) for frame in frames]
    np.testing.assert_allclose(times, np.arange(10) * 1.001 / 30, atol=0.001)


def test_every_and_max_frames_keep_number_and_time(grey_clip):
    path = grey_clip("a.mp4", LEVELS)
    frames = list(VideoFile(path).frames(every=3, max_frames=3))
    assert [frame.index for frame in frames] == [0, 3, 6]
    np.testing.assert_allclose(levels_of(frames), LEVELS[0:9:3], atol=3)
    assert frames[1].pts * VideoFile(path).time_base == Fraction(3, 25)
    assert [frame.index for frame in VideoFile(path).frames(every=4)] == [0, 4, 8]


def test_uneven_times_are_kept(grey_clip):
    times = [0, 40, 100, 110, 300, 340, 900, 1000, 1010, 1200]
    clip = VideoFile(grey_clip("a.mp4", LEVELS, times=times))
    assert [round(frame.pts * clip.time_base * 1000) for frame in clip.frames()] == times


@pytest.mark.parametrize("turn", [90, 180, -90])
def test_a_rotation_in_the_metadata_is_applied(make_clip, turn):
    image = np.zeros((32, 64, 3), np.uint8)
    image[:16, :32] = 255  # bright in the upper left quarter
    clip = VideoFile(make_clip("a.mp4", [image] * 3, turn=turn))
    frame = next(clip.frames())
    turned = np.rot90(image, turn // 90)
    assert clip.size == turned.shape[:2] == frame.image.shape[:2]
    np.testing.assert_allclose(frame.image.astype(int), turned, atol=12)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {"movflags": "faststart"}),
        ("a.mkv", {}),
        ("a.avi", {"codec": "mjpeg", "pixels": "yuvj420p"}),
    ],
)
def test_a_cut_off_file_ends_with_a_warning(make_clip, rng, name, options):
    images = [rng.integers(0, 256, (48, 64, 3), dtype=np.uint8) for _ in range(12)]
    path = make_clip(name, images, **options)
    content = path.read_bytes()
    path.write_bytes(content[: int(0.8 * len(content))])
    clip = VideoFile(path)
    count = len(list(clip.frames()))
    assert 6 <= count < 12
    (warning,) = clip.warnings
    assert name in warning and f"frame {count}" in warning and "\n" not in warning


def test_a_damaged_last_frame_ends_the_clip_with_a_warning(make_clip, rng):
    images = [rng.integers(0, 256, (48, 64, 3), dtype=np.uint8) for _ in range(6)]
    path = make_clip("a.avi", images, codec="mjpeg", pixels="yuvj420p")
    content = bytearray(path.read_bytes())
    last = content.rindex(b"\xff\xd8")
    content[last : last + 600] = bytes(600)
    path.write_bytes(content)
    clip = VideoFile(path)
    assert len(list(clip.frames())) == 5
    assert "damaged at frame 5" in clip.warnings[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.mp4", "No such file"),
        ("empty.mp4", "0 bytes"),
        ("text.mp4", "no video"),
        ("beheaded.mp4", "no video, or cut off"),
        ("folder.mp4", "directory"),
        ("codec.mp4", "unsupported codec"),
        ("sound.mp4", "no image track"),
        ("frameless.mp4", "no frame"),
    ],
)
def test_what_is_no_video_is_named(tmp_path, grey_clip, name, words):
    path = tmp_path / name
    whole = grey_clip("whole.mp4", LEVELS, movflags="faststart").read_bytes()
    if name == "folder.mp4":
        path.mkdir()
    elif name == "sound.mp4":
        _write_sound(path)
    elif name != "missing.mp4":
        path.write_bytes(
            {
                "empty.mp4": b"",
                "text.mp4": b"no video " * 50,
                "beheaded.mp4": whole[: len(whole) // 8],
                "codec.mp4": whole.replace(b"avc1", b"zzzz"),
                "frameless.mp4": whole[: whole.index(b"mdat") + 4],
            }[name]
        )
    with pytest.raises(BadVideoError, match=rf"{name}.*{words}"):
        VideoFile(path)


@pytest.mark.parametrize(("transfer", "name", "white"), [(16, "PQ", 0.58), (18, "HLG", 0.75)])
def test_hdr_is_tone_mapped_with_a_word(grey_clip, transfer, name, white):
    levels = [0, 255 * white, 255]
    clip = VideoFile(grey_clip("a.mp4", levels, transfer=transfer))
    black, diffuse, light = (frame.image.astype(int) for frame in clip.frames())
    (warning,) = clip.warnings
    assert f"a.mp4' is HDR ({name}); its frames are tone-mapped" in warning
    # Diffuse white has the same level in both, BT.2408-7, table 1; 8 bits tell it to 7.
    np.testing.assert_allclose(diffuse, 238, atol=7)
    assert black.max() <= 1 and light.min() >= 254
    plain = VideoFile(grey_clip("b.mp4", levels, transfer=1))
    assert levels_of(plain.frames())[1] == pytest.approx(255 * white, abs=3) and not plain.warnings


@pytest.mark.parametrize("suffix", ["mp3", "m4a", "flac"])
@pytest.mark.parametrize("codec", ["mjpeg", "png"])
def test_the_cover_of_a_piece_of_music_is_no_video(tmp_path, suffix, codec):
    path = tmp_path / f"song.{suffix}"
    _write_sound(path, cover=codec)
    with pytest.raises(BadVideoError, match=rf"song\.{suffix}.* sound with a cover image"):
        VideoFile(path)


def test_the_cover_of_a_video_is_not_taken_for_it(tmp_path, grey_clip):
    path = tmp_path / "film.mp4"
    with av.open(str(grey_clip("a.mp4", LEVELS))) as clip, av.open(str(path), "w") as film:
        cover = film.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 200, 200, "rgb24"
        cover.disposition = Disposition.attached_pic
        video = film.add_stream_from_template(clip.streams.video[0])
        picture = av.VideoFrame.from_ndarray(np.zeros((200, 200, 3), np.uint8), format="rgb24")
        film.mux(cover.encode(picture))
        for packet in clip.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                film.mux(packet)
    clip = VideoFile(path)
    assert clip.size == (48, 64) and len(list(clip.frames())) == 10


def test_a_size_past_the_limit_is_refused_before_memory_is_taken(grey_clip, monkeypatch):
    path = grey_clip("a.mp4", LEVELS)
    content = path.read_bytes()
    sizes = struct.pack(">HH", 64, 48), struct.pack(">HH", 16_000, 16_000)
    start = content.index(b"avc1", content.index(b"stsd")) + 28
    assert content[start : start + 4] == sizes[0]
    path.write_bytes(content[:start] + sizes[1] + content[start + 4 :])
    list(VideoFile(path).frames())  # the codec's own size counts
    monkeypatch.setenv("DENSEDEPTH_TF_MAX_MEGAPIXELS", "0.003")
    with pytest.raises(BadVideoError, match=r"a\.mp4' is too large: 48x64"):
        VideoFile(path)
    monkeypatch.setenv("DENSEDEPTH_TF_MAX_MEGAPIXELS", "0.004")
    assert VideoFile(path).size == (48, 64)


def _write_sound(path, cover=None):
    kind = "mp4" if path.suffix == ".m4a" else None
    with av.open(str(path), "w", format=kind) as container:
        codec = {".mp3": "libmp3lame", ".flac": "flac"}.get(path.suffix, "aac")
        stream = container.add_stream(codec, rate=44_100)
        if cover:
            picture = container.add_stream(cover, rate=1)
            picture.width = picture.height = 64
            picture.pix_fmt = "rgb24" if cover == "png" else "yuvj420p"
            picture.disposition = Disposition.attached_pic
            image = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            container.mux(picture.encode(image.reformat(format=picture.pix_fmt)))
            container.mux(picture.encode())
        for number in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1152), np.int16), "s16", "mono")
            frame.sample_rate, frame.pts = 44_100, 1152 * number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
