"""Reads damaged files within bounded memory; prints what went wrong as lines of JSON.

`python run_readers.py light|tensorflow FIRST_SEED NUM_SEEDS [READER]`. The parent asks why it ended
early: the last line on standard output that begins with "reading" says what it was doing.
"""

import faulthandler
import importlib
import json
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

LONGEST_SECONDS = 120  # a guard against hanging, far from what anything takes
MORE_MEMORY = 4 << 30


def main(kind: str, first: str, number: str, only: str = "") -> None:
    import readers
    from mutations import mutated

    warnings.simplefilter("ignore")
    faulthandler.enable()
    known = readers.LIGHT if kind == "light" else readers.WITH_TENSORFLOW
    with tempfile.TemporaryDirectory() as root:
        written = {}
        for name, reader in known.items():
            if only in name:
                folder = Path(root) / name
                folder.mkdir()
                path = reader.write(folder)
                written[name] = path, path.read_bytes()
                reader.read(path)  # Whole, it can be read; and what it needs has been imported.
        _limit_memory()
        for name, (path, content) in written.items():
            for seed in range(int(first), int(first) + int(number)):
                print(f"reading {name} {seed}", flush=True)
                path.write_bytes(mutated(content, seed, known[name].is_text))
                faulthandler.dump_traceback_later(LONGEST_SECONDS, exit=True)
                try:
                    known[name].read(path)
                except (ValueError, OSError):
                    pass
                except BaseException as error:
                    print(json.dumps([name, seed, type(error).__name__, str(error)[:300]]))
                finally:
                    faulthandler.cancel_dump_traceback_later()
            shutil.rmtree(path.parent, ignore_errors=True)
    print("finished", flush=True)
    os._exit(0)


def _limit_memory() -> None:
    try:
        resource = importlib.import_module("resource")
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        return
    resource.setrlimit(resource.RLIMIT_AS, (used + MORE_MEMORY, used + MORE_MEMORY))


if __name__ == "__main__":
    main(*sys.argv[1:])
