"""Coarse and fine network: the paper's sizes and parameters, two stages, metres, saving."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

import densedepth_tf
from densedepth_tf import Eigen, EigenLoss
from densedepth_tf.data.batches.resize_depth import resize_depth
from densedepth_tf.models.eigen.coarse_network import EigenCoarse
from densedepth_tf.models.eigen.map_sizes import steps
from densedepth_tf.models.eigen.published import LEARNING_RATE_FACTORS, SETTINGS
from densedepth_tf.models.keras_model.precision import dtype_policy, in_float32

# The paper's, width x height; of KITTI's inner maps by the rule that gives NYU's.
PUBLISHED_SIZES = {
    "nyu": {
        "image": (304, 228),
        "coarse1_pool": (37, 27),
        "coarse2_pool": (18, 13),
        "coarse3": (18, 13),
        "coarse4": (18, 13),
        "coarse5": (8, 6),
        "coarse_map": (74, 55),
        "fine1_rows": (74, 55),
        "fine2": (74, 55),
        "log_depth": (74, 55),
    },
    "kitti": {
        "image": (576, 172),
        "coarse5": (17, 4),
        "coarse_map": (142, 27),
        "fine1_rows": (142, 27),
        "fine2": (142, 27),
        "log_depth": (142, 27),
    },
}
SIZE = (64, 96)


@pytest.fixture(scope="module")
def small_model():
    keras.utils.set_random_seed(0)
    return Eigen(image_size=SIZE, dense_units=16)


@pytest.fixture(scope="module", params=list(SETTINGS))
def published(request):
    """A data set's name and its network, without memory for its weights."""
    with keras.StatelessScope():
        return request.param, Eigen(**SETTINGS[request.param])


@pytest.mark.long
def test_maps_have_the_papers_sizes(published):
    name, model = published
    sizes = PUBLISHED_SIZES[name]
    assert {layer: model.get_layer(layer).output.shape[2:0:-1] for layer in sizes} == sizes
    assert model.target_size(model.image_size) == sizes["log_depth"][::-1]
    assert model.coarse.output.shape == model.output.shape


def test_parameters_are_those_of_the_papers_table(published):
    name, model = published
    sizes = PUBLISHED_SIZES[name]
    table = [(11, 3, 96), (5, 96, 256), (3, 256, 384), (3, 384, 384), (3, 384, 256)]
    seen, drawn = np.prod(sizes["coarse5"]) * 256, np.prod(sizes["coarse_map"])
    coarse = (seen + 1) * 4096 + (4096 + 1) * drawn
    coarse += sum(side**2 * before * after + after for side, before, after in table)
    fine = (9 * 9 * 3 + 1) * 63 + (5 * 5 * 64 + 1) * 64 + (5 * 5 * 64 + 1)
    assert model.coarse.count_params() == coarse
    assert model.count_params() == coarse + fine == {"nyu": 70_877_171, "kitti": 90_881_799}[name]


def test_kittis_rows_are_the_crop_known_as_eigens():
    """The map's part of the middle 576x172 of a 612x184 image, to half a pixel of the map."""
    with keras.StatelessScope():
        region = Eigen(**SETTINGS["kitti"], dense_units=1).target_region
    rows = (np.array([region.top, region.bottom]) * 172 + 6) / 184
    columns = (np.array([region.left, region.right]) * 576 + 18) / 612
    np.testing.assert_allclose(rows, [0.3324324, 0.91351351], atol=2 / 184)
    np.testing.assert_allclose(columns, [0.0359477, 0.96405229], atol=2 / 612)


@given(st.integers(55, 2000))
def test_both_networks_step_alike_through_any_image(side):
    assert steps(side) == (side - 11) // 4 + 1 == ((side - 9) // 2 + 1) // 2


def test_a_pixel_of_the_map_looks_around_the_place_it_stands_for(small_model):
    """The first layer's window, in the image, is centred on the pixel's part of the region."""
    first = keras.Model(small_model.input, small_model.get_layer("coarse1").output)
    image = tf.Variable(tf.random.stateless_uniform((1, *SIZE, 3), (1, 2)))
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(first(image)[0, 5, 9] ** 2)
    rows, columns = np.nonzero(tape.gradient(value, image)[0].numpy().any(axis=-1))
    region = small_model.target_region
    height, width = small_model.target_size(SIZE)
    across = region.left + (9 + 0.5) / width * (region.right - region.left)
    down = region.top + (5 + 0.5) / height * (region.bottom - region.top)
    assert (rows.min() + rows.max() + 1) / 2 == pytest.approx(down * SIZE[0])
    assert (columns.min() + columns.max() + 1) / 2 == pytest.approx(across * SIZE[1])


def test_prediction_undoes_what_training_does_to_depth(small_model):
    """A target made from a depth map, put back, is the depth map wherever the network looks."""
    rows, columns = np.mgrid[:120, :200].astype(np.float32)
    depth = (1 + rows / 60 + columns / 100)[..., None]
    target = resize_depth(
        tf.constant(depth), small_model.target_size(SIZE), small_model.target_region
    )
    back = small_model.to_image_size(target[None], (120, 200))[0].numpy()
    np.testing.assert_allclose(back[15:105, 15:185], depth[15:105, 15:185], rtol=1e-4)
    np.testing.assert_array_equal(back[0], back[3])  # The map's border, repeated.


