"""True depth as files, for evaluation elsewhere or to spare projecting scans again."""

import os

from densedepth_tf.data.kitti.drive import KITTI_DEPTH_SCALE
from densedepth_tf.data.sequences.frame_targets import Target
from densedepth_tf.data.sequences.sequence_depth_source import SequenceDepthSource
from densedepth_tf.data.sequences.sequence_split import check_replaceable_split, write_split
from densedepth_tf.files.atomic import write_bytes
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.depth.depth_file import encode_depth_png
from densedepth_tf.files.depth.written_depth import WrittenDepth
from densedepth_tf.files.outputs.output_place import OutputPlace, output_place
from densedepth_tf.files.outputs.own_outputs import is_own_output
from densedepth_tf.process.available_cores import available_cores
from densedepth_tf.process.map_ahead import map_ahead
from densedepth_tf.process.progress_bar import ProgressBar

FRAME_LIST = "frames.txt"


def export_ground_truth(
    source: SequenceDepthSource, output: str | os.PathLike, strict: bool = False
) -> WrittenDepth:
    """Writes the true depth of frames as 16-bit PNG, metres = value / 256, 0 = missing.

    Depth maps of KITTI are laid out like KITTI's improved ones,
    `date/drive/proj_depth/groundtruth/image_02/0000000005.png`, and can be read back as these.
    `frames.txt` lists the frames as a split file. Files that are there already are replaced only
    if they were written by this package, so that the data's own are safe.

    Args:
        source: The frames.
        output: The folder to write, or its address in a bucket.
        strict: Stop at the first frame that cannot be used.

    Raises:
        BadSampleError: With `strict`.
        ValueError: If no frame can be used, or a file of somebody else's is in the way.
        OSError: If the folder cannot be written, or another process is writing to it; this is
            found out before the work begins.
    """
    place = output_place(output)
    names = [target.sequence.depth_name(target.number) for target in source.targets]
    place.check_own(names, is_own_output)
    with place.brought(FRAME_LIST) as path:
        check_replaceable_split(path, place.shown(path))
    place.check_writable()
    with place.claim([FRAME_LIST, *names]):
        return _export(source, place, strict)


def _export(source: SequenceDepthSource, place: OutputPlace, strict: bool) -> WrittenDepth:
    done = WrittenDepth()
    lines = []

    def write(numbered: tuple[int, Target]) -> str | None:
        index, target = numbered
        try:
            depth = source[index]["depth"]
        except BadSampleError as error:
            if strict:
                raise
            return str(error)
        name = target.sequence.depth_name(target.number)
        write_bytes(place.folder / name, encode_depth_png(depth, KITTI_DEPTH_SCALE))
        place.publish([name])
        return None

    threads = min(4, available_cores())
    problems = map_ahead(write, enumerate(source.targets), threads, 2 * threads)
    total = len(source)
    pairs = zip(source.targets, problems, strict=True)
    for target, problem in ProgressBar(pairs, total=total, unit="frame", leave=False):
        if problem is None:
            lines.append(target.split_line)
        else:
            done.bad.append(problem)
    if not lines:
        raise ValueError(f"None of {total} frames of {source.title} has depth: {done.bad[0]}")
    write_split(place.folder / FRAME_LIST, lines, None)
    place.publish([FRAME_LIST])
    done.num_written = len(lines)
    return done
