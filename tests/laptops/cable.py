"""A cable between two network namespaces: carries Ethernet frames late, out of order, or not at all.

`cable.py SPACE SPACE SEED` makes a tap named `wire` in each and says `ready`. Then each line it reads is how the cable is
from now on: `DELAY JITTER LOSS`, in milliseconds and percent, both ways. The kernel's own netem does the same, and not
every kernel has it. Ends with its input.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000


def tap(space):
    libc = ctypes.CDLL(None, use_errno=True)
    entered = os.open(f"/var/run/netns/{space}", os.O_RDONLY)
    if libc.setns(entered, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"the namespace {space} cannot be entered")
    os.close(entered)
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", b"wire", IFF_TAP | IFF_NO_PI))
    return end


one, other = tap(sys.argv[1]), tap(sys.argv[2])
dice = random.Random(int(sys.argv[3]))
delay = jitter = loss = 0.0
across = {one: other, other: one}
under_way = []
carried = 0
print("ready", flush=True)
while True:
    wait = max(0, under_way[0][0] - time.monotonic()) if under_way else None
    for ready in select.select([one, other, sys.stdin], [], [], wait)[0]:
        if ready is sys.stdin:
            line = sys.stdin.readline()
            if not line:
                sys.exit()
            delay, jitter, loss = (float(word) for word in line.split())
            continue
        try:
            frame = os.read(ready, 65536)
        except OSError:  # The end is down.
            continue
        if dice.random() * 100 >= loss:
            due = time.monotonic() + max(0, delay + dice.uniform(-jitter, jitter)) / 1e3
            heapq.heappush(under_way, (due, carried, across[ready], frame))
            carried += 1
    while under_way and under_way[0][0] <= time.monotonic():
        _, _, end, frame = heapq.heappop(under_way)
        try:
            os.write(end, frame)
        except OSError:  # That end is down: the frame is lost.
            pass
