#!/usr/bin/env python3
"""First come, first served, as a command that muster asks: one line of JSON in, one line of JSON out.

    muster run FILE.lua --target exec:'python3 scenarios/schedulers/exec/fifo.py'
    muster run FILE.lua --target exec:'python3 scenarios/schedulers/exec/fifo.py --hold-and-wait'

As many from the head of the queue as there is room for; who does not fit makes the others wait. A gang is launched whole or not at
all, and nothing is held for anybody, so gangs cannot wait for each other.

--hold-and-wait is the bug that everybody writes once: every gang takes whatever is free and holds it until the rest comes free. Two
gangs that each hold what the other lacks wait for ever, and muster says who waits for whom (PRG).

Only the standard library is used. What is not known is ignored: muster may say more one day.
"""
import json
import sys


def fits(gang, executor):
    """How many of the gang's tasks have room on this executor."""
    if not executor["offered"]:
        return 0
    most = gang["missing"]
    for what in ("cores", "memory", "gpu_milli"):
        if gang[what] > 0:
            most = min(most, executor[what] // gang[what])
    return max(most, 0)


def spread(gang, executors):
    """One executor a task, in the order of the executors; takes the room."""
    places = []
    for executor in executors:
        tasks = min(fits(gang, executor), gang["missing"] - len(places))
        for what in ("cores", "memory", "gpu_milli"):
            executor[what] -= tasks * gang[what]
        places += [executor["index"]] * tasks
    return places


def about(gang, word, **more):
    return {"do": word, "job_id": gang["job_id"], "stage_id": gang["stage_id"], **more}


def fifo(view):
    decisions = []
    for gang in view["waiting"]:
        if sum(fits(gang, executor) for executor in view["executors"]) < gang["least"]:
            break
        places = spread(gang, view["executors"])
        decisions.append(about(gang, "launch", executors=places))
        if len(places) < gang["missing"]:
            break
    return decisions


def hold_and_wait(view):
    decisions = []
    for gang in view["waiting"]:
        if gang["kind"] == "gang":
            # A turn each: whoever comes later must get something, too, or nobody would lack anything.
            fair = max(1, gang["missing"] // 2)
            places = spread(dict(gang, missing=fair), view["executors"])
            if places:
                decisions.append(about(gang, "hold", executors=places))
            if gang["missing"] == 0 or len(places) == gang["missing"]:
                decisions.append(about(gang, "launch"))
        else:
            places = spread(gang, view["executors"])
            if places:
                decisions.append(about(gang, "launch", executors=places))
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
        print(json.dumps(answer, separators=(",", ":")), flush=True)


main()
