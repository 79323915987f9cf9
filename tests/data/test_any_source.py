"""What gives samples is a source: lists, records, iterables, and those of this package."""

import pytest

from densedepth_tf.data.any_source import as_source
from densedepth_tf.data.batches.loader import Loader, StreamLoader, open_loader
from densedepth_tf.data.rooms.rooms import RoomsSource
from densedepth_tf.data.source import RecordSource
from densedepth_tf.files.bad_sample import BadSampleError


def sample(index):
    return {"image": None, "depth": None, "name": f"{index}.jpg"}


def names(source, indexes=None):
    """What is read of a source: names by index; of bad samples what is wrong with them."""
    found = {}
    for index, read in source.readers(indexes):
        try:
            found[index] = read()["name"]
        except BadSampleError as error:
            found[index] = str(error)
    return found


class Records:
    """Records are numbers; 2 is damaged."""

    def records(self):
        return iter(range(4))

    def decode(self, record):
        if record == 2:
            raise BadSampleError("damaged")
        return sample(record)


class Named(list):
    title, crop, image_size = "mine", (1, 2, 3, 4), (5, 6)

    def sample_name(self, index):
        return f"{index}.jpg"


def ends_at_a_bad_sample():
    yield sample(0)
    raise BadSampleError("cut off")


def test_a_list_is_read_at_any_place():
    source = as_source([sample(index) for index in range(5)])
    assert source.num_samples() == len(source) == 5 and source.title == "list"
    assert names(source, [3, 1]) == {1: "1.jpg", 3: "3.jpg"}
    assert [read()["name"] for read in source.spread_readers(3)] == ["0.jpg", "2.jpg", "4.jpg"]
    assert source.sample_names() is None and source.sample_name(3) == "sample 3"
    assert source.crop is None and source.repeatable


def test_what_a_list_tells_is_taken():
    source = as_source(Named([sample(0), sample(1)]))
    assert (source.title, source.crop, source.image_size) == ("mine", (1, 2, 3, 4), (5, 6))
    assert list(source.sample_names()) == ["0.jpg", "1.jpg"]


def test_records_are_read_in_order_and_no_further_than_wanted():
    source = as_source(Records())
    assert names(source) == {0: "0.jpg", 1: "1.jpg", 2: "damaged", 3: "3.jpg"}
    assert names(source, [1]) == {1: "1.jpg"} and names(source, []) == {}
    assert source.num_samples() is None and source.repeatable
    with pytest.raises(TypeError, match="Nobody knows how many samples there are in Records"):
        len(source)


def test_an_iterator_is_read_once_and_a_dead_one_is_told():
    once = as_source(iter([sample(0), sample(1), sample(2)]))
    assert names(once, [1]) == {1: "1.jpg"} and not once.repeatable
    assert names(as_source(ends_at_a_bad_sample())) == {0: "0.jpg", 1: "cut off"}

    class Promising:
        def __len__(self):
            return 4

        def __iter__(self):
            return ends_at_a_bad_sample()

    with pytest.raises(ValueError, match="cut off The 2 samples after it cannot be reached"):
        names(as_source(Promising()))


class Shards(RecordSource):
    title, shards, is_whole = "mine/train", [], True

    def __len__(self):
        return 4

    def records(self):
        return iter(range(4))

    def decode(self, serialized):
        return Records().decode(serialized)


def test_a_source_is_one_already_and_says_which_loader_reads_it():
    rooms, shards = RoomsSource("train", 3, image_size=(16, 16), seed=0), Shards()
    assert as_source(rooms) is rooms and as_source(shards) is shards
    assert type(open_loader(rooms)) is Loader and type(open_loader(shards)) is StreamLoader
    cached = open_loader(rooms, cache=True).source
    assert cached[1] is cached[1] and list(cached.sample_names()) == list(rooms.sample_names())


def test_a_stream_goes_on_after_a_bad_record():
    stream = iter(Shards())
    assert [next(stream)["name"] for _ in range(2)] == ["0.jpg", "1.jpg"]
    with pytest.raises(BadSampleError):
        next(stream)
    assert next(stream)["name"] == "3.jpg"
    assert next(iter(Shards().spread_readers(2)))()["name"] == "0.jpg"
