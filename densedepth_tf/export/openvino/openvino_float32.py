"""Float32 arithmetic asked for inside an OpenVINO file, for whoever loads it without options.

Where the processor can, OpenVINO's CPU plugin computes in bfloat16 by itself, which costs percents
of the depth. A file cannot carry the option that forbids it, but its operations can carry a mark,
`precise`, that the plugin obeys. It loses the mark of an operation that it replaces by others of
its own: those are written here in a form that it leaves alone.
"""

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from densedepth_tf.process.optional_package import require

if TYPE_CHECKING:
    import openvino

MARK, MARK_READ = "precise", "DisablePrecisionConversion"  # OpenVINO reads one, writes the other
_LARGEST_MATRIX = 2**23  # that resizes; multiplied by one for every image
_MOVES = ("Reshape", "Transpose", "Squeeze", "Unsqueeze")


def mark_precise(path: Path) -> None:
    """Marks every operation of an `.xml` file, in place."""
    tree = ElementTree.parse(path)
    for layer in tree.iterfind("layers/layer"):
        info = layer.find("rt_info")
        if info is None:
            info = ElementTree.Element("rt_info")
            layer.insert(0 if layer.find("data") is None else 1, info)
        for attribute in list(info):
            if attribute.get("name") in (MARK, MARK_READ):
                info.remove(attribute)
        ElementTree.SubElement(info, "attribute", name=MARK, version="0")
    tree.write(path, encoding="utf-8", xml_declaration=True)


def use_lasting_operations(model: "openvino.Model") -> None:
    """Replaces what the CPU plugin would replace while compiling; results stay, up to rounding.

    Divisions, differences and powers become products and sums with numbers that the compiler
    cannot know to be constant, resizing is done with channels in front, and so on.

    Args:
        model: `openvino.Model`, changed in place; its input is images.
    """
    _Rewriting(model).run()


