"""Pictures and clips of a bucket in, depth in a bucket out, on a real server of this machine."""

import json

import numpy as np
import pytest
from counting_model import Counting
from PIL import Image

from densedepth_tf.commands.predict import main as predict_command
from densedepth_tf.files.outputs.output_record import RECORD_FILE
from densedepth_tf.inference.image_sources import find_images
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.inference.predictor import Predictor


@pytest.fixture
def bucket(s3_files, tmp_path):
    """A bucket with three pictures, something else and something hidden, and the same here."""
    s3_files.mkdir("photos")
    here = tmp_path / "photos"
    (here / "sub").mkdir(parents=True)
    for level, name in enumerate(["a.jpg", "b.png", "sub/c.jpg"]):
        pixels = np.full((24, 32, 3), 50 * level + 60, np.uint8)
        Image.fromarray(pixels).save(here / name)
    (here / "notes.txt").write_text("none")
    (here / ".hidden.jpg").write_bytes(b"")
    s3_files.put(str(here), "photos/in", recursive=True)
    yield s3_files
    s3_files.rm("photos", recursive=True)


def contents(files, folder):
    found = files.find(folder)
    return {key.removeprefix(f"{folder}/"): files.cat_file(key) for key in found}


@pytest.mark.parametrize(
    ("inputs", "names"),
    [
        (["s3://photos/in"], ["a", "b", "sub/c"]),
        (["s3://photos/in/"], ["a", "b", "sub/c"]),
        (["s3://photos/in/*.jpg"], ["a"]),
        (["s3://photos/in/**/*.jpg"], ["a", "sub/c"]),
        (["s3://photos/in/s*"], ["sub/c"]),
        (["s3://photos/in/sub/c.jpg"], ["c"]),
        (["s3://photos/in/sub", "s3://photos/in/a.jpg"], ["sub/c", "a"]),
        (["s3://photos"], ["in/a", "in/b", "in/sub/c"]),
    ],
)
@pytest.mark.filterwarnings("ignore:Left out of")
def test_folders_patterns_and_files_are_found(bucket, inputs, names):
    assert [file.name for file in find_images(inputs)] == names


@pytest.mark.filterwarnings("ignore:Left out of")
def test_outputs_are_those_of_the_folder(bucket, tmp_path):
    formats = ["png", "npy", "color"]
    predict_to_folder(Counting(), [tmp_path / "photos"], tmp_path / "out", formats)
    report = predict_to_folder(Counting(), ["s3://photos/in"], "s3://photos/out", formats)
    assert report.num_predicted == 3 and not report.failures
    there = contents(bucket, "photos/out")
    del there[RECORD_FILE]  # and nothing else that is hidden
    here = {path for path in (tmp_path / "out").rglob("*") if path.is_file()}
    here = {path.relative_to(tmp_path / "out").as_posix(): path for path in here}
    del here[RECORD_FILE]
    assert there.keys() == here.keys() and len(there) == 12
    for name, path in here.items():
        if name.endswith(".json"):
            told = json.loads(there[name])
            address = f"s3://photos/in/{name.removesuffix('.depth.json')}"
            assert told.pop("image") in (f"{address}.jpg", f"{address}.png")
            expected = json.loads(path.read_bytes())
            del expected["image"]
            assert told == expected
        else:
            assert there[name] == path.read_bytes(), name


