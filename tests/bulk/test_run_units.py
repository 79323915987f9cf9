import sys

import pytest

from densedepth_tf.bulk.ray_cluster import ray_cluster
from densedepth_tf.bulk.run_units import call_once, run_units

pytestmark = pytest.mark.long


@pytest.fixture
def pool(shared_ray):
    with ray_cluster(actors=1) as pool:
        yield pool


def test_what_is_not_installed_on_a_node_is_one_line(pool, tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text("def work(*arguments):\n    return print\n")
    monkeypatch.syspath_prepend(tmp_path)
    import only_here

    for run in (
        lambda: call_once(only_here.work, pool=pool),
        lambda: list(run_units([1], only_here.work, pool=pool)),
    ):
        with pytest.raises(OSError, match=r"^Ray failed: [^\n]*No module named 'only_here'[^\n]*$"):
            run()
    del sys.modules["only_here"]