class _Rewriting:
    def __init__(self, model: "openvino.Model"):
        openvino = require("openvino", "`format_name='openvino'`", "export")
        from openvino import opset11
        from openvino.utils.node_factory import NodeFactory

        self._model, self._ops, self._factory = model, opset11, NodeFactory("opset4")
        self._float, self._integer = openvino.Type.f32, openvino.Type.i32
        # A pixel minus its successor: -1, but nobody knows before there is an image.
        pixels = opset11.reshape(model.get_parameters()[0], np.array([-1]), False)
        pixel = opset11.convert(opset11.gather(pixels, np.int32(0), np.int32(0)), "i32")
        less = opset11.subtract(pixel, opset11.add(pixel, np.int32(1)))
        self._zero = opset11.add(less, np.int32(1))
        self._minus_one = opset11.convert(less, "f32")
        self._one = opset11.multiply(self._minus_one, self._minus_one)

    def run(self) -> None:
        for node in self._model.get_ordered_ops():
            rewrite = getattr(self, f"_{node.get_type_name().lower()}", None)
            if rewrite is not None and node.get_output_element_type(0) == self._float:
                new = rewrite(node)
                if new is not None:
                    _replace(node, new)

    def _divide(self, node: "openvino.Node") -> "openvino.Node":
        return self._ops.multiply(
            _source(node, 0), self._ops.power(_source(node, 1), self._minus_one)
        )

    def _subtract(self, node: "openvino.Node") -> "openvino.Node":
        return self._ops.add(
            _source(node, 0), self._ops.multiply(_source(node, 1), self._minus_one)
        )

    def _power(self, node: "openvino.Node") -> "openvino.Node":
        exponent = _constant(node, 1)
        if exponent is None or exponent.size != 1:
            return None
        if exponent.item() == 0.5:
            return self._ops.sqrt(_source(node, 0))
        return self._ops.power(_source(node, 0), self._ops.multiply(_source(node, 1), self._one))

    def _interpolate(self, node: "openvino.Node") -> "openvino.Node":
        """Rows and columns of (N, H, W, C), in the plugin's own order of axes."""
        attributes = node.get_attributes()
        axes = None if node.get_input_size() != 3 else _constant(node, 2)
        if axes is None or list(axes) != [1, 2] or "pillow" in attributes["mode"]:
            return None
        ops, channels = self._ops, node.get_output_partial_shape(0)[3]
        x = self._turned(_source(node, 0), channels == 1, to_front=True)
        sizes, scales = ops.constant(np.ones(2, np.int32)), ops.constant(np.ones(2, np.float32))
        by_size = attributes["shape_calculation_mode"] == "sizes"
        given = _source(node, 1)
        inputs = (given, scales.output(0)) if by_size else (sizes.output(0), given)
        axes = ops.constant(np.array([2, 3]))
        resized = self._factory.create(
            "Interpolate", [x.output(0), *inputs, axes.output(0)], attributes
        )
        return self._turned(resized.output(0), channels == 1, to_front=False)

    def _turned(self, x: "openvino.Output", is_single: bool, to_front: bool) -> "openvino.Node":
        """Channels from the last axis to the second, or back; moving a single one is no turning."""
        ops, shape = self._ops, x.get_partial_shape()
        if not is_single:
            return ops.transpose(x, np.array([0, 3, 1, 2] if to_front else [0, 2, 3, 1]))
        old, new = (3, 1) if to_front else (1, 3)
        if shape.is_static:
            sides = [side for axis, side in enumerate(shape.to_shape()) if axis != old]
            return ops.reshape(x, np.array([*sides[:new], 1, *sides[new:]]), False)
        return ops.unsqueeze(ops.squeeze(x, np.array([old])), np.array([new]))

    def _unsqueeze(self, node: "openvino.Node") -> "openvino.Node | None":
        if len(node.get_input_partial_shape(0)):
            return None
        return self._ops.reshape(_source(node, 0), np.array([1]), False)

    def _matmul(self, node: "openvino.Node") -> "openvino.Node":
        matrix = _constant(node, 1)
        if matrix is not None and matrix.size <= _LARGEST_MATRIX:  # Else it is a dense layer's.
            _set_source(node, 1, self._ops.multiply(_source(node, 1), self._one))
        operands = [_source(node, 0), _source(node, 1)]
        ranks = [len(operand.get_partial_shape()) for operand in operands]
        if sorted(ranks) != [2, 3]:
            return None
        flat = ranks.index(2)
        operands[flat] = self._ops.unsqueeze(operands[flat], np.array(0)).output(0)
        attributes = node.get_attributes()
        return self._ops.matmul(*operands, attributes["transpose_a"], attributes["transpose_b"])

    def _reshape(self, node: "openvino.Node") -> None:
        if _constant(node, 1) is None:
            shape = _source(node, 1)
            zero = self._ops.convert(self._zero, shape.get_element_type().get_type_name())
            _set_source(node, 1, self._ops.add(shape, zero))

    def _convert(self, node: "openvino.Node") -> None:
        if node.get_input_element_type(0) == self._integer:
            _set_source(node, 0, self._ops.add(_source(node, 0), self._zero))

    def _multiply(self, node: "openvino.Node") -> None:
        """A factor for all pixels would be moved in front of what moves them."""
        for index in (0, 1):
            factor, moved = _constant(node, index), _source(node, 1 - index).get_node()
            if factor is not None and factor.size == 1 and moved.get_type_name() in _MOVES:
                _set_source(node, index, self._ops.multiply(_source(node, index), self._one))

    _add = _multiply


def _source(node: "openvino.Node", index: int) -> "openvino.Output":
    return node.input(index).get_source_output()


def _set_source(node: "openvino.Node", index: int, new: "openvino.Node") -> None:
    node.input(index).replace_source_output(new.output(0))


def _constant(node: "openvino.Node", index: int) -> np.ndarray | None:
    source = _source(node, index).get_node()
    return np.asarray(source.data) if source.get_type_name() == "Constant" else None


def _replace(node: "openvino.Node", new: "openvino.Node") -> None:
    name = node.get_friendly_name()
    for target in list(node.output(0).get_target_inputs()):
        target.replace_source_output(new.output(0))
    new.set_friendly_name(name)
