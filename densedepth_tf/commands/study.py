"""`python -m densedepth_tf study`: several systems on the same data with the same budget."""

import shlex
import sys
from typing import NoReturn

from densedepth_tf.commands.arguments.number_arguments import count
from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import Parser, run
from densedepth_tf.commands.shell.named_config import find_config, named_configs

STUDIES = "study"  # their folder among the package's configurations
CONFIG_HELP = f"YAML file, or one that comes with the package: {', '.join(named_configs(STUDIES))}"


@command_edge("densedepth study")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Trains, measures and reports; going on where an earlier call stopped."""
    parser = Parser(
        prog="densedepth study",
        description="Trains every system of a study, measures them all and writes study.md with "
        "curves, costs and examples. Run the same command again to resume.",
        other_names={"path": "--config"},
    )
    add = parser.add_argument
    add("--config", metavar="FILE", required=True, help=CONFIG_HELP)
    add("--data-dir", metavar="PATH", help="the data set's folder")
    add("--workdir", metavar="DIR", required=True, help="folder of the study, or its address")
    add("--epochs", type=count, metavar="N", help="passes over the data, instead of the file's")
    add(
        "--seeds",
        type=count,
        metavar="N",
        help="trainings of each system, which differ in their seed, instead of the file's",
    )
    given = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args(given)

    def body() -> int:
        from densedepth_tf.files.bucket import below
        from densedepth_tf.files.outputs.input_safety import InputSafety
        from densedepth_tf.files.text_file import read_text
        from densedepth_tf.files.told_as import told_as
        from densedepth_tf.study.config import read_study
        from densedepth_tf.study.report import FILES, REPORT_FILE
        from densedepth_tf.study.study import run_study

        workdir = options.workdir
        config = find_config(options.config, STUDIES)
        with told_as(config, options.config):
            study = read_study(
                config,
                workdir,
                options.data_dir,
                options.epochs,
                options.seeds,
            )
        written = [below(workdir, name) for name in FILES]
        written += [
            below(run.workdir, "config.yaml") for runs in study.runs.values() for run in runs
        ]
        InputSafety([config, options.data_dir]).check([workdir, *written], "workdir")
        run_study(study, workdir, shlex.join(["python", "-m", "densedepth_tf", "study", *given]))
        report = below(workdir, REPORT_FILE)
        print(read_text(report))
        print(f"Written to {report}")
        return 0

    run(parser, body, tensorflow=True)
