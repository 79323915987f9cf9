"""The model card that goes with a preset's folder, with the header that model hubs read."""

from densedepth_tf.geometry.cameras.lens import camera_in_words
from densedepth_tf.models.depth_estimator import DepthEstimator

_CARD = """---
library_name: keras
pipeline_tag: depth-estimation
tags:
- keras
- depth-estimation
---
# {name}

A {family} that predicts depth from one photograph, {least:g} to {most:g} m{relative}, with
{parameters:.1f} M parameters. {camera}

```python
import densedepth_tf

model = densedepth_tf.{family}.from_preset("hf://USER/NAME")  # or this folder
depth = model.predict_depth(image)  # uint8 RGB (H, W, 3) -> float32 metres (H, W, 1)
```

What it was trained on, how well it does and where it fails is not written here yet: whoever shares
it says so, and under what terms its weights may be used.
"""
RELATIVE = " if its scale is known"


def preset_card(model: DepthEstimator) -> str:
    """A first model card, in Markdown."""
    return _CARD.format(
        name=model.name,
        family=type(model).__name__,
        least=model.min_depth,
        most=model.max_depth,
        relative=RELATIVE if type(model).__name__ == "Monodepth2" else "",
        parameters=model.count_params() / 1e6,
        camera=camera_in_words(model.focal_length),
    )