@pytest.mark.parametrize("size", [(1, 1), (37, 53), SIZE, (300, 200)])
def test_predict_depth_at_any_size(small_model, size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    for model in (small_model, small_model.coarse):
        depth = model.predict_depth(image)
        assert depth.shape == (*size, 1) and depth.dtype == np.float32
        assert depth.min() >= np.float32(0.1) and depth.max() <= 10
    portable = small_model.depth_function(tf.constant(image[None]), portable=True)
    np.testing.assert_allclose(portable[0], small_model.predict_depth(image), rtol=1e-3)


def test_untrained_it_starts_in_the_middle_of_the_range():
    keras.utils.set_random_seed(0)
    model = Eigen(image_size=SIZE, dense_units=16, min_depth=1.0, max_depth=80.0)
    for layer in ("coarse7", "fine3"):
        kernel, bias = model.get_layer(layer).get_weights()
        model.get_layer(layer).set_weights([0 * kernel, bias])
    image = np.zeros((1, *SIZE, 3), np.uint8)
    for part in (model, model.coarse):
        np.testing.assert_allclose(part.predict_depth(image), np.sqrt(80), rtol=1e-5)


@pytest.mark.long
def test_two_stages(small_model, tmp_path):
    """Coarse alone, then fine with the coarse network frozen; then saved and loaded."""
    model = in_float32(small_model)
    rng = np.random.default_rng(0)
    images = rng.random((4, *SIZE, 3), np.float32)
    depth = rng.uniform(1, 5, (4, *model.target_size(SIZE), 1)).astype(np.float32)
    targets = model.to_target(depth)

    def weights(prefix):
        return [v.numpy() for v in model.weights if v.path.startswith(prefix)]

    def train(part):
        part.compile(keras.optimizers.SGD(1e-3, momentum=0.9), EigenLoss())
        return [float(part.train_on_batch(images, targets)) for _ in range(6)]

    coarse, fine = weights("coarse"), weights("fine")
    assert len(coarse) == 14 and len(fine) == 6
    losses = train(model.coarse)
    assert losses[-1] < losses[0]
    trained = weights("coarse")
    assert all((a != b).any() for a, b in zip(coarse, trained, strict=True))
    assert all((a == b).all() for a, b in zip(fine, weights("fine"), strict=True))

    assert (model.coarse(images, training=True) != model.coarse(images)).numpy().any()
    model.coarse.trainable = False
    assert (model.coarse(images, training=True) == model.coarse(images)).numpy().all()
    losses = train(model)
    assert losses[-1] < losses[0]
    assert all((a == b).all() for a, b in zip(trained, weights("coarse"), strict=True))
    assert all((a != b).any() for a, b in zip(fine, weights("fine"), strict=True))

    np.testing.assert_allclose(in_float32(model)(images), model(images), rtol=1e-6)
    for part, kind in ((model, Eigen), (model.coarse, EigenCoarse)):
        part.save(tmp_path / "model.keras")
        loaded = densedepth_tf.load(tmp_path / "model.keras")
        assert type(loaded) is kind
        assert loaded.get_config() == part.get_config()
        np.testing.assert_allclose(loaded(images), part(images), rtol=1e-6)


def test_every_layer_with_weights_has_a_learning_rate(small_model):
    layers = {layer.name for layer in small_model.layers if layer.weights}
    assert layers == LEARNING_RATE_FACTORS.keys()


def test_a_rescaled_copy_predicts_the_depth_times_the_factor(small_model):
    image = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    larger = small_model.rescaled(2.5)
    assert (larger.min_depth, larger.max_depth) == (0.25, 25.0)
    np.testing.assert_allclose(
        larger.predict_depth(image), 2.5 * small_model.predict_depth(image), rtol=1e-5
    )


def test_half_precision_keeps_log_depth_in_float32():
    with dtype_policy("mixed_float16"):
        model = Eigen(image_size=SIZE, dense_units=16)
    assert model.get_layer("coarse6").compute_dtype == "float16"
    assert model.get_layer("fine2").compute_dtype == "float16"
    assert model.output.dtype == model.coarse.output.dtype == "float32"
    copy = in_float32(model)
    assert {layer.compute_dtype for layer in copy.layers} == {"float32"}
    image = np.random.default_rng(0).random((1, *SIZE, 3), np.float32)
    np.testing.assert_allclose(copy(image), model(image), atol=2e-2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_size": (54, 96)}, "55 pixels or more"),
        ({"image_size": (64,)}, "55 pixels or more"),
        ({"output_rows": (3, 15)}, "14 rows"),
        ({"output_rows": (5, 5)}, "output_rows"),
        ({"dense_units": 0}, "dense_units"),
        ({"dropout": 1.0}, "dropout"),
        ({"min_depth": 0.0}, "min_depth"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=f"{message}.*Received: "):
        Eigen(**{"image_size": SIZE, "dense_units": 4, **arguments})


def test_the_smallest_image_works_and_another_size_is_refused(small_model):
    model = Eigen(image_size=(55, 55), dense_units=4)
    assert model(np.zeros((1, 55, 55, 3), np.float32)).shape == (1, 12, 12, 1)
    with pytest.raises(ValueError, match=r"\(64, 96\).*`image_size`.*Received: \(64, 64\)"):
        small_model.target_size((64, 64))
