"""Crisper's optional hooks for a Celery application: one file to copy, for Celery 5.2 to 5.6 and Python 3.8 and later.

    import crisper_hooks
    crisper_hooks.install(app)

Tasks then tell whom they belong to; `progress` tells how far one is, `should_stop` whether somebody asked for its end.
None of them raises into a task. docs/hooks.md of Crisper has the rest.
"""

import functools
import json
import logging
import math
import mmap
import time
from collections.abc import Collection, Mapping
from hashlib import blake2b
from itertools import islice

from celery import signals
from celery.exceptions import SoftTimeLimitExceeded

__all__ = ("install", "progress", "should_stop")
log = logging.getLogger("crisper_hooks")

# Seconds between two progress events of a task, between two looks whether it shall stop, and for which a broker or
# result backend that has just failed is left alone.
PROGRESS_INTERVAL, LOOK_INTERVAL, PAUSE = 0.3, 1.0, 10.0
# Tries an event once more, since the first to meet a lost connection mends it, and doesn't wait in between.
RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}

# Characters of a text; items and depth of a collection; characters of JSON in one key of `meta`, and in all.
MOST_TEXT, MOST_ITEMS, MOST_DEPTH, MOST_VALUE, MOST_META = 1000, 50, 5, 2000, 16000


def install(app, context=None):
    """Makes every task of `app` tell whom it belongs to when it starts.

    That is what its publisher said in the message headers `tenant_id`, `company_id`, `user_id`, `job_kind` and `meta`,
    and what `context(task, args, kwargs)` returns: a dict with any of `tenant_id`, `company_id`, `user_id`, `kind` and
    `meta`, which goes before the headers. Call it where the application is made, so that it is done before the worker
    starts its processes. Calling it again replaces `context`.
    """
    app = getattr(app, "_get_current_object", lambda: app)()

    def tell_context(task=None, args=None, kwargs=None, **_):
        try:
            if task.app is app and not task.request.is_eager:
                fields = _context_of(task, args, kwargs, context)
                if fields:
                    # Not `task-context`: Celery's `events.state`, and so Flower, would take CONTEXT for the state.
                    task.send_event("crisper-context", retry_policy=RETRY_POLICY, **fields)
        except Exception:  # Celery would log it, but as an error of every task.
            _complain("the context of a task was not sent")

    # One for each application, the others for all of them.
    mine = "crisper_hooks.%s" % id(app)
    signals.task_prerun.disconnect(dispatch_uid=mine)
    signals.task_prerun.connect(tell_context, weak=False, dispatch_uid=mine)
    signals.task_postrun.connect(_tell_last_progress, weak=False, dispatch_uid="crisper_hooks")
    signals.worker_ready.connect(_watch_revokes, weak=False, dispatch_uid="crisper_hooks")


def progress(task, done=None, total=None, by_category=None, meta=None):
    """Tells how far a task is. Call it as often as you like: a few a second are sent.

    `task` is `self` of a task with `bind=True`. What is left out stays as it was told before in this run. The first
    goes out at once, and so does one where `done` has reached `total`; the last one when the run ends. `by_category` is
    `{name: count}`; the keys of `meta` are merged into the job's.
    """
    try:
        run = _run_of(task)
        if run is None:
            return
        if done is not None:
            run.done = done
        if total is not None:
            run.total = total
        if by_category is not None:
            run.by_category = by_category
        if meta is not None:
            run.meta = {**run.meta, **meta} if run.meta else meta
        run.untold = True
        now = time.monotonic()
        complete = run.done is not None and run.done == run.total and run.told_done != run.done
        if now >= run.rests_until and (complete or now >= run.tell_at):
            _tell_progress(task, run, now)
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        _complain("the progress of a task was not sent")


def should_stop(task):
    """Whether somebody asked for the end of this task: it was revoked, or aborted (`celery.contrib.abortable`).

    Looks once a second at most. Once it has said yes it goes on to, for this run. False when in doubt.
    """
    try:
        run = _run_of(task)
        if run is None:
            return False
        now = time.monotonic()
        if not run.stop and now >= run.look_at:
            run.look_at = now + LOOK_INTERVAL
            run.stop = _marks.find(_mark_of(task.request.id), 0) >= 0 or _is_stored(task, now)
        return run.stop
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        _complain("whether a task shall stop could not be told")
        return False


class _Run:
    """What is remembered of one run of a task. Lives on its request, and ends with it."""

    done = total = by_category = meta = told_done = None
    untold = stop = False
    tell_at = rests_until = look_at = 0.0


def _run_of(task):
    """None where no worker runs it: called as a function, or eagerly."""
    request = task.request
    run = getattr(request, "_crisper_run", None)
    if run is None and request.id is not None and not request.is_eager:
        run = request._crisper_run = _Run()
    return run


def _tell_progress(task, run, now):
    fields = {"done": _count(run.done), "total": _count(run.total), "meta": _meta(run.meta)}
    if isinstance(run.by_category, Mapping):
        pairs = islice(run.by_category.items(), 100)
        fields["by_category"] = {_text(str(name), 100): _count(n) for name, n in pairs}
    # A broker that is away is not tried at every call: kombu takes up to two seconds to give up.
    run.rests_until = now + PAUSE
    fields = {name: value for name, value in fields.items() if value is not None}
    task.send_event("task-progress", retry_policy=RETRY_POLICY, **fields)
    run.tell_at, run.rests_until = now + PROGRESS_INTERVAL, 0.0
    run.untold, run.told_done, run.meta = False, run.done, None


