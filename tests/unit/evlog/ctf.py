# SPDX-License-Identifier: GPL-2.0
"""Compares a CTF trace, as babeltrace2 reads it, with evlog's JSON lines.

    ctf.py TRACE[,TRACE]... JSON [raised] [no-time]

Of each CPU the events have to be the same, in the same order, with the same fields, and
losses of the same number at the same places. raised: a time stamp before that of the event
before it is raised to it; to more, if that is in another trace. no-time: the channel had no clock. Prints counts.
"""
import json
import sys
from decimal import Decimal

import bt2

# What JSON has of each event, and CTF tells elsewhere or not at all.
HEAD = {"event", "system", "time", "wall", "wall_ns", "cpu", "seq", "pid", "comm", "bytes"}

# Types whose fields CTF cannot name: two have one name.
NAMELESS = {"twice", "length"}

# Fields that are arrays, as (event, name).
arrays = set()


def fail(*what):
    print("not the same:", *what)
    sys.exit(1)


def number(v):
    """JSON has numbers beyond 2^53 as strings, in hexadecimal if they have no sign."""
    if isinstance(v, list):
        return [number(x) for x in v]
    if isinstance(v, str):
        try:
            return int(v, 0)
        except ValueError:
            return v
    return v


def plain(v):
    """A field of a trace as Python's own."""
    if isinstance(v, bt2._StringFieldConst):
        return str(v).encode("utf-8", "surrogateescape")
    if isinstance(v, (bt2._ArrayFieldConst,)):
        return [plain(x) for x in v]
    return int(v)


def text(raw):
    """What JSON makes of bytes that are not UTF-8, roughly: each such byte is U+FFFD."""
    out = ""
    while raw:
        for n in (1, 2, 3, 4):
            try:
                out += raw[:n].decode("utf-8")
                break
            except UnicodeDecodeError:
                continue
        else:
            out += "\ufffd"
            n = 1
        raw = raw[n:]
    return out


def same(got, want):
    if isinstance(got, bytes):
        return text(got) == want
    if isinstance(want, bool):
        return got == int(want)
    if isinstance(got, list) and isinstance(want, str):
        return bytes(got).hex() == want
    return got == number(want)


def compare_fields(event, want):
    payload = {k: plain(v) for k, v in event.payload_field.items()}
    if "payload_hex" in want:
        if event.name != "evring:undecoded":
            fail(event.name, want)
        got = bytes(payload["payload"]).hex()
        if (payload["type"], got) != (want["type"], want["payload_hex"]):
            fail(payload, want)
        return
    # An array that is cut is bytes in JSON, and the whole event in CTF; so are fields that
    # lie over one another and together are larger than a packet may be.
    cut = any((want["event"], k) in arrays and isinstance(v, str) for k, v in want.items())
    if event.name == "evring:undecoded":
        if not cut and want["event"] not in NAMELESS and want["bytes"] < 100000:
            fail(event.name, want)
        return
    system = want.get("system", "evring")
    name = want["event"] + ("_bytes" if "data_hex" in want else "")
    if event.name != f"{system}:{name}":
        fail(event.name, want)
    for key, value in want.items():
        if key in HEAD:
            continue
        key = key[:-1] if key.endswith("_") and key[:-1] in HEAD else key
        key = "data" if key == "data_hex" else key
        if not same(payload[key], value):
            fail(event.name, key, payload[key], value)
    told = {k for k in payload if not k.startswith("common_") and k not in HEAD}
    told -= {k for k in told if k.startswith("_") and k.endswith("_length")}
    if told - set(want) - ({"data"} if "data_hex" in want else set()):
        fail(event.name, told, want)


