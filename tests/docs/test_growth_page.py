"""The page of what large work costs has the figures that the script computes."""

import importlib.util

import pytest
from documented import REPOSITORY


@pytest.fixture(scope="module")
def growth():
    spec = importlib.util.spec_from_file_location("growth", REPOSITORY / "benchmarks/growth.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_its_tables_are_the_scripts(growth):
    page = (REPOSITORY / "docs/performance/growth.md").read_text()
    assert growth.cpu_days() in page
    assert all(growth.table(faster) in page for faster in growth.FASTER)
    assert f"{growth.GPU_FACTOR:.1f} times machine A" in page


def test_one_gpu_takes_the_published_day(growth):
    epochs = growth.WORKS["DenseDepth-169, 20 epochs of NYU"]
    assert growth.hours(epochs, 1) == pytest.approx(24)


def test_a_step_between_hosts_exchanges_twice_all_but_a_share(growth):
    """8 hosts of 8: 2 * 7/8 of the gradient within a host, and again between hosts."""
    work = growth.WORKS["DenseDepth-169, 1 M steps of 8"]
    bytes_sent = 2 * 7 / 8 * work.gradient_bytes
    seconds = bytes_sent / growth.WITHIN_HOST_BYTES + bytes_sent / growth.NETWORK_BYTES
    assert growth.parts(work, 64)["exchange"] == pytest.approx(seconds / (64 * 8))