def _tell_last_progress(task=None, **_):
    try:
        run = getattr(task.request, "_crisper_run", None)
        if run is not None and run.untold:
            _tell_progress(task, run, time.monotonic())
    except Exception:
        _complain("the last progress of a task was not sent")


def _context_of(task, args, kwargs, context):
    request = task.request
    # Custom headers are attributes of the request; from 5.3 on they are in `headers` too.
    headers = request.headers if isinstance(request.headers, Mapping) else {}
    told = {name: request.get(name, headers.get(name)) for name in ("tenant_id", "company_id", "user_id", "meta")}
    told["kind"] = request.get("job_kind", headers.get("job_kind"))
    if context is not None:
        try:
            own = context(task, args, kwargs) or {}
            if isinstance(told["meta"], Mapping) and isinstance(own.get("meta"), Mapping):
                own = {**own, "meta": {**told["meta"], **own["meta"]}}
            told.update((name, own[name]) for name in told if own.get(name) is not None)
        except Exception:  # The team's function failed; what the headers say still holds.
            _complain("the context function given to install() failed")
    fields = {name: _meta(value) if name == "meta" else _scalar(value) for name, value in told.items()}
    return {name: value for name, value in fields.items() if value is not None}


_complained = {}


def _complain(what):
    """Once a minute for each reason: a broken context function must not fill the log."""
    now = time.monotonic()
    if now >= _complained.get(what, 0.0):
        _complained[what] = now + 60
        log.warning("%s; the task is not affected", what, exc_info=True)


# A revoke reaches the worker's main process, while on prefork the task runs in a child. So the main process writes a
# hash of each revoked id into memory that its children have shared since they were forked; threads and greenlets see
# it anyhow. This needs no result backend. A solo worker reads no revoke while it runs a task: there only the result
# backend tells, and so it is where processes are spawned rather than forked.

MARK_SIZE, MARKS = 8, 2048
try:
    _marks = mmap.mmap(-1, MARK_SIZE * MARKS)
except Exception:  # Where there is no such memory, at least threads and greenlets see it.
    _marks = bytearray(MARK_SIZE * MARKS)
_next_mark = 0
_backend_rests_until = 0.0


def _watch_revokes(**_):
    """In the main process of a worker: notes the ids of the commands that revoke, then does as before."""
    from celery.worker.control import Panel

    for name in ("revoke", "terminate"):
        if name in Panel.data and not hasattr(Panel.data[name], "_crisper"):
            Panel.data[name] = _noting(Panel.data[name])


def _noting(handler):
    @functools.wraps(handler)
    def noted(state, *args, **arguments):
        try:
            _note(arguments.get("task_id"))
        except Exception:
            _complain("a revoke was not noted for should_stop")
        return handler(state, *args, **arguments)

    noted._crisper = True
    return noted


def _note(ids):
    global _next_mark
    from celery.worker.state import requests

    ids = [ids] if isinstance(ids, str) else ids or ()
    for task_id in ids:
        if len(ids) <= 64 or task_id in requests:  # Of a great many, only those that are here.
            at = _next_mark % MARKS * MARK_SIZE
            _marks[at : at + MARK_SIZE] = _mark_of(task_id)
            _next_mark += 1


def _mark_of(task_id):
    return blake2b(task_id.encode("utf-8", "replace"), digest_size=MARK_SIZE).digest()


def _is_stored(task, now):
    """ABORTED is stored by Crisper's cooperative stop and by Celery's abort(), REVOKED by a revoke on Celery 5.6."""
    global _backend_rests_until
    backend = task.backend
    # To ask rpc:// would take other tasks' results off its queue.
    if now < _backend_rests_until or type(backend).__name__ in ("RPCBackend", "DisabledBackend"):
        return False
    try:
        # Not get_task_meta(): with `result_backend_always_retry` that waits for the backend for ever.
        return backend._get_task_meta_for(task.request.id)["status"] in ("ABORTED", "REVOKED")
    except Exception:
        _backend_rests_until = now + PAUSE
        raise


# Only what is JSON in every serializer, and not much of it.


def _count(value):
    return None if value is None else max(0, int(value))


def _text(value, limit=MOST_TEXT):
    cut = value[:limit]
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode("utf-8")


def _scalar(value):
    """An id or a kind: a number or a text, also of a UUID. None for what can't be one."""
    if value is None or isinstance(value, (bool, float, bytes, Mapping, list, tuple, set)):
        return None
    plain = _clean(value, 0)
    return (plain[:255] or None) if isinstance(plain, str) else plain


def _meta(value):
    if not isinstance(value, Mapping):
        return None
    kept, room = {}, MOST_META
    for key, item in islice(value.items(), MOST_ITEMS):
        clean = _clean(item, MOST_DEPTH)
        size = len(json.dumps(clean))
        if size <= min(MOST_VALUE, room):
            kept[_text(str(key), 100)] = clean
            room -= size
    return kept or None


def _clean(value, depth):
    if value is None or isinstance(value, (bool, str)):
        return _text(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return int(value) if abs(value) < 2**53 else str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if depth > 0 and isinstance(value, Mapping):
        return {_text(str(key), 100): _clean(item, depth - 1) for key, item in islice(value.items(), MOST_ITEMS)}
    if depth > 0 and isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(item, depth - 1) for item in islice(value, MOST_ITEMS)]
    try:
        # A date or a UUID; what is a collection after all is too deep, or bytes.
        return "…" if isinstance(value, Collection) else _text(str(value))
    except SoftTimeLimitExceeded:
        raise
    except Exception:  # It can't be told as a text.
        return None
