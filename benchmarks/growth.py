"""What large work costs on 1, 8 and 64 GPUs, computed from single-device figures that are stated.

    python benchmarks/growth.py

Nothing is measured here. A GPU is `GPU_FACTOR` times as fast as the machine whose seconds are
measured, which is the published figure of one GPU; a second table has one that is 20 times as fast
as that. Data rates are measured or assumed, as named. A device works while the next batch is read;
gradients are exchanged after each step.
"""

from dataclasses import dataclass

GPUS = (1, 8, 64)
GPUS_PER_HOST = 8
CORES_PER_GPU = 4  # assumed
# Published: 20 epochs of 50,688 images in 24 hours on one Titan RTX (DenseDepth's README), against
# 4 images in 4.26 s on the 2 cores of machine A.
GPU_FACTOR = (20 * 50_688 / (24 * 3600)) / (4 / 4.26)
FASTER = (1, 20)  # as the published GPU, and an assumed one that is 20 times as fast
# Measured, samples/s (input pipeline); three frames are assumed to take three photographs' time.
DECODED_PER_CORE = {"pair": 182.0, "photograph": 999.0, "three frames": 999.0 / 3}
BUCKET_BYTES = 100e6  # assumed, bytes/s that a host reads from a bucket
NETWORK_BYTES = 1.25e9  # assumed, bytes/s between hosts: 10 Gbit/s
WITHIN_HOST_BYTES = 12e9  # assumed, bytes/s between GPUs of a host: PCIe 3


@dataclass(frozen=True)
class Work:
    """Work to be done, and what one device of machine A takes for an image of it.

    Attributes:
        images: How many images or frames.
        cpu_seconds: Of an image on machine A, measured.
        stored_bytes: Of an image, as it is read.
        decoding: What kind of decoding it takes.
        gradient_bytes: What a step exchanges: 4 bytes a trained weight; 0 for prediction.
        batch_size: Images of a device's step.
    """

    images: int
    cpu_seconds: float
    stored_bytes: float
    decoding: str
    gradient_bytes: float = 0
    batch_size: int = 8


WORKS = {
    "DenseDepth-169, 20 epochs of NYU": Work(
        20 * 50_688, 4.26 / 4, 4.1e9 / 50_688, "pair", 4 * 21_365_405
    ),
    "DenseDepth-169, 1 M steps of 8": Work(
        8_000_000, 4.26 / 4, 4.1e9 / 50_688, "pair", 4 * 21_365_405
    ),
    "Monodepth2, 20 epochs of KITTI": Work(
        20 * 39_810, 3.44 / 4, 3 * 60e3, "three frames", 4 * 26_829_728, 12
    ),
    "1 M photographs, DenseDepth-169": Work(1_000_000, 0.328, 200e3, "photograph"),
    "a day of video, 25 frames/s": Work(24 * 3600 * 25, 0.328, 25e3, "photograph"),
}


def parts(work: Work, gpus: int, faster: float = 1) -> dict[str, float]:
    """Seconds for each image, of all devices together, that each part takes by itself."""
    hosts = -(-gpus // GPUS_PER_HOST)
    exchanged = 0.0
    if work.gradient_bytes:
        # A ring passes each byte on twice, but for what each member holds itself.
        exchanged = sum(
            2 * (members - 1) / members * work.gradient_bytes / rate
            for members, rate in (
                (min(gpus, GPUS_PER_HOST), WITHIN_HOST_BYTES),
                (hosts, NETWORK_BYTES),
            )
        )
    return {
        "computing": work.cpu_seconds / GPU_FACTOR / faster / gpus,
        "exchange": exchanged / (gpus * work.batch_size),
        "decoding": 1 / (DECODED_PER_CORE[work.decoding] * CORES_PER_GPU * gpus),
        "bucket": work.stored_bytes / (BUCKET_BYTES * hosts),
    }


def hours(work: Work, gpus: int, faster: float = 1) -> float:
    """Hours for all of it: computing and exchange, or reading where that is slower."""
    seconds = parts(work, gpus, faster)
    step = seconds["computing"] + seconds["exchange"]
    return work.images * max(step, seconds["decoding"], seconds["bucket"]) / 3600


def limit(work: Work, gpus: int, faster: float = 1) -> str:
    """The share of the devices' time that is spent computing, and what they wait for."""
    seconds = parts(work, gpus, faster)
    share = seconds["computing"] * work.images / 3600 / hours(work, gpus, faster)
    reading = max(("decoding", "bucket"), key=lambda part: seconds[part])
    step = seconds["computing"] + seconds["exchange"]
    waits = reading if seconds[reading] > step else "exchange"
    return f"{share:.0%}" + (f", {waits}" if share < 0.95 else "")


def table(faster: float = 1) -> str:
    """The Markdown table of the documentation, for GPUs so many times as fast as the published."""
    heads = ["work", *(f"{gpus} GPU{'s' * (gpus > 1)}" for gpus in GPUS)]
    heads += [f"computing at {gpus}, waits for" for gpus in GPUS]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for name, work in WORKS.items():
        cells = [f"{hours(work, gpus, faster):,.2f} h" for gpus in GPUS]
        cells += [limit(work, gpus, faster) for gpus in GPUS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cpu_days() -> str:
    """What machine A would take, a line for each work."""
    return "\n".join(
        f"- {name}: {work.images * work.cpu_seconds / 86_400:.1f} days"
        for name, work in WORKS.items()
    )


if __name__ == "__main__":
    print(cpu_days())
    for faster in FASTER:
        print(f"\nGPUs {faster} times as fast as the published one:\n\n{table(faster)}")
