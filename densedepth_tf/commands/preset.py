"""`python -m densedepth_tf preset`: a trained model as one small file."""

from pathlib import Path
from typing import NoReturn

from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import Parser, run

MEGABYTE = 1_000_000


@command_edge("densedepth preset")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Parses and writes; exit code 0, or 2 with one line."""
    parser = Parser(
        prog="densedepth preset",
        description="Writes a trained DenseDepth as one small file with float16 weights, which "
        "every command takes as --checkpoint. With the packages onnx and tf2onnx it starts in "
        "predict.py without TensorFlow.",
    )
    parser.add_argument(
        "--checkpoint",
        required=True,
        action="append",
        metavar="PATH",
        help="run folder or .keras file; repeat for the mean of the weights of runs with one start",
    )
    parser.add_argument(
        "--precision",
        choices=("float16", "float32"),
        default="float16",
        help="of the kernels; float32 is twice as large and exact",
    )
    parser.add_argument("--output", required=True, metavar="FILE", help="the .npz file to write")
    options = parser.parse_args(arguments)

    # Not above: it imports NumPy, which --help can do without.
    from densedepth_tf.checkpoints import is_there

    output = options.output
    if Path(output).suffix != ".npz":
        parser.error(f"--output ends in .npz. Received: '{output}'")

    def body() -> None:
        from densedepth_tf.checkpoint_origin import copy_seen_samples
        from densedepth_tf.checkpoints import load
        from densedepth_tf.data.seen_samples import SAMPLES_FILE
        from densedepth_tf.export.parity import BOUNDS, ParityError, check_parity
        from densedepth_tf.files.atomic import atomic_path
        from densedepth_tf.files.claims import claim
        from densedepth_tf.files.outputs.input_safety import InputSafety
        from densedepth_tf.files.outputs.staged_output import staged_output
        from densedepth_tf.presets.mean_of_weights import mean_of_weights
        from densedepth_tf.presets.preset_file import read_preset, write_preset
        from densedepth_tf.runtimes.onnx_session import runs_onnx
        from densedepth_tf.runtimes.preset import PresetEstimator
        from densedepth_tf.runtimes.preset_archive import has_graph

        listed = f"{Path(output).stem}.{SAMPLES_FILE}"
        with staged_output(
            output, beside=[listed], completes=[Path(output).name], inputs=options.checkpoint
        ) as here:
            InputSafety(options.checkpoint).check([here])
            alone = claim(here.absolute().parent, [here.name])
            checkpoints = dict.fromkeys(options.checkpoint)
            if len(checkpoints) == 1:
                model = load(options.checkpoint[0])
            else:
                model = mean_of_weights({name: load(name) for name in checkpoints})
            # What differs too much must not stay.
            with alone, atomic_path(here) as temporary:
                write_preset(model, temporary, options.precision)
                bound = BOUNDS[options.precision]
                try:
                    parity = check_parity(model, read_preset(temporary), bound)
                except ParityError as error:
                    if options.precision == "float32":
                        raise
                    raise ValueError(
                        "Rounding this model's kernels to float16 changes its depth, as it often "
                        "does after a short training: pass --precision float32, which keeps them "
                        f"as they are, or train longer ({error})"
                    ) from error
                if not has_graph(temporary):
                    graph = "none (pip install onnx tf2onnx, KERAS_BACKEND=tensorflow)"
                elif not runs_onnx():
                    graph = "written, not compared (pip install onnxruntime)"
                else:
                    graph = str(check_parity(model, PresetEstimator(temporary), BOUNDS["float16"]))
                copy_seen_samples(list(checkpoints), here)
            size = here.stat().st_size / MEGABYTE
        print(f"{output}: {size:.2f} MB, {parity}")
        print(f"ONNX graph for predict.py: {graph}")

    run(parser, body, tensorflow=lambda: all(map(is_there, options.checkpoint)))
