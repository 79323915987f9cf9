"""What several tests share: golden arrays and weights, and small videos."""

import contextlib
import gc
import http.server
import os
import signal
import threading
import zlib
from fractions import Fraction
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pytest
from hypothesis import settings
from made_up_pictures import Pictures

# A shell that starts the tests in the background makes them, and all they start, deaf to Ctrl-C.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says how busy the machine is. Every run draws the same examples, so that
# what fails is what was changed; `pytest --hypothesis-profile explore` draws new ones.
settings.register_profile("any_machine", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("any_machine")


# Importing makes no garbage, only hundreds of thousands of objects to look through.
gc.disable()


def pytest_collection_finish():
    """What has been imported by now stays; collecting garbage need not look through it again.

    Models and graphs live in many small objects: looking as often as Python does by itself took a
    tenth of the tests' time.
    """
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


GOLDEN = Path(__file__).parent / "golden"
REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def pictures() -> Pictures:
    return Pictures()


@pytest.fixture(scope="session")
def golden():
    """`golden(name)`: outputs of the official or an independent code, `tests/golden/<name>.npz`."""
    return lambda name: np.load(GOLDEN / f"{name}.npz", allow_pickle=False)


@pytest.fixture(scope="session")
def golden_weights():
    """`golden_weights(model)` gives every tensor the values the golden outputs were made with."""
    return assign_golden_weights


def assign_golden_weights(model):
    for layer in model.layers:
        for variable in layer.weights:
            variable.assign(golden_tensor(f"{layer.name}/{variable.name}", variable.shape))


def golden_tensor(key, shape):
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    normal = rng.standard_normal(shape)
    match key.rsplit("/", 1)[1]:
        case "kernel":
            return normal * np.sqrt(1 / np.prod(shape[:-1]))
        case "bias":
            return 0.05 * normal
        case "gamma":
            return 1 + 0.1 * normal
        case "beta" | "moving_mean":
            return 0.1 * normal
        case "moving_variance":
            return 0.5 + rng.random(shape)
    raise KeyError(key)


@pytest.fixture(scope="session")
def full_disk():
    """`with full_disk(room):` files cannot grow beyond `room` bytes, as on a disk that is full."""
    resource = pytest.importorskip("resource")  # not on Windows

    @contextlib.contextmanager
    def limited(room=0):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limited


@pytest.fixture(scope="session")
def shared():
    """`shared(path)`: a file of the real data beside the repository; skips where it is missing."""
    root = Path(os.environ.get("DENSEDEPTH_TF_SHARED", REPOSITORY.parent / "shared"))

    def find(path):
        if not (root / path).exists():
            pytest.skip(f"needs {path} of the real data (DENSEDEPTH_TF_SHARED)")
        return root / path

    return find


@pytest.fixture(scope="session")
def torch():
    """PyTorch; skips without it, or fails where DENSEDEPTH_TF_REQUIRE_TORCH says that it is due."""
    try:
        import torch
    except ImportError as error:
        missing = pytest.fail if os.environ.get("DENSEDEPTH_TF_REQUIRE_TORCH") else pytest.skip
        missing(f"needs PyTorch (pip install densedepth-tf[torch]): {error}")
    return torch


@pytest.fixture(scope="session")
def tiny_encoder():
    """The name of an encoder of DenseDepth with few layers, known in this process alone."""
    from tiny_encoder import TINY

    from densedepth_tf.models.encoders import ENCODERS

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ENCODERS, "tiny", TINY)
        yield "tiny"


@pytest.fixture(scope="session")
def tiny_resnet():
    """The name of an encoder of Monodepth2 with few layers, known in this process alone."""
    from tiny_encoder import TINY_RESNET

    from densedepth_tf.models.monodepth2.resnet import RESNETS

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RESNETS, "tiny", TINY_RESNET)
        yield "tiny"


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def make_clip(tmp_path):
    """Writes a small video: `make_clip("a.mp4", images, rate=25, times=None)` gives its path."""
    import av

    def make(name, images, rate=25, times=None, codec="libx264", pixels="yuv420p", **options):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        turn = options.pop("turn", 0)
        kept = {name: options.pop(name) for name in ("aspect", "transfer") if name in options}
        with av.open(str(path), "w", options=options) as container:
            # Each frame by itself and in order, so that a cut takes the last ones and no others.
            stream = container.add_stream(codec, rate=rate)
            stream.options = {"preset": "ultrafast", "qp": "4", "bf": "0", "g": "4"}
            stream.height, stream.width = images[0].shape[:2]
            stream.pix_fmt = pixels
            if times is not None:
                stream.codec_context.time_base = Fraction(1, 1000)
            if "aspect" in kept:
                stream.codec_context.sample_aspect_ratio = kept["aspect"]
            if "transfer" in kept:  # its number in ITU-T H.273
                stream.codec_context.color_trc = kept["transfer"]
            if turn:
                stream.set_display_rotation(turn)
            for index, image in enumerate(images):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pixels)
                if times is not None:
                    frame.pts, frame.time_base = times[index], Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return make


@pytest.fixture
def grey_clip(make_clip):
    """`grey_clip(name, levels, size)`: frame i is grey of level `levels[i]`."""

    def make(name, levels, size=(48, 64), **options):
        return make_clip(name, [np.full((*size, 3), int(v), np.uint8) for v in levels], **options)

    return make


@pytest.fixture(scope="session")
def s3_files():
    """fsspec's view of an S3 server on this machine; every test makes a bucket of its own."""
    s3fs = pytest.importorskip("s3fs")
    moto_server = pytest.importorskip("moto.server")
    server = moto_server.ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        s3fs.S3FileSystem.clear_instance_cache()
        yield s3fs.S3FileSystem(use_listings_cache=False)
        s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


@pytest.fixture(scope="session")
def gs_files():
    """fsspec's view of a server on this machine that speaks as Google's storage does."""
    emulator = pytest.importorskip("gcp_storage_emulator.server")
    server = emulator.create_server("localhost", 0, in_memory=True)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        port = server._api._httpd.server_port
        patch.setenv("STORAGE_EMULATOR_HOST", f"http://localhost:{port}")
        # Asks for a kind of bucket that the server does not know.
        patch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
        gcsfs = pytest.importorskip("gcsfs")
        gcsfs.GCSFileSystem.clear_instance_cache()
        yield gcsfs.GCSFileSystem(use_listings_cache=False)
        gcsfs.GCSFileSystem.clear_instance_cache()
    server.stop()


@pytest.fixture
def refusing_s3(monkeypatch):
    """An S3 server on this machine that allows nobody anything."""
    s3fs = pytest.importorskip("s3fs")

    class Refuses(http.server.BaseHTTPRequestHandler):
        def refuse(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = refuse

        def log_message(self, *_):
            pass

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
        s3fs.S3FileSystem.clear_instance_cache()
        yield
        s3fs.S3FileSystem.clear_instance_cache()
        server.shutdown()
