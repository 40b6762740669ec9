"""Writes results to an SQLite file in transactions of many rows, until its input ends: sqlite_writer.py FILE JOURNAL_MODE.

The status of all rows is the number of the transaction, so a reader that sees two of them has seen half of one.
"""

import sqlite3
import sys
import threading
import time

file, journal = sys.argv[1:]
db = sqlite3.connect(file, timeout=30, isolation_level=None)
db.execute("pragma journal_mode=" + journal)
db.execute(
    "create table celery_taskmeta (id integer primary key autoincrement, task_id varchar(155) unique, "
    "status varchar(50), result blob, date_done datetime, traceback text)"
)
# Rows that fill pages: a transaction has to change many of them.
names = ["first"] + ["between-%d" % at for at in range(200)] + ["last"]
db.executemany(
    "insert into celery_taskmeta (task_id, status, traceback) values (?, '0', ?)",
    [(name, "x" * 2000) for name in names],
)
ended = threading.Event()


def wait_for_end():
    sys.stdin.read()
    ended.set()


threading.Thread(target=wait_for_end, daemon=True).start()
print("ready", flush=True)
number = 0
while not ended.is_set():
    number += 1
    db.execute("update celery_taskmeta set status = ? where traceback is not null", (str(number),))
    time.sleep(0.001)
(answer,) = db.execute("pragma integrity_check").fetchone()
sys.exit(0 if answer == "ok" else 1)
