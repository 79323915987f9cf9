"""Every reader of the package, with a small real file that it reads."""

import importlib.util
import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import h5py
import numpy as np
from PIL import Image
from scipy.io import savemat

HEIGHT, WIDTH = 48, 64
LIGHT: "dict[str, Reader]" = {}
WITH_TENSORFLOW: "dict[str, Reader]" = {}


@dataclass(frozen=True)
class Reader:
    """`write` makes a folder, and returns which file of it is to be damaged; `read` reads it."""

    write: Callable[[Path], Path]
    read: Callable[[Path], Any]
    is_text: bool = False


def reader(name: str, write: Callable[[Path], Path], is_text: bool = False, tf: bool = False):
    """Registers a function of the damaged file."""

    def register(read: Callable[[Path], Any]) -> Callable[[Path], Any]:
        (WITH_TENSORFLOW if tf else LIGHT)[name] = Reader(write, read, is_text)
        return read

    return register


def image() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 2)


def depth() -> np.ndarray:
    return np.linspace(1, 4, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH).astype(np.float32)


def file(name: str, content: Callable[[], bytes] | bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content())
        return path

    return write


def encoded(suffix: str, pixels: Callable[[], np.ndarray]) -> Callable[[], bytes]:
    return lambda: cv2.imencode(suffix, pixels())[1].tobytes()


def by_pillow(kind: str, **options: Any) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / f"a.{kind}"
        exif = Image.Exif()
        exif[0x0112] = 6
        exif.get_ifd(0x8769)[0xA405] = 28
        picture = Image.fromarray(image())
        picture.save(path, exif=exif, **options)
        return path

    return write


def millimetres() -> np.ndarray:
    return np.round(depth() * 1000).astype(np.uint16)


def npy(value: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, value)
    return content.getvalue()


def read_photograph(path: Path) -> None:
    from densedepth_tf.files.images.image_file import read_image
    from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource

    read_image(path)
    IntrinsicsSource().of_image((HEIGHT, WIDTH), path)


def read_map(path: Path) -> None:
    from densedepth_tf.files.depth.depth_file import read_depth

    read_depth(path)


for _kind in ("jpeg", "png", "tiff", "webp", "gif"):
    reader(f"photograph {_kind}", by_pillow(_kind))(read_photograph)
for _kind in ("bmp", "ppm"):
    reader(f"photograph {_kind}", file(f"a.{_kind}", encoded(f".{_kind}", image)))(read_photograph)
for _kind in ("png", "tiff"):
    reader(f"depth {_kind}", file(f"a.{_kind}", encoded(f".{_kind}", millimetres)))(read_map)
reader("float tiff", file("a.tiff", encoded(".tiff", depth)))(read_map)
reader("depth npy", file("a.npy", lambda: npy(depth())))(read_map)


def _scaled_png() -> bytes:
    from densedepth_tf.files.depth.depth_file import encode_depth_png

    return encode_depth_png(depth(), 0.01)


reader("png text", file("a.png", _scaled_png))(read_map)


def _pairs(folder: Path) -> Path:
    (folder / "i.jpg").write_bytes(encoded(".jpg", image)())
    (folder / "d.png").write_bytes(encoded(".png", millimetres)())
    return file("a.csv", b"image,depth\ni.jpg,d.png\ni.jpg,d.png\n")(folder)


