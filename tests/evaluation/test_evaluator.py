"""The evaluator: every image counted once, bad ones named, memory flat."""

import time
import weakref

import cv2
import numpy as np
import pytest
from made_up_samples import RedModel, Samples, make_sample

from densedepth_tf.data.subset import FirstSamples
from densedepth_tf.evaluation.evaluator import evaluate
from densedepth_tf.evaluation.metrics import MetricsAccumulator, error_sums
from densedepth_tf.evaluation.protocol import Protocol
from densedepth_tf.files.bad_sample import BadSampleError


def expected(source, mirrored=False):
    accumulator, model = MetricsAccumulator(), RedModel()
    for sample in source:
        prediction = model.predict_depth(sample["image"][None])[0, ..., 0]
        if mirrored:
            back = model.predict_depth(sample["image"][None, :, ::-1])[0, :, ::-1, 0]
            prediction = (prediction + back) / 2
        accumulator.add(error_sums(prediction, sample["depth"][..., 0]))
    return accumulator.result()


@pytest.mark.parametrize("batch_size", [1, 3, 7, 20])
def test_last_partial_batch_counts_whatever_the_batch_size(batch_size):
    model = RedModel()
    result = evaluate(model, Samples(7), batch_size=batch_size)
    once = model.batches[: -(-7 // batch_size)]  # a single batch is timed once more
    assert sum(once) == 7 and len(model.batches) == max(len(once), 2)
    assert max(model.batches) == min(batch_size, 7)
    assert [image.index for image in result.images] == list(range(7))
    assert result.num_images == 7
    for pooling, metrics in expected(Samples(7)).items():
        assert result.metrics[pooling] == pytest.approx(metrics, rel=1e-12)


class Compiling(RedModel):
    """Takes 60 s for the first images of a size, as what traces and compiles does, else 12 s."""

    def __init__(self):
        super().__init__()
        self.sizes = set()
        self.now = 0.0

    def predict_depth(self, images):
        self.now += 12 if images.shape in self.sizes else 60
        self.sizes.add(images.shape)
        return super().predict_depth(images)


@pytest.mark.parametrize(("number", "batch_size"), [(2, 4), (3, 3), (4, 2), (5, 2)])
def test_the_time_of_an_image_leaves_compiling_out(number, batch_size, monkeypatch):
    model = Compiling()
    monkeypatch.setattr(time, "perf_counter", lambda: model.now)
    result = evaluate(model, Samples(number), batch_size=batch_size)
    assert result.seconds_per_image == 12 / min(number, batch_size)
    model = Compiling()
    sizes = ((24, 32), (30, 20), (20, 20))
    assert evaluate(model, Samples(3, sizes=sizes)).seconds_per_image == 12


def test_mirrored_averaging():
    protocol = Protocol("test", max_depth=10, mirrored_averaging=True)
    result = evaluate(RedModel(), Samples(5), protocol, batch_size=2)
    assert result.metrics["pooled"] == pytest.approx(expected(Samples(5), True)["pooled"])
    assert result.metrics["pooled"] != expected(Samples(5))["pooled"]


def test_images_of_different_sizes():
    source = Samples(7, sizes=((24, 32), (24, 32), (30, 20)))
    model = RedModel()
    result = evaluate(model, source, batch_size=4)
    assert model.batches == [2, 1, 2, 1, 1]
    assert result.metrics["pooled"] == pytest.approx(expected(source)["pooled"])


def test_full_protocol_takes_the_models_largest_depth():
    result = evaluate(RedModel(), Samples(2), "full")
    assert result.protocol.max_depth == 10
    assert result.to_json()["protocol"]["max_depth"] == 10


def test_predictions_without_channel_and_of_another_size_are_welcome():
    class Half(RedModel):
        def predict_depth(self, images):
            depth = super().predict_depth(images)[..., 0]
            return np.stack([cv2.resize(one, None, fx=0.5, fy=0.5) for one in depth])

    assert evaluate(Half(), Samples(3)).num_images == 3


def test_bad_samples_are_skipped_counted_and_named():
    result = evaluate(RedModel(), Samples(7, bad=(0, 3)), batch_size=3)
    assert result.num_images == 5
    assert [image.name for image in result.skipped] == ["folder/000.jpg", "folder/003.jpg"]
    assert "cut off" in result.skipped[0].reason
    assert result.to_json()["skipped"][1]["name"] == "folder/003.jpg"
    with pytest.raises(BadSampleError, match=r"000\.jpg"):
        evaluate(RedModel(), Samples(7, bad=(0, 3)), strict=True)
    with pytest.raises(ValueError, match=r"None of 2 images .* cut off"):
        evaluate(RedModel(), Samples(2, bad=(0, 1)))


def test_image_without_valid_truth_is_skipped():
    samples = [make_sample(0), make_sample(1)]
    samples[1]["depth"][:] = 0
    result = evaluate(RedModel(), samples)
    assert result.num_images == 1
    assert "no valid depth" in result.skipped[0].reason
    with pytest.raises(ValueError, match=r"'folder/001\.jpg' has no valid depth"):
        evaluate(RedModel(), samples, strict=True)


def test_nothing_to_evaluate():
    with pytest.raises(ValueError, match="nothing to evaluate"):
        evaluate(RedModel(), [])


def test_broken_models_are_named():
    class NotANumber(RedModel):
        def predict_depth(self, images):
            return np.full((*images.shape[:3], 1), np.nan)

    class WrongShape(RedModel):
        def predict_depth(self, images):
            return np.ones(images.shape)

    with pytest.raises(ValueError, match=r"folder/000\.jpg.*positive, finite"):
        evaluate(NotANumber(), Samples(2))
    with pytest.raises(ValueError, match=r"must return \(N, H, W, 1\)"):
        evaluate(WrongShape(), Samples(2))
    with pytest.raises(ValueError, match="predict_depth"):
        evaluate(object(), Samples(2))


class CountedImage(np.ndarray):
    """An array that weak references can watch."""


def test_memory_does_not_grow_with_the_number_of_images():
    references, alive = [], []

    def generate():
        for index in range(60):
            sample = make_sample(index)
            sample["image"] = sample["image"].view(CountedImage)
            references.append(weakref.ref(sample["image"]))
            alive.append(sum(reference() is not None for reference in references))
            yield sample

    result = evaluate(RedModel(), generate(), batch_size=4)
    assert result.num_images == 60
    assert max(alive) <= 4 + 4 + 3  # two batches and what is read ahead


class Records:
    """A source of records, like shards."""

    title = "records"

    def __init__(self, bad=()):
        self.bad = bad

    def __len__(self):
        return 9

    def records(self):
        return (str(index).encode() for index in range(9))

    def decode(self, record):
        if int(record) in self.bad:
            raise BadSampleError(f"record {int(record)} is damaged")
        return make_sample(int(record))

    def __iter__(self):
        return map(self.decode, self.records())


def test_records_are_streamed_and_bad_ones_skipped(tmp_path):
    result = evaluate(RedModel(), Records(bad=(2,)), batch_size=4, output=tmp_path)
    assert result.num_images == 8
    assert result.skipped[0].reason == "record 2 is damaged"
    assert len(list((tmp_path / "panels").iterdir())) == 6


def test_iterable_that_dies_of_a_bad_sample_is_not_measured_in_part():
    class Dying:
        title = "dying"

        def __len__(self):
            return 5

        def __iter__(self):
            yield make_sample(0)
            raise BadSampleError("sample 1 is damaged.")

    with pytest.raises(ValueError, match="3 samples after it cannot be reached"):
        evaluate(RedModel(), Dying())


def test_pixels_that_a_model_masks_have_no_prediction():
    class Masking(RedModel):
        def predict_depth(self, images):
            depth = super().predict_depth(images)
            mask = np.zeros(depth.shape, bool)
            mask[:, :5] = True
            return np.ma.masked_array(depth, mask)

    truth = [make_sample(index)["depth"][:5] for index in range(2)]
    result = evaluate(Masking(), Samples(2))
    assert result.missing_predictions.images == 2
    assert result.missing_predictions.pixels == sum(np.count_nonzero(depth) for depth in truth)
    assert result.to_json()["missing_predictions"]["images"] == 2
    excluded = evaluate(Masking(), Samples(2), Protocol("test", missing_predictions="exclude"))
    whole = evaluate(RedModel(), Samples(2), Protocol("test"))
    assert excluded.metrics["pooled"]["abs_rel"] < result.metrics["pooled"]["abs_rel"]
    assert excluded.images[0].valid_pixels == whole.images[0].valid_pixels - np.count_nonzero(
        truth[0]
    )


def test_predictions_and_truth_end_at_the_models_range():
    samples = [make_sample(index) for index in range(2)]
    for sample in samples:
        sample["depth"][:8] = 65504.0
    result = evaluate(RedModel(), samples)
    assert result.truth_beyond_range.pixels == 2 * 8 * 32
    assert result.metrics["pooled"]["rmse"] < 9
    written = result.to_json()
    share = 512 / (512 + sum(image.valid_pixels for image in result.images))
    assert written["truth_beyond_range"] == {"images": 2, "pixels": 512, "share": share}
    # Nobody knows where a relative depth ends in metres: then neither of them ends.
    median = evaluate(RedModel(), samples, Protocol("test", alignment="median"))
    assert median.truth_beyond_range.pixels == 0 and median.protocol.max_depth is None


def test_the_models_range_is_scaled_as_its_predictions_are():
    class Near(RedModel):
        min_depth = 0.5

    sample = make_sample(0)
    sample["depth"][:] = 9
    sample["depth"][:8], sample["depth"][8:16] = 2.9, 60.5  # the scaled range is 3 to 60 m
    result = evaluate(Near(), [sample], Protocol("test", scale=6.0))
    assert result.protocol.model_range == (3, 60)
    assert (result.protocol.min_depth, result.protocol.max_depth) == (3, 60)
    assert result.truth_beyond_range.pixels == 16 * 32


class Cropped(Samples):
    image_size = (24, 32)

    def __init__(self, crop):
        super().__init__(2)
        self.crop = crop


def test_the_crop_that_the_data_bring_is_obeyed():
    usual = evaluate(RedModel(), Samples(2), "nyu")
    small = evaluate(RedModel(), Cropped((4, 11, 8, 23)), "nyu")
    assert small.protocol.crop.slices(24, 32) == (slice(4, 12), slice(8, 24))
    expected = [np.count_nonzero(make_sample(n)["depth"][4:12, 8:24]) for n in range(2)]
    assert [image.valid_pixels for image in small.images] == expected
    assert small.metrics != usual.metrics
    first = evaluate(RedModel(), FirstSamples(Cropped((4, 11, 8, 23)), 1), "nyu")
    assert first.images == small.images[:1]
    # Whoever asks for the whole picture gets it.
    assert evaluate(RedModel(), Cropped((4, 11, 8, 23)), "full").protocol.crop is None