def compare_head(message, want, last, options):
    event = message.event
    context = event.common_context_field
    if int(context["seq"]) != want["seq"] or int(context["tid"]) != want.get("pid", -1):
        fail("seq and tid", dict(context), want)
    if not same(plain(context["procname"]), want.get("comm", "")):
        fail("procname", context["procname"], want)
    if "no-time" in options:
        return 0
    ns = int(Decimal(str(want["time"])).scaleb(9))
    got = message.default_clock_snapshot.value
    raised = max(ns, last) if "raised" in options else ns
    if "traces" in options and raised == last == got - 1:
        raised = got
    if got != raised:
        fail("time", got, want)
    if "wall" in want:
        wall = want["wall_ns"] + raised - ns
        if message.default_clock_snapshot.ns_from_origin != wall:
            fail("wall", message.default_clock_snapshot.ns_from_origin, want)
    return raised


def wall_ns(iso):
    import calendar
    import time

    whole, part = iso.rstrip("Z").split(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(part)


def read_expected(path):
    """For each CPU its records, and between them how many were lost: [7, {...}, {...}, 2]."""
    cpus = {}
    for row in open(path, encoding="utf-8"):
        want = json.loads(row, parse_float=Decimal)
        arrays.update((want["event"], k) for k, v in want.items() if isinstance(v, list))
        want["bytes"] = len(row)
        if "wall" in want:
            want["wall_ns"] = wall_ns(want["wall"])
        rows = cpus.setdefault(want["cpu"], [])
        if want["event"] not in ("overrun", "dropped") or want["time"] is not None:
            rows.append(want)
        elif rows and isinstance(rows[-1], int):
            rows[-1] += want["count"]
        else:
            rows.append(want["count"])
    return cpus


def read_trace(path):
    """The same of the trace: of each CPU messages, and numbers of what was discarded."""
    cpus, streams, order = {}, {}, 0
    for message in bt2.TraceCollectionMessageIterator(path.split(",")):
        kind = type(message)
        if kind is bt2._PacketBeginningMessageConst:
            cpu = int(message.packet.context_field["cpu_id"])
            streams[message.packet.stream.id] = cpu
        elif kind is bt2._EventMessageConst:
            cpu = int(message.event.packet.context_field["cpu_id"])
            cpus.setdefault(cpu, []).append(message)
            if message.event.packet.stream.cls.default_clock_class:
                if message.default_clock_snapshot.ns_from_origin < order:
                    fail("order", message.event.name)
                order = message.default_clock_snapshot.ns_from_origin
        elif kind is bt2._DiscardedEventsMessageConst:
            rows = cpus.setdefault(cpu_of(message.stream, streams), [])
            if rows and isinstance(rows[-1], int):
                rows[-1] += message.count
            else:
                rows.append(message.count)
        elif kind is bt2._DiscardedPacketsMessageConst:
            fail("packets were lost")
    return cpus


def cpu_of(stream, streams):
    # A loss may come before the first packet has told the CPU: the file's name does.
    return streams.get(stream.id, int(stream.name.rpartition("cpu")[2]))


def main():
    path, expected, options = sys.argv[1], sys.argv[2], sys.argv[3:]
    if "," in path:
        options.append("traces")
    got, want = read_trace(path), read_expected(expected)
    if set(got) != set(want):
        fail("CPUs", sorted(got), sorted(want))
    lost = events = raised = undecoded = 0
    for cpu, rows in want.items():
        last = 0
        if len(rows) != len(got[cpu]):
            fail("on CPU", cpu, len(got[cpu]), "events and losses instead of", len(rows))
        for message, row in zip(got[cpu], rows):
            if isinstance(row, int) or isinstance(message, int):
                if message != row:
                    fail("on CPU", cpu, "lost", message, "instead of", row)
                lost += row
                continue
            before = last
            last = compare_head(message, row, before, options)
            raised += bool(before) and last == before
            compare_fields(message.event, row)
            undecoded += message.event.name == "evring:undecoded"
            events += 1
    print(f"{len(want)} cpus, {events} events, {lost} lost, {raised} raised, {undecoded} undecoded")


main()
