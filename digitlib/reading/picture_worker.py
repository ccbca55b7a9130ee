"""Decodes pictures in a process of its own, which `isolated` starts and can end.

For each file on standard input: its length, the seconds that it may take and the extent
of the picture, then its bytes. The answer on standard output is a line of JSON, then
the pixels.
"""

import json
import re
import struct
import sys
import time
from pathlib import Path

from digitlib.errors import ImageError, one_picture
from digitlib.reading.picture import WORKING_SIDE, open_picture


def main(memory: int) -> None:
    """Decode file after file, until standard input ends."""
    _limit_memory(memory)
    while head := sys.stdin.buffer.read(24):
        length, seconds, side = struct.unpack("<QdQ", head)
        _limit_time(seconds)
        start = time.process_time()
        head, pixels = _decode(sys.stdin.buffer.read(length), side)
        head["seconds"] = time.process_time() - start
        sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
        sys.stdout.buffer.write(pixels)
        sys.stdout.buffer.flush()


def _decode(content: bytes, side: int) -> tuple[dict, bytes]:
    try:
        with one_picture():
            picture = open_picture(content)
            if picture.finer and side > WORKING_SIDE:
                picture = picture.finer(side)
    except ImageError as error:
        return {"error": error.code, "message": str(error)}, b""
    shape = picture.pixels.shape[:2]
    head = {"shape": shape, "scale": picture.scale, "size": picture.size}
    return head, picture.pixels.tobytes()


def _limit_memory(size: int) -> None:
    """Allow so many bytes more than this process has now; only Linux can tell."""
    if sys.platform == "linux":
        import resource

        status = Path("/proc/self/status").read_text()
        now = 1024 * int(re.search(r"VmData:\s+(\d+)", status)[1])  # type: ignore[index]
        resource.setrlimit(resource.RLIMIT_DATA, (now + size, now + size))


def _limit_time(seconds: float) -> None:
    """Let the system end this process when it has computed for longer from now on."""
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        end = int(used.ru_utime + used.ru_stime + seconds + 1)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (end, hard))


if __name__ == "__main__":
    main(int(sys.argv[1]))
