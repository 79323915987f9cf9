"""What every reader of a data set raises for one file that cannot be used."""


class BadSampleError(ValueError):
    """One sample cannot be used; the message names the file and what is wrong with it.

    Training and inspection report it, skip the sample and count it, unless told to be strict.
    """
