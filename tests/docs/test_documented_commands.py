"""Every command line on the pages of the documentation is one that its command takes."""

import importlib

import pytest
from documented import PAGES, REPOSITORY, command_lines

from densedepth_tf.__main__ import COMMANDS

LINES = [
    pytest.param(words, id=f"{page.relative_to(REPOSITORY)}-{number}")
    for page in PAGES
    for number, words in enumerate(command_lines(page))
]


class Accepted(BaseException):
    """The command has parsed and checked its line, and would begin its work."""


@pytest.mark.parametrize("words", LINES)
def test_a_documented_command_is_accepted(words, monkeypatch):
    command, *flags = words
    assert command in COMMANDS
    module = importlib.import_module(f"densedepth_tf.commands.{command.replace('-', '_')}")

    def accept(*_, **__):
        raise Accepted

    monkeypatch.setattr(module, "run", accept)
    monkeypatch.chdir(REPOSITORY)
    with pytest.raises(Accepted):
        module.main(flags)


def test_pages_of_every_kind_are_read():
    assert len(LINES) > 100
    # A target of make, and what shells read.
    left_out = {"demo", "completion"}
    assert {param.values[0][0] for param in LINES} == set(COMMANDS) - left_out
