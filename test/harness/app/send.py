"""Publishes for the tests: one JSON request a line on stdin, one JSON answer a line on stdout.

    {"id": 1, "task": name, "args": [], "kwargs": {}, "options": {"countdown": 3, "queue": "q"}}  -> {"id": 1, "task_id": ...}
    {"id": 2, "many": 1000, "task": ...}                                 -> {"id": 2, "task_ids": [...]}
    {"id": 3, "group": [{"task": ...}, ...]}                             -> {"id": 3, "group_id": ..., "task_ids": [...]}
    {"id": 4, "chain": [{"task": ...}, ...]}                             -> {"id": 4, "task_ids": [first, ..., last]}
    {"id": 5, "result": task_id}                                         -> {"id": 5, "state": ..., "result": ...}
    {"id": 6, "states": [task_id, ...]}                                  -> {"id": 6, "states": {task_id: state}}
    {"id": 8, "terminate": task_id}                                      -> {"id": 8}
    {"id": 7, "forget": task_id}                                         -> {"id": 7}
    {"id": 8, "abort": task_id}                                          -> {"id": 8}
    {"id": 9, "ping": node_name}                                         -> {"id": 9, "answered": true}

`options` are those of `apply_async`; `eta` and `expires` may be ISO 8601 text. `result` and `states` are what Celery's
AsyncResult says. A request that fails is answered with {"id": n, "error": "..."}. It ends at the end of its input.
"""

import json
import sys
from datetime import datetime

from celery import chain, group, signature
from celery.contrib.abortable import AbortableAsyncResult
from celery.result import AsyncResult

from crisper_test_app import app


def parsed(options):
    options = dict(options or {})
    for name in ("eta", "expires"):
        if isinstance(options.get(name), str):
            options[name] = datetime.fromisoformat(options[name].replace("Z", "+00:00"))
    return options


def signature_of(request):
    return signature(
        request["task"],
        args=request.get("args", []),
        kwargs=request.get("kwargs", {}),
        options=parsed(request.get("options")),
        app=app,
        immutable=request.get("immutable", False),
    )


def send(request):
    return app.send_task(
        request["task"],
        args=request.get("args", []),
        kwargs=request.get("kwargs", {}),
        **parsed(request.get("options")),
    ).id


def ids_along(result):
    ids = []
    while result is not None:
        ids.append(result.id)
        result = result.parent
    return ids[::-1]


def answer(request):
    if "many" in request:
        return {"task_ids": [send(request) for _ in range(request["many"])]}
    if "group" in request:
        result = group(signature_of(member) for member in request["group"]).apply_async()
        return {"group_id": result.id, "task_ids": [child.id for child in result.results]}
    if "chain" in request:
        return {"task_ids": ids_along(chain(*map(signature_of, request["chain"])).apply_async())}
    if "result" in request:
        result = AsyncResult(request["result"], app=app)
        return {"state": result.state, "result": result.result}
    if "states" in request:
        return {"states": {task_id: AsyncResult(task_id, app=app).state for task_id in request["states"]}}
    if "terminate" in request:
        app.control.revoke(request["terminate"], terminate=True)
        return {}
    if "forget" in request:
        AsyncResult(request["forget"], app=app).forget()
        return {}
    if "abort" in request:
        AbortableAsyncResult(request["abort"], app=app).abort()
        return {}
    if "ping" in request:
        replies = app.control.ping(destination=[request["ping"]], timeout=1, limit=1)
        return {"answered": bool(replies)}
    return {"task_id": send(request)}


def main():
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = answer(request)
        except Exception as error:
            reply = {"error": "%s: %s" % (type(error).__name__, error)}
        # An exception as a result, for example, is no JSON: its repr is what is wanted then.
        print(json.dumps({"id": request.get("id"), **reply}, default=repr), flush=True)


if __name__ == "__main__":
    main()
