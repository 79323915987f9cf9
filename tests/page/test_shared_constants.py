"""What the page's code believes of colours, lenses and files is what the package does."""

from densedepth_tf.page.shared_constants import CONSTANTS_FILE, constants_text


def test_the_generated_file_is_current():
    assert CONSTANTS_FILE.read_text(encoding="utf-8") == constants_text(), (
        "run `python -m densedepth_tf.page.shared_constants`"
    )
