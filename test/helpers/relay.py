#!/usr/bin/env python3
"""Carries Ethernet frames between two interfaces of this network namespace, late, with some lost, or not at all.

relay.py ONE OTHER SETTINGS: the file SETTINGS holds {"delay": ms, "jitter": ms, "loss": percent, "down": bool} and is read
again when it changes. A kernel with netem would do the same; not every one has it.
"""
import heapq
import json
import os
import random
import select
import socket
import struct
import sys
import time

ONE, OTHER, FILE = sys.argv[1:4]
# linux/if_packet.h: do not hand back what this socket has sent.
SOL_PACKET, PACKET_OUTGOING = 263, 4
settings = {"delay": 0, "jitter": 0, "loss": 0, "down": False}
mark = None


def opened(name):
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    raw.bind((name, 0))
    raw.setblocking(False)
    raw.setsockopt(SOL_PACKET, 1, struct.pack("iHH8s", socket.if_nametoindex(name), 1, 0, b""))
    return raw


one, other = opened(ONE), opened(OTHER)
far = {one: other, other: one}
last = {one: 0.0, other: 0.0}
queue, count = [], 0
print("ready", flush=True)
while True:
    try:
        now_mark = os.stat(FILE).st_mtime_ns
        if now_mark != mark:
            mark = now_mark
            with open(FILE, encoding="utf8") as file:
                settings.update(json.load(file))
    except (FileNotFoundError, ValueError):
        pass
    wait = 0.05 if not queue else max(0, min(0.05, queue[0][0] - time.monotonic()))
    for raw in select.select([one, other], [], [], wait)[0]:
        for _ in range(64):
            try:
                frame, whence = raw.recvfrom(65535)
            except BlockingIOError:
                break
            except OSError:
                # One end went away with its host.
                sys.exit(0)
            if whence[2] == PACKET_OUTGOING or settings["down"] or random.random() * 100 < settings["loss"]:
                continue
            late = settings["delay"] + random.uniform(-settings["jitter"], settings["jitter"])
            # Late, and in the order in which they came.
            last[raw] = max(time.monotonic() + max(0, late) / 1000, last[raw])
            count += 1
            heapq.heappush(queue, (last[raw], count, far[raw], frame))
    while queue and queue[0][0] <= time.monotonic():
        _, _, to, frame = heapq.heappop(queue)
        try:
            to.send(frame)
        except OSError:
            pass
