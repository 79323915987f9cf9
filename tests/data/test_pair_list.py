import pytest

from densedepth_tf.data.pairs.pair_list import Pair, parse_pairs
from densedepth_tf.files.file_tree import relative_name


def test_rows_without_and_with_a_header():
    rows = b"a/1.jpg,a/1.png\n\nb/2.jpg , b/2.png,extra\r\n"
    expected = [Pair("a/1.jpg", "a/1.png"), Pair("b/2.jpg", "b/2.png")]
    assert parse_pairs(rows, "list.csv") == expected
    assert parse_pairs(b"image,depth\n" + rows, "list.csv") == expected
    assert parse_pairs(b"\xef\xbb\xbfimage,depth\n" + rows, "list.csv") == expected


def test_a_header_may_name_the_columns_in_another_order():
    rows = b"id,depth,image\n7,d/1.png,c/1.jpg\n"
    assert parse_pairs(rows, "list.csv") == [Pair("c/1.jpg", "d/1.png")]


def test_quoted_names_and_backslashes():
    assert parse_pairs(b'"a, b.jpg",d\\1.png\n', "list.csv") == [Pair("a, b.jpg", "d/1.png")]


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd.png",
        "../1.png",
        "a/../../1.png",
        "C:\\1.png",
        "c:/1.png",
        "..\\1.png",
        "//x.png",
    ],
)
@pytest.mark.parametrize("column", [0, 1])
def test_names_that_lead_outside_are_refused_with_the_row(name, column):
    cells = ["fine.jpg", "fine.png"]
    cells[column] = name
    content = f"fine.jpg,fine.png\n{','.join(cells)}\n".encode()
    with pytest.raises(ValueError, match=r"'list\.csv', row 2.*stay inside"):
        parse_pairs(content, "list.csv")


@pytest.mark.parametrize("name", ["", " ", ".", "a\0.png"])
def test_names_that_are_none(name):
    with pytest.raises(ValueError, match="relative"):
        relative_name(name)


@pytest.mark.parametrize("row", [b"lonely.jpg", b"a.jpg,", b",a.png"])
def test_incomplete_rows_are_refused(row):
    with pytest.raises(ValueError, match=r"row 2: needs `image,depth`"):
        parse_pairs(b"a.jpg,a.png\n" + row, "list.csv")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"image,depth\n"])
def test_empty_lists(content):
    with pytest.raises(ValueError, match=r"'list\.csv' lists no images"):
        parse_pairs(content, "list.csv")


def test_binary_files():
    with pytest.raises(ValueError, match="UTF-8"):
        parse_pairs(b"\xff\xfe\x00\x01", "list.csv")
