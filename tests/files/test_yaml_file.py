"""YAML from anybody is read within bounds."""

import pytest
import yaml

from densedepth_tf.files.yaml_file import read_yaml

LAUGHS = "\n".join(
    ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
)
MERGES = "\n".join(
    ["a0: &a0 {x: 1}"]
    + [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 10)]
)


def test_plain_values_and_anchors_are_what_yaml_says(tmp_path):
    text = "common: &c {epochs: 3, rate: 1.0e-4}\nsystems: {one: {<<: *c, epochs: 4}, two: *c}\n"
    (tmp_path / "a.yaml").write_text(text)
    values = read_yaml(tmp_path / "a.yaml")
    assert values == yaml.safe_load(text)
    assert values["systems"]["one"] == {"epochs": 4, "rate": 1e-4}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 3000 + "]" * 3000, "nested more than 20 levels"),
        ("{a: " * 3000 + "1" + "}" * 3000, "nested more than 20 levels"),
        (LAUGHS, "more than 100000 values"),
        (MERGES, "more than 100000 values"),
        ("&a [*a]", "inside what it stands for"),
        ("&a {b: [*a]}", "inside what it stands for"),
        ("a: " + "x" * (1 << 20), "more than 1 MB"),
        ("a: *unknown", "undefined alias"),
        ("a: !!python/object/apply:os.system [true]", "could not determine a constructor"),
        ("epochs: " + "9" * 5000, "integer string conversion"),
        ("day: 2026-99-99", "month"),
        ("a: b: c", "mapping values are not allowed"),
        ("\0", "special characters"),
    ],
)
def test_what_is_no_such_file_is_refused_in_bounds(tmp_path, text, said):
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(ValueError, match=said):
        read_yaml(tmp_path / "a.yaml")


def test_other_encodings_are_refused(tmp_path):
    (tmp_path / "a.yaml").write_bytes("a: ä".encode("utf-16"))
    with pytest.raises(ValueError, match="decode"):
        read_yaml(tmp_path / "a.yaml")
