"""A worker process for tests: one command on each line of standard input, one answer on each line of
standard output, like dev.lastly.support.Worker."""

import os
import sys

import lastly

owners = {}
jobs = {}


def execute(command, words):
    if command == "open":
        owners[words[0]] = lastly.Owner(words[1], max_attempts=int(words[2]) if words[2:] else 10)
        return owners[words[0]].id
    if command == "job":
        jobs[words[1]] = (owners[words[0]], owners[words[0]].open_job(words[1]))
        return ""
    if command == "command":
        owner, job = jobs[words[0]]
        return owner.defer(job, *words[1:])
    if command == "end":
        owner, job = jobs[words[0]]
        owner.close_job(job)
        return ""
    if command == "reap":
        return owners[words[0]].reap()
    if command == "close":
        owners[words[0]].close()
        return ""
    raise ValueError(f"no command '{command}'")


print(f"ok {os.getpid()}", flush=True)
for line in sys.stdin:
    words = line.rstrip("\n").split(" ")
    try:
        answer = f"ok {execute(words[0], words[1:])}"
    except Exception as e:  # whatever it is, the test wants to know
        answer = f"error {type(e).__name__}: {e}".replace("\n", " ")
    print(answer, flush=True)
