"""The first batches of data sets and generators, looked at as they come."""

import sys
import types
from collections.abc import Callable, Generator, Iterator
from typing import Any

import keras

from densedepth_tf.geometry.tensor import Tensor

BATCHES_LOOKED_AT = 2


class Watch:
    """Looks at the values of what a method of Keras is given.

    Args:
        check: Called with images, targets and weights, as far as there are any; raises for a
            mistake.

    Attributes:
        mistake: The first one that a data set brought. TensorFlow tells it as an error of its own.
    """

    def __init__(self, check: Callable[..., None]):
        self._check = check
        self.mistake: ValueError | None = None

    def __call__(self, data: Any, *more: object) -> Any:  # noqa: ANN401 - whatever Keras takes
        """What Keras is to be given instead: arrays are looked at now, batches when they come.

        Args:
            data: Images, or what gives batches of images, targets and weights.
            *more: Targets and weights of images.
        """
        if isinstance(data, types.GeneratorType):
            return self._first_of(data)
        if isinstance(data, keras.utils.PyDataset):
            if len(data):
                self._look(data[0])
            return data
        tensorflow = sys.modules.get("tensorflow")
        if tensorflow is not None and isinstance(data, tensorflow.data.Dataset):
            return self._mapped(data, tensorflow)
        self._check(data, *more)
        return data

    def _look(self, batch: object) -> None:
        self._check(*(batch if isinstance(batch, tuple | list) else (batch,)))

    def _first_of(self, batches: Iterator[object]) -> Generator[object, None, None]:
        for number, batch in enumerate(batches):
            if number < BATCHES_LOOKED_AT:
                self._look(batch)
            yield batch

    def _mapped(self, data: Any, tensorflow: types.ModuleType) -> Any:  # noqa: ANN401
        """The same data set, which fails where one of its first batches has a mistake."""
        spec = data.element_spec
        specs = spec if isinstance(spec, tuple) else (spec,)
        if not all(isinstance(each, tensorflow.TensorSpec) for each in specs):
            return data

        def look(*batch: object) -> bool:
            try:
                self._check(*batch)
            except ValueError as mistake:
                self.mistake = mistake
                raise
            return True

        def looked_at(*batch: object) -> object:
            # With a state, or what nobody reads would be left out.
            right = tensorflow.numpy_function(look, batch, tensorflow.bool, stateful=True)
            with tensorflow.control_dependencies([right]):
                return tuple(map(tensorflow.identity, batch))

        def watched(number: Tensor, *batch: Any) -> object:
            given = batch[0] if isinstance(spec, tuple) else batch
            given = tensorflow.cond(
                number < BATCHES_LOOKED_AT, lambda: looked_at(*given), lambda: tuple(given)
            )
            for each, known in zip(given, specs, strict=True):
                each.set_shape(known.shape)
            return given if isinstance(spec, tuple) else given[0]

        return data.enumerate().map(watched)
