"""The page on contributing names files and rooms that there are."""

import re

import pytest
from documented import REPOSITORY

PAGE = (REPOSITORY / "CONTRIBUTING.md").read_text()


@pytest.mark.parametrize("title", ("The rooms of the house", "Where do I add ...?"))
def test_every_place_that_is_named_exists(title):
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    named = re.findall(r"`([a-z_]+/[a-z_/]*(?:\.py)?)`", section)
    named += re.findall(r"^  ([a-z_]+(?:/|\.py))", section, re.MULTILINE)
    assert len(named) > 8
    missing = [name for name in named if not (REPOSITORY / "densedepth_tf" / name).exists()]
    assert not [name for name in missing if not (REPOSITORY / name).exists()]
