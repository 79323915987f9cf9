"""Records of TFRecord files as TensorFlow writes them, read without it."""

import pytest
import tensorflow as tf

from densedepth_tf.data.tfrecord.crc32c import masked_crc32c
from densedepth_tf.data.tfrecord.example_wire import feature_values
from densedepth_tf.data.tfrecord.record_spans import image_of_record, record_spans

LENGTHS = (0, 1, 3, 4, 63, 64, 65, 1023, 1024, 1025, 5000, 40_000)


# RFC 3720, B.4.
@pytest.mark.parametrize(
    ("content", "crc"),
    [
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(reversed(range(32))), 0x113FDB5C),
    ],
)
def test_checksums_of_the_standard(content, crc):
    assert masked_crc32c(content) == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_records_lie_where_they_were_written_with_their_checksums(tmp_path, rng):
    contents = [example(name=str(length), image=rng.bytes(length)) for length in LENGTHS]
    path = write(tmp_path / "a.tfrecord", contents)
    spans = list(record_spans(path))
    assert [span.name for span in spans] == [str(length) for length in LENGTHS]
    for span, content in zip(spans, contents, strict=True):
        assert path.read_bytes()[span.start : span.start + span.length] == content
        assert masked_crc32c(content) == span.checksum
    assert (
        image_of_record(memoryview(contents[-1]), spans[-1].checksum)
        == feature_values(memoryview(contents[-1]))["image"]
    )
    (tmp_path / "empty.tfrecord").write_bytes(b"")
    assert not list(record_spans(tmp_path / "empty.tfrecord"))


def test_features_of_all_kinds():
    features = {
        "text": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"a", b"b"])),
        "none": tf.train.Feature(bytes_list=tf.train.BytesList()),
        "numbers": tf.train.Feature(int64_list=tf.train.Int64List(value=[1, -1, 2**40])),
        "floats": tf.train.Feature(float_list=tf.train.FloatList(value=[0.5] * 9)),
    }
    record = tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()
    assert feature_values(memoryview(record)) == {
        "text": b"a",
        "none": None,
        "numbers": None,
        "floats": None,
    }


@pytest.mark.parametrize("cut", [1, 4, 11, 12, 30, 60])
def test_what_is_cut_off_is_the_last_record(tmp_path, cut):
    record = example(name="n" * 40, image=b"i" * 40)
    path = write(tmp_path / "a.tfrecord", [record, record])
    content = path.read_bytes()
    path.write_bytes(content[:-cut])
    first, second = record_spans(path)
    assert not first.problem and second.number == 1 and second.length is None
    assert second.problem == "the file ends within it"


def test_damage_is_found(tmp_path):
    record = example(name="a", image=b"0123456789" * 200)
    path = write(tmp_path / "a.tfrecord", [record, record])
    content = bytearray(path.read_bytes())
    content[12 + 500] ^= 1
    content[len(content) // 2] ^= 1  # the length of the second record
    path.write_bytes(content)
    first, second = record_spans(path)
    assert second.problem == "the checksum of its length is wrong"
    with pytest.raises(ValueError, match="its checksum is wrong"):
        image_of_record(memoryview(bytes(content[12 : 12 + len(record)])), first.checksum)
    path.write_bytes(b"no records at all, whatever it is called")
    (only,) = record_spans(path)
    assert only.problem == "this is no TFRecord file"


def test_any_text_for_a_record_is_told(rng):
    record = bytearray(example(name="a", image=b"0123456789"))
    for _ in range(300):
        changed = bytearray(record)
        changed[rng.integers(len(record))] = rng.integers(256)
        try:
            features = feature_values(memoryview(bytes(changed)))
        except ValueError as error:
            assert "record" in str(error)
        else:
            assert all(value is None or len(value) <= len(record) for value in features.values())


def example(**texts):
    values = {
        name: text.encode() if isinstance(text, str) else text for name, text in texts.items()
    }
    feature = {
        name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        for name, value in values.items()
    }
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString(
        deterministic=True
    )


def write(path, records):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)
    return path
