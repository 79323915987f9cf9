"""What the site adds to the pages of `docs/`: a reference of commands, and links that lead on."""

import importlib
import re
import sys
from pathlib import Path

import pytest

import densedepth_tf
from densedepth_tf.__main__ import COMMANDS

REPOSITORY = Path(__file__).parents[2]
CODE_HOST = "https://code.example/owner/name"


@pytest.fixture(scope="module")
def site():
    """The modules that the site is built with."""
    sys.path.insert(0, str(REPOSITORY / "docs/site"))
    yield importlib.import_module
    sys.path.remove(str(REPOSITORY / "docs/site"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_flag_of_every_command_is_in_the_reference(site, command):
    reference = site("command_reference")
    page = reference.command_page(command)
    flags = [
        flag
        for action in reference.parser_of(command)._actions
        for flag in action.option_strings
        if flag.startswith("--")
    ]
    assert "--debug" in flags
    described = re.findall(r"`(--[\w-]+\+?)`(?=.* \{ #)", page)
    assert sorted(described) == sorted(flags)
    assert "SUPPRESS" not in page and "(default: None)" not in page


def test_every_public_name_exists_and_is_in_the_reference():
    pages = (REPOSITORY / "docs/reference/api").glob("*.md")
    text = "\n".join(page.read_text() for page in pages)
    described = re.findall(r"^::: densedepth_tf\.(\w+)$", text, re.MULTILINE)
    assert sorted(described) == sorted(densedepth_tf.__all__)
    for name in densedepth_tf.__all__:
        assert getattr(densedepth_tf, name).__doc__, name


def test_links_of_the_readme_lead_to_the_sites_pages(site):
    pytest.importorskip("mkdocs")
    links = site("hooks").with_site_links
    text = "[a](docs/data/nyu.md#x) [b](densedepth_tf/configs/study/nyu.yaml) [c](#here) [d](https://e.org/docs/f.md)"
    assert links(text, "README.md", "index.md", CODE_HOST) == (
        f"[a](data/nyu.md#x) [b]({CODE_HOST}/blob/main/densedepth_tf/configs/study/nyu.yaml) "
        "[c](#here) [d](https://e.org/docs/f.md)"
    )
    text = "[a](../../docs/images/demo.png) [b](../../README.md)\n```\n[c](../data.md)\n```\n"
    card = "densedepth_tf/presets/nyu_small.md"
    assert links(text, card, "reference/nyu_small.md", CODE_HOST) == (
        "[a](../images/demo.png) [b](../index.md)\n```\n[c](../data.md)\n```\n"
    )
