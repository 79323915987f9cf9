"""What is published with a version says the same version."""

import importlib
import re
import tomllib

import yaml
from documented import REPOSITORY

import densedepth_tf


def test_the_citation_and_the_change_log_know_the_version():
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())
    versions = re.findall(r"^## (\d\S*)", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert str(citation["version"]) == versions[0] == densedepth_tf.__version__


def test_the_package_takes_its_version_from_the_code():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    assert "version" in project["project"]["dynamic"]
    attribute = project["tool"]["setuptools"]["dynamic"]["version"]["attr"]
    module, _, name = attribute.rpartition(".")
    assert vars(importlib.import_module(module))[name] is densedepth_tf.__version__


def test_the_readme_is_short():
    assert len((REPOSITORY / "README.md").read_text().splitlines()) <= 120