@reader("csv list", _pairs, is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.data.pairs.folder import FolderSource

    source = FolderSource(path, "train")
    source[0]


def _nyu_zip(folder: Path) -> Path:
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/nyu2_train.csv", "data/i.jpg,data/d.png\n" * 3)
        archive.writestr("data/i.jpg", encoded(".jpg", image)())
        archive.writestr("data/d.png", encoded(".png", millimetres)())
    return path


@reader("zip", _nyu_zip)
def _(path: Path) -> None:
    from densedepth_tf.data.sources import open_source

    source = open_source("nyu", path, "train")
    source[0]


def _test_zip(method: int) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "nyu_test.zip"
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("eigen_test_rgb.npy", npy(image()[None]))
            archive.writestr("eigen_test_depth.npy", npy(depth()[None]))
            archive.writestr("eigen_test_crop.npy", npy(np.array([1, 40, 1, 50])))
        return path

    return write


def _read_arrays(path: Path) -> None:
    from densedepth_tf.data.pairs.nyu_test_arrays import NYUTestArrays

    NYUTestArrays(path)[0]


reader("npy in zip", _test_zip(zipfile.ZIP_STORED))(_read_arrays)
reader("npy in zip, deflated", _test_zip(zipfile.ZIP_DEFLATED))(_read_arrays)


def _arrays(folder: Path) -> Path:
    (folder / "eigen_test_depth.npy").write_bytes(npy(depth()[None]))
    (folder / "eigen_test_crop.npy").write_bytes(npy(np.array([1, 40, 1, 50])))
    return file("eigen_test_rgb.npy", npy(image()[None]))(folder)


@reader("npy mapped", _arrays)
def _(path: Path) -> None:
    _read_arrays(path.parent)


def _labeled(folder: Path) -> Path:
    path = folder / "nyu_depth_v2_labeled.mat"
    with h5py.File(path, "w") as stored:
        images = np.repeat(image().transpose(2, 1, 0)[None], 3, axis=0)
        stored.create_dataset("images", data=images, chunks=(1, 3, WIDTH, HEIGHT), compression=3)
        stored.create_dataset("depths", data=np.repeat(depth().T[None], 3, axis=0))
    savemat(folder / "splits.mat", {"trainNdxs": [[1], [2]], "testNdxs": [[3]]})
    return path


@reader("mat", _labeled)
def _(path: Path) -> None:
    from densedepth_tf.data.pairs.nyu_labeled import NYULabeledSource

    NYULabeledSource(path)[0]


@reader("splits.mat", lambda folder: _labeled(folder).parent / "splits.mat")
def _(path: Path) -> None:
    from densedepth_tf.data.pairs.nyu_labeled import NYULabeledSource

    NYULabeledSource(path.parent / "nyu_depth_v2_labeled.mat")[0]


def _video(folder: Path) -> Path:
    path = folder / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(4):
            frame = av.VideoFrame.from_ndarray(image(), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@reader("mp4", _video)
def _(path: Path) -> None:
    from densedepth_tf.files.video.video_file import VideoFile

    video = VideoFile(path)
    try:
        for _ in video.frames(max_frames=8):
            pass
    finally:
        video.close()


@reader("poses", file("a.txt", b"1 0 0 0 0 1 0 0 0 0 1 0\n" * 3), is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.files.arrays.poses_file import read_poses

    read_poses(path)


@reader("pose", file("a.txt", b"1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n"), is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.files.arrays.poses_file import read_pose

    read_pose(path)


_ROWS = b"".join(b"P%d: 700 0 600 %d 0 700 180 0 0 0 1 0\n" % (i, -40 * i) for i in range(4))


@reader("odometry calibration", file("calib.txt", _ROWS + b"Tr: 1 0 0 0 0 1 0 0 0 0 1 0\n"), True)
def _(path: Path) -> None:
    from densedepth_tf.data.kitti.calibration import read_odometry_calibration

    calibration = read_odometry_calibration(path)
    calibration.intrinsics(0, (370, 1226))
    calibration.stereo_transform(0, 1)


_CAMERAS = b"".join(
    b"S_rect_0%d: 1242 375\nP_rect_0%d: 721 0 609 -40 0 721 172 0 0 0 1 0\n" % (i, i)
    for i in range(4)
)


def _raw_calibration(folder: Path) -> Path:
    (folder / "calib_velo_to_cam.txt").write_bytes(b"R: 0 -1 0 0 0 -1 1 0 0\nT: 0 0 0\n")
    return file("calib_cam_to_cam.txt", b"R_rect_00: 1 0 0 0 1 0 0 0 1\n" + _CAMERAS)(folder)


@reader("raw calibration", _raw_calibration, is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.data.kitti.calibration import read_raw_calibration

    calibration = read_raw_calibration(path.parent)
    calibration.intrinsics(2, (375, 1242))
    calibration.velodyne_to_pixels(2, (375, 1242))


@reader("velodyne", file("a.bin", struct.pack("<4f", 1, 2, 3, 0.5) * 20))
def _(path: Path) -> None:
    from densedepth_tf.data.kitti.lidar_projection import read_velodyne

    read_velodyne(path)


@reader("split file", file("a.txt", b"2011_09_26/drive_0002_sync 69 l\nb 3 r\nc 7\n"), is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.data.sequences.sequence_split import read_split

    read_split(path)


def _frames(folder: Path) -> Path:
    for number in range(3):
        (folder / f"frame-{number:06d}.color.jpg").write_bytes(encoded(".jpg", image)())
    return file("camera-intrinsics.txt", b"60 0 32\n0 60 24\n0 0 1\n")(folder)


@reader("intrinsics", _frames, is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.data.sequences.own_sequences import open_own_sequences

    open_own_sequences(path.parent, "test")


@reader("yaml", file("a.yaml", b"model: eigen\nepochs: 3\noutput_rows: [1, 9]\nema: 0.5\n"), True)
def _(path: Path) -> None:
    from densedepth_tf.commands.train import _check_config_file
    from densedepth_tf.files.yaml_file import read_yaml
    from densedepth_tf.training.families import read_options

    _check_config_file(path)
    read_options(read_yaml(path))


_STUDY = b"title: a\nprotocol: nyu\nsplit: test\ncommon: {epochs: 2}\nsystems: {b: {seed: 1}}\n"


@reader("study", file("a.yaml", _STUDY), is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.study.config import read_study

    read_study(path, path.parent)


def _predictions(folder: Path) -> Path:
    (folder / "b.png").write_bytes(encoded(".png", millimetres)())
    return file("a.npy", npy(depth()))(folder)


@reader("predictions", _predictions)
def _(path: Path) -> None:
    from densedepth_tf.evaluation.predictions.predictions_folder import PredictionsFolder

    PredictionsFolder(path.parent).predict_samples(np.zeros((2, HEIGHT, WIDTH, 3)), ["a", "b"])


def _preset(folder: Path) -> Path:
    config = {"encoder": "mobilenetv2", "min_depth": 0.1, "max_depth": 10.0}
    config |= {"name": "a", "image_size": [64, 64]}
    described = {"format": "densedepth_tf preset 2", "config": config}
    path = folder / "a.npz"
    np.savez_compressed(
        path, model=np.array(json.dumps(described)), **{"conv/kernel": np.ones((9, 9), np.float16)}
    )
    return path


@reader("preset", _preset)
def _(path: Path) -> None:
    from densedepth_tf.runtimes.preset_archive import read_archive

    read_archive(path)


def _onnx_file(folder: Path) -> Path:
    import onnx
    from onnx import TensorProto, helper

    sides = ["N", "H", "W"]
    nodes = [
        helper.make_node("Cast", ["images"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats", "axes"], ["grey"], keepdims=1),
        helper.make_node("Mul", ["grey", "weight"], ["depth"]),
    ]
    graph = helper.make_graph(
        nodes,
        "depth",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, [*sides, 3])],
        [helper.make_tensor_value_info("depth", TensorProto.FLOAT, [*sides, 1])],
        [
            helper.make_tensor("axes", TensorProto.INT64, [1], [3]),
            helper.make_tensor("weight", TensorProto.FLOAT, [1], [0.5]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    helper.set_model_props(model, {"densedepth_tf": '{"min_depth": 0.1, "max_depth": 10.0}'})
    onnx.save(model, folder / "a.onnx")
    return folder / "a.onnx"


def _read_onnx(path: Path) -> None:
    from densedepth_tf.runtimes.onnx import ONNXEstimator

    ONNXEstimator(path)


if importlib.util.find_spec("onnx") and importlib.util.find_spec("onnxruntime"):
    reader("onnx", _onnx_file)(_read_onnx)


def _shards(folder: Path) -> Path:
    from densedepth_tf.data.pairs.folder import FolderSource
    from densedepth_tf.data.tfrecord.tfrecord_writer import write_shards

    source = FolderSource(_pairs(folder), "train")
    write_shards(source, folder / "shards", "train", 1)
    return folder / "shards" / "train.json"


def _read_shards(path: Path) -> None:
    from densedepth_tf.data.tfrecord.tfrecord_source import TFRecordSource

    for _ in TFRecordSource(path.parent):
        pass


@reader("shard index", _shards, is_text=True, tf=True)
def _(path: Path) -> None:
    _read_shards(path)


@reader("tfrecord", lambda f: next(_shards(f).parent.glob("*.tfrecord")), tf=True)
def _(path: Path) -> None:
    index = path.parent / "train.json"
    described = json.loads(index.read_text())
    described["shards"][0]["num_bytes"] = path.stat().st_size
    index.write_text(json.dumps(described))
    _read_shards(path)


@reader("pictures of a tfrecord", lambda f: next(_shards(f).parent.glob("*.tfrecord")), tf=True)
def _(path: Path) -> None:
    from densedepth_tf.geometry.cameras.photograph_file import read_input_image
    from densedepth_tf.inference.image_sources import ImageFile
    from densedepth_tf.inference.record_images import split_records

    images, _ = split_records([ImageFile(path, "a")])
    for image in images:
        image.release()
        image.bring()
        read_input_image(image.path, image.title)


def _record(folder: Path) -> Path:
    content = next(_shards(folder).parent.glob("*.tfrecord")).read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    return file("a.bin", content[12 : 12 + length])(folder)


@reader("record", _record, tf=True)
def _(path: Path) -> None:
    from densedepth_tf.data.tfrecord.tfrecord_example import decode_sample

    decode_sample(path.read_bytes(), "a")


def _keras_file(folder: Path) -> Path:
    import keras

    picture = keras.Input((8, 8, 3))
    model = keras.Model(picture, keras.layers.Conv2D(1, 3)(picture))
    model.save(folder / "a.keras")
    return folder / "a.keras"


@reader("keras", _keras_file, tf=True)
def _(path: Path) -> None:
    from densedepth_tf.checkpoints import _read_keras

    _read_keras(path)