CHANGES = {
    "nothing": (lambda files: None, 0),
    "an empty output": (lambda files: files.pipe_file("photos/out/a.depth.png", b""), 1),
    "a missing output": (lambda files: files.rm_file("photos/out/a.depth.json"), 1),
    "another picture": (lambda files: files.copy("photos/in/b.png", "photos/in/a.jpg"), 1),
    "no record": (lambda files: files.rm_file(f"photos/out/{RECORD_FILE}"), 3),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.filterwarnings("ignore:Left out of")
def test_only_what_is_up_to_date_is_skipped(bucket, change):
    def predict():
        model = Counting()
        report = predict_to_folder(
            model, ["s3://photos/in"], "s3://photos/out", ["png"], skip_existing=True
        )
        assert model.count == report.num_predicted
        return report.num_predicted, report.num_skipped

    assert predict() == (3, 0) and predict() == (0, 3)
    action, count = CHANGES[change]
    action(bucket)
    assert predict() == (count, 3 - count) and predict() == (0, 3)


@pytest.mark.filterwarnings("ignore:Left out of")
def test_outputs_are_no_inputs(bucket):
    for output in ("in/out", "in/out", "in/other"):
        report = predict_to_folder(Counting(), ["s3://photos/in"], f"s3://photos/{output}")
        assert report.num_predicted == 3
    bucket.copy("photos/in/a.jpg", "photos/in/a.depth.png")  # a photograph, whatever it is called
    assert len(find_images(["s3://photos/in"])) == 4
    with pytest.raises(ValueError, match=r"'s3://photos/in/a.depth.png' would replace an input"):
        predict_to_folder(Counting(), ["s3://photos/in"], "s3://photos/in", ["png"])


@pytest.mark.filterwarnings("ignore:Left out of")
def test_one_bad_picture_is_named_by_its_address(bucket, tmp_path):
    bucket.pipe_file("photos/in/a.jpg", b"no picture")
    report = predict_to_folder(Counting(), ["s3://photos/in"], tmp_path / "out", ["npy"])
    assert report.num_predicted == 2
    (failure,) = report.failures
    assert "'s3://photos/in/a.jpg'" in failure.reason and "tmp" not in failure.reason


@pytest.mark.parametrize("key", ["../evil.jpg", "x/../../evil.jpg", "/evil.jpg", "x\\evil.jpg"])
def test_no_name_leads_out_of_the_output(bucket, tmp_path, key):
    bucket.call_s3("put_object", Bucket="photos", Key=f"odd/{key}", Body=b"x")
    bucket.copy("photos/in/a.jpg", "photos/odd/a.jpg")
    with pytest.warns(UserWarning, match="1 object whose names are no file names"):
        report = predict_to_folder(Counting(), ["s3://photos/odd"], tmp_path / "out", ["npy"])
    assert report.num_predicted == 1 and not report.failures
    assert not list(tmp_path.rglob("*evil*"))


def test_clips(bucket, make_clip, tmp_path):
    clip = make_clip("walk.mp4", np.full((3, 24, 32, 3), 120, np.uint8))
    bucket.put_file(str(clip), "photos/clips/walk.mp4")
    bucket.pipe_file("photos/out/walk/000007.depth.npy", b"of an earlier, longer run")
    bucket.pipe_file("photos/out/walk/mine.txt", b"stays")
    report = predict_to_folder(
        Counting(), ["s3://photos/clips"], "s3://photos/out", ["npy", "video"]
    )
    assert report.clips[0].video == "s3://photos/out/walk_depth.mp4"
    names = {name for name in contents(bucket, "photos/out") if not name.startswith(".")}
    frames = {f"walk/{number:06d}.depth.npy" for number in range(3)}
    assert names == {"walk_depth.mp4", "walk/mine.txt", *frames}
    again = predict_to_folder(
        Counting(), ["s3://photos/clips"], "s3://photos/out", ["npy", "video"], skip_existing=True
    )
    assert again.num_skipped == 1 and not again.clips


def test_one_picture_in_python(bucket, tmp_path):
    here = Predictor(Counting()).predict(tmp_path / "photos/a.jpg")
    there = Predictor(Counting()).predict("s3://photos/in/a.jpg")
    np.testing.assert_array_equal(there, here)
    with pytest.raises(ValueError, match=r"^Cannot read 's3://photos/in/none.jpg': there is no"):
        Predictor(Counting()).predict("s3://photos/in/none.jpg")


def line_of(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        predict_command(arguments)
    error = capsys.readouterr().err
    assert ended.value.code == 2
    (line,) = (line for line in error.splitlines() if "error:" in line)
    assert error.endswith(f"{line}\n")  # no traceback before it, nothing after it
    assert "Traceback" not in error
    return line


def test_unknown_buckets_and_folders_are_one_line(bucket, tmp_path, capsys):
    picture = str(tmp_path / "photos/a.jpg")
    line = line_of(["--input", "s3://nobody/in", "--output", str(tmp_path / "out")], capsys)
    assert "No such file or folder. Received: input 's3://nobody/in'" in line
    line = line_of(["--input", picture, "--output", "s3://nobody/out"], capsys)
    assert "Cannot write to 's3://nobody/out': The specified bucket does not exist" in line
    line = line_of(["--input", picture, "--output", "hf://datasets/a/b"], capsys)
    assert "hf:// addresses are read, not written" in line
    line = line_of(["--input", "s3://", "--output", str(tmp_path / "out")], capsys)
    assert "An address is s3://BUCKET" in line
    assert not (tmp_path / "out").exists()


def test_a_server_that_is_not_there_is_one_line(bucket, monkeypatch, tmp_path, capsys):
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with monkeypatch.context() as patch:
        # The fixture keeps its own view of the bucket.
        patch.setattr(s3fs.S3FileSystem, "_cache", {})
        line = line_of(["--input", "s3://photos/in", "--output", str(tmp_path / "out")], capsys)
    assert "Cannot read 's3://photos/in': Could not connect to the endpoint" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.filterwarnings("ignore:Left out of")
def test_the_camera_of_a_folder_is_known(bucket, tmp_path):
    """As beside pictures here: `camera-intrinsics.txt` brings metres to it."""
    camera = "64 0 15.5\n0 64 11.5\n0 0 1\n"
    bucket.pipe_file("photos/in/camera-intrinsics.txt", camera.encode())
    (tmp_path / "photos/camera-intrinsics.txt").write_text(camera)

    class KnowsItsCamera(Counting):
        focal_length, min_depth, max_depth, image_size, name = 1.0, 0.1, 10.0, None, "known"
        depth_unit = "metre"

    def factors(inputs, output):
        predict_to_folder(KnowsItsCamera(), inputs, output, ["json", "npy"])
        told = [json.loads(path.read_bytes()) for path in sorted(output.rglob("*.json"))]
        return [(each.get("lens_factor"), each.get("lens_from")) for each in told]

    expected = factors([tmp_path / "photos"], tmp_path / "here")
    factor = expected[0][0]
    assert expected == [(factor, "camera-intrinsics.txt")] * 2 + [(None, None)] and factor > 2
    assert factors(["s3://photos/in"], tmp_path / "folder") == expected
    patterns = ["s3://photos/in/*.*g", "s3://photos/in/sub/*.jpg"]
    assert sorted(map(str, factors(patterns, tmp_path / "pattern"))) == sorted(map(str, expected))
    assert factors(["s3://photos/in/a.jpg"], tmp_path / "file") == expected[:1]

    predictor = Predictor(KnowsItsCamera())
    for name in ("a.jpg", "b.png"):
        there = predictor.predict(f"s3://photos/in/{name}")
        np.testing.assert_array_equal(there, predictor.predict(tmp_path / "photos" / name))
    np.testing.assert_allclose(
        Predictor(KnowsItsCamera(), cameras=None).predict("s3://photos/in/a.jpg") * factor,
        predictor.predict("s3://photos/in/a.jpg"),
        rtol=1e-6,
    )
