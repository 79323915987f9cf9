"""Global dtype policies are honoured by every constructor; outputs and losses stay float32."""

import numpy as np
import pytest

from densedepth_tf.models.keras_model.precision import dtype_policy

# Their layers are of more kinds than those of the smallest encoders.
REAL_ENCODERS = {"densedepth": {"encoder": "mobilenetv2"}, "monodepth2": {"encoder": "resnet18"}}


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "bfloat16"])
def test_a_model_is_built_in_the_global_policy(build, family, images, policy):
    with dtype_policy(policy):
        model = build(family, **REAL_ENCODERS.get(family, {}))
    assert model.dtype_policy.name == policy
    computed = {layer.compute_dtype for layer in model.layers if layer.weights}
    assert policy.removeprefix("mixed_") in computed
    output = model.predict(images, verbose=0)
    assert output.dtype == np.float32 and np.isfinite(output).all()
    depth = model.predict_depth(images)
    assert depth.dtype == np.float32 and np.isfinite(depth).all()


@pytest.mark.long
@pytest.mark.parametrize("name", ["densedepth", "eigen"])
def test_it_learns_in_mixed_precision(build, name, images, targets):
    with dtype_policy("mixed_bfloat16"):
        model = build(name)
        model.compile()
        wanted = targets(model)
        first = model.train_on_batch(images, wanted)[0]
    assert np.isfinite(first) and np.isfinite(model.train_on_batch(images, wanted)[0])
