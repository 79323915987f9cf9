"""What every command says and returns when some of its input was bad."""

from densedepth_tf.commands.command_line import report_bad


def test_ten_reasons_are_named_and_the_rest_counted(capsys):
    assert report_bad("Skipped 12 files:", [f"{index}.jpg" for index in range(12)]) == 1
    output, errors = capsys.readouterr()
    assert not output
    assert errors.splitlines() == [
        "Skipped 12 files:",
        *(f"  {index}.jpg" for index in range(10)),
        "  and 2 more",
    ]


def test_nothing_bad_is_nothing_said(capsys):
    assert report_bad("Skipped 0 files:", []) == 0
    assert not capsys.readouterr().err
