import av
import numpy as np
import pytest

from densedepth_tf.data.checks.preflight import preflight
from densedepth_tf.data.sequence_datasets import SequenceOptions, open_frames
from densedepth_tf.data.sequences.video_frames import VideoFrames
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.video.video_file import VideoFile
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource

CAMERA = IntrinsicsSource(hfov=70)


def write_counting(path, codec, count=150, **options):
    """Frames that show their number in stripes, one a bit."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = 128, 32, "yuv420p"
        for number in range(count):
            bits = [255 * (number >> bit & 1) for bit in range(8)]
            image = np.tile(np.repeat(np.uint8(bits), 16)[None, :, None], (32, 1, 3))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def shown(frames, number):
    stripes = frames.read_image(number)[16, 8::16].mean(axis=-1) > 128
    return sum(1 << bit for bit in np.flatnonzero(stripes).tolist())


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("b_frames.mp4", "libx264", {"g": "40"}),
        ("walk.mkv", "libx264", {"g": "40"}),
        ("rough_search.mpg", "mpeg2video", {}),
        ("transport.ts", "libx264", {}),
        ("walk.avi", "mpeg4", {"bf": "2"}),
    ],
)
def test_frames_are_those_of_the_file_wherever_one_jumps(tmp_path, name, codec, options):
    path = write_counting(tmp_path / name, codec, **options)
    frames = VideoFrames(path, CAMERA, every=3, progress=False)
    assert list(frames.numbers) == list(range(0, 150, 3))
    assert frames.neighbour(60, 1) == 63 and frames.neighbour(0, -1) is None
    wanted = [7, 8, 9, 77, 78, 149]
    frames.prepare(wanted, progress=False)
    assert [shown(frames, number) for number in wanted] == wanted
    assert shown(frames, 50) == 50  # one that nobody prepared
    with pytest.raises(BadSampleError, match="no frame 150"):
        frames.read_image(150)


def test_few_frames_of_a_long_video_decode_few(tmp_path, monkeypatch):
    path = write_counting(tmp_path / "walk.mp4", "libx264", g="25", sc_threshold="0")
    frames = VideoFrames(path, CAMERA, progress=False)
    decoded = []
    count = VideoFile.decoded_from

    def counting(clip, pts):
        for frame in count(clip, pts):
            decoded.append(frame)
            yield frame

    monkeypatch.setattr(VideoFile, "decoded_from", counting)
    starts = [frames.quick_start(number) for number in (30, 60, 149)]
    assert starts == [25, 50, 125]
    wanted = [start + more for start in starts for more in range(3)]
    frames.prepare(wanted, progress=False)
    assert len(decoded) == 9
    assert [shown(frames, number) for number in wanted] == wanted
    fresh = open_frames("sequence", path, "test", options=SequenceOptions(camera=CAMERA))
    decoded.clear()
    assert preflight(fresh, num_frames=9, progress=False).num_read == 9
    assert len(decoded) <= 9 + 3 * 6  # with their neighbours, at six key frames
