"""The tests' application with Crisper's hooks installed, and tasks that use them."""

import sys
import time
import timeit
from os.path import abspath, dirname, exists, join

from crisper_test_app import app

sys.path.insert(0, join(dirname(abspath(__file__)), "../../../python"))
import crisper_hooks  # noqa: E402


class Odd:
    """Can't be turned into a text."""

    def __str__(self):
        raise RuntimeError("odd")


def context(task, args, kwargs):
    if kwargs.get("context") == "broken":
        raise RuntimeError("the context function is broken")
    if kwargs.get("context") == "odd":
        return {
            "tenant_id": "t" * 10_000,
            "company_id": Odd(),
            "user_id": float("nan"),
            "kind": "odd",
            "meta": {"object": Odd(), "long": "x" * 10_000, "inf": float("inf"), 7: {"deep": [[[[[[1]]]]]]}, "ok": 1},
        }
    if kwargs.get("context") == "no dict":
        return ["tenant_id"]
    return kwargs.get("context")


crisper_hooks.install(app, context=context)


@app.task(name="hooked.noop", bind=True)
def noop(self, **kw):
    return "done"


@app.task(name="hooked.retry", bind=True, max_retries=1)
def retry(self, **kw):
    if self.request.retries == 0:
        raise self.retry(countdown=0)


@app.task(name="hooked.progress", bind=True)
def progress(self, total, calls_per_step=1, fail=False, hold=0):
    """Calls far more often than events are sent, then holds."""
    for done in range(1, total + 1):
        for _ in range(calls_per_step):
            crisper_hooks.progress(self, done=done, total=total + 1, by_category={"even": done // 2})
    crisper_hooks.progress(self, meta={"file": "b.csv"})
    time.sleep(hold)
    if fail:
        raise ValueError("half way")
    return total


@app.task(name="hooked.complete", bind=True)
def complete(self, total, hold):
    """Reaches its total at once, and holds."""
    for done in range(total + 1):
        crisper_hooks.progress(self, done=done, total=total)
    time.sleep(hold)


@app.task(name="hooked.until_stopped", bind=True)
def until_stopped(self, seconds=60, overwrite=False):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if crisper_hooks.should_stop(self):
            return "stopped"
        if overwrite:
            self.update_state(state="PROGRESS", meta={"done": 1})
        time.sleep(0.02)
    return "done"


@app.task(name="hooked.busy", bind=True)
def busy(self, seconds):
    """Is in one of the hooks nearly all of the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        crisper_hooks.progress(self, done=1, total=2, by_category={"a": 1}, meta={"a": {"b": ["c"] * 50}})
        crisper_hooks.should_stop(self)
    return "done"


@app.task(name="hooked.costs", bind=True)
def costs(self, times=20_000):
    """Microseconds a call."""

    def each(call, number=times):
        return timeit.timeit(call, number=number) / number * 1e6

    crisper_hooks.progress(self, done=0, total=times)

    def send():
        self.request._crisper_run.tell_at = 0
        crisper_hooks.progress(self, done=1, total=times, by_category={"a": 1})

    def look():
        self.request._crisper_run.look_at = 0
        crisper_hooks.should_stop(self)

    return {
        "should_stop": each(lambda: crisper_hooks.should_stop(self)),
        "should_stop that looks": each(look, 300),
        "progress": each(lambda: crisper_hooks.progress(self, done=1, total=times, by_category={"a": 1})),
        "progress that sends": each(send, 300),
        "marks": each(lambda: crisper_hooks._marks.find(b"12345678", 0), 2000),
    }


@app.task(name="hooked.nested", bind=True)
def nested(self):
    """As a function and eagerly no worker runs it: nothing is sent, and nothing asked."""
    until_stopped.apply(kwargs={"seconds": 0.05})
    return until_stopped(seconds=0.05)


@app.task(name="hooked.through_outage", bind=True)
def through_outage(self, log, release):
    """Uses the hooks until the file `release` is there; writes each call's number and seconds to the file `log`."""
    done = 0
    while not exists(release):
        done += 1
        began = time.monotonic()
        crisper_hooks.progress(self, done=done)
        asked = crisper_hooks.should_stop(self)
        with open(log, "a", encoding="utf-8") as file:
            file.write("%d %f %s\n" % (done, time.monotonic() - began, asked))
        time.sleep(0.02)
    return done
