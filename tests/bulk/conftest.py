"""One Ray for all tests that do not ask for one of their own: every start costs many seconds."""

import contextlib

import pytest


@pytest.fixture(scope="session")
def ray_of_all():
    """Holds the Ray that tests share."""
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture
def shared_ray(ray_of_all, s3_files):
    """This process has joined a Ray of two actors or more, which finds the bucket."""
    ray = pytest.importorskip("ray", reason="Ray is not installed: densedepth-tf[ray]")
    from densedepth_tf.bulk.ray_cluster import ray_cluster

    if not ray.is_initialized():
        ray_of_all.enter_context(ray_cluster(actors=2))


@pytest.fixture
def no_ray(ray_of_all):
    """This process has joined none: what runs starts one of its own, or joins a cluster."""
    ray_of_all.close()
