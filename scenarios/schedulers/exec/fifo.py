#!/usr/bin/env python3
"""First come, first served, as a command that muster asks: one line of JSON in, one line of JSON out.

    muster run FILE.lua --target exec:'python3 scenarios/schedulers/exec/fifo.py'
    muster run FILE.lua --target exec:'python3 scenarios/schedulers/exec/fifo.py --hold-and-wait'

As many from the head of the queue as there is room for; who does not fit makes the others wait. A gang is launched whole or not at
all, and nothing is held for anybody, so gangs cannot wait for each other.

--hold-and-wait is the bug that everybody writes once: every gang takes what is free and holds it until the rest comes free. Two
gangs that each hold what the other lacks wait for ever, and muster says who waits for whom (PRG).

Only the standard library is used. What is not known is ignored: muster may say more one day.
"""
import json
import sys


def fits(gang, executor, most):
    """How many of the gang's tasks, of at most so many, have room on this executor."""
    if not executor["offered"]:
        return 0
    for what in ("cores", "memory", "gpu_milli"):
        if gang[what] > 0:
            most = min(most, executor[what] // gang[what])
    return max(most, 0)


def spread(gang, most, executors):
    """One executor a task, at most so many, in the order of the executors; takes the room."""
    places = []
    for executor in executors:
        tasks = fits(gang, executor, most - len(places))
        for what in ("cores", "memory", "gpu_milli"):
            executor[what] -= tasks * gang[what]
        places += [executor["index"]] * tasks
    return places


def about(gang, word, **more):
    return {"do": word, "job_id": gang["job_id"], "stage_id": gang["stage_id"], **more}


def fifo(view):
    decisions = []
    for gang in view["waiting"]:
        missing = gang["missing"]
        if sum(fits(gang, executor, missing) for executor in view["executors"]) < gang["least"]:
            break
        places = spread(gang, missing, view["executors"])
        decisions.append(about(gang, "launch", executors=places))
        if len(places) < missing:
            break
    return decisions


def hold_and_wait(view):
    decisions = []
    for gang in view["waiting"]:
        is_gang, missing = gang["kind"] == "gang", gang["missing"]
        # Half of what is missing, so that whoever comes later gets something, too.
        most = max(1, missing // 2) if is_gang else missing
        places = spread(gang, min(most, missing), view["executors"])
        if places:
            decisions.append(about(gang, "hold" if is_gang else "launch", executors=places))
        if is_gang and len(places) == missing:
            decisions.append(about(gang, "launch"))
    return decisions


def main():
    decide = hold_and_wait if "--hold-and-wait" in sys.argv[1:] else fifo
    for line in sys.stdin:
        message = json.loads(line)
        answer = {"id": message["id"]}
        if message["type"] == "hello":
            answer.update(type="hello", protocol=1, name="fifo.py", roles=["placer"])
        elif message["type"] == "reset":
            answer.update(type="ready")  # there is nothing to forget
        elif message["type"] == "plan":
            answer.update(type="decisions", decisions=decide(message))
        else:
            answer.update(type="error", message=f"no question {message['type']}")
        print(json.dumps(answer, separators=(",", ":")), flush=True)


main()
