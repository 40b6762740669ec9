"""Pickles values for the tests: one JSON description a line on stdin; on stdout a JSON list of its pickle in each
protocol, in base64. A description is null, a boolean, or an object of one entry that names the type."""

import base64
import json
import pickle
import struct
import sys


def built(what):
    if what is None or isinstance(what, bool):
        return what
    ((kind, of),) = what.items()
    if kind == "int":
        return int(of)
    if kind == "float":
        return struct.unpack(">d", bytes.fromhex(of))[0]
    if kind == "str":
        return of
    if kind == "bytes":
        return bytes.fromhex(of)
    if kind == "dict":
        return {built(key): built(value) for key, value in of}
    if kind == "twice":
        shared = built(of)
        return [shared, shared]
    if kind == "python":
        return eval(of)
    return {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[kind](map(built, of))


for line in sys.stdin:
    value = built(json.loads(line))
    pickles = [pickle.dumps(value, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    print(json.dumps([base64.b64encode(each).decode() for each in pickles]), flush=True)
