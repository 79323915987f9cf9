"""What an error of somebody else's says, short enough for the middle of a sentence."""

LONGEST = 200


def first_line(error: BaseException) -> str:
    """The first line of an error's text, at most 200 characters; its type where it has no text."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:LONGEST]
