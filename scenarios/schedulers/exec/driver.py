#!/usr/bin/env python3
"""A whole scheduler as a command that muster asks: it decides who runs where, and coordinates the barriers.

    muster run FILE.lua --target exec:'python3 scenarios/schedulers/exec/driver.py'
    muster run FILE.lua --target exec:'python3 scenarios/schedulers/exec/driver.py --bug hold-and-wait'

First come, first served, by priority. A gang is launched in two phases, whole or not at all, and restarts as a whole from the last
checkpoint that all its ranks reported; a MapReduce task runs again alone. What it is told and may order is in docs/protocol-scheduler.md.

--bug hold-and-wait    a gang takes half of what it lacks, holds it, and waits for the rest: two gangs wait for each other (PRG)
--bug early-release    a barrier opens when all but one are there (BAR)

Only the standard library is used. Events and settings that are not known are ignored: muster may say more one day.
"""
import json
import sys

BUG = sys.argv[sys.argv.index("--bug") + 1] if "--bug" in sys.argv else None
# Losses are nobody's fault, and have a budget of their own.
SPARED = {"executor-lost", "go-late", "no-room", "driver-silent", "fetch-failed", "output-lost", "decommissioned"}


class Executor:
    def __init__(self, event):
        self.id, self.incarnation = event["executor"], event["incarnation"]
        self.used_cores = self.used_memory = self.failures = 0
        self.used_gpus = {}  # address: thousandths
        self.away = self.leaving = self.suspect = False
        self.excluded_until = -1
        self.set_room(event)

    def set_room(self, event):
        self.cores, self.memory, self.gpus = event["cores"], event["memory_mib"], event["gpus"]

    def is_offerable(self, now):
        return not self.leaving and now >= self.excluded_until

    def is_offered(self, now):
        return self.is_offerable(now) and not self.away and not self.suspect

    def addresses(self, need):
        """Addresses that a task could take, each with how many tasks it would hold."""
        milli = need["gpu_milli"]
        if milli >= 1000:
            return [(a, 1) for a in self.gpus if self.used_gpus.get(a, 0) == 0]
        return [(a, (1000 - self.used_gpus.get(a, 0)) // milli) for a in self.gpus if self.used_gpus.get(a, 0) + milli <= 1000]

    def fits(self, need, empty=False):
        used_cores, used_memory = (0, 0) if empty else (self.used_cores, self.used_memory)
        most = 1 << 30
        if need["cores"]:
            most = min(most, (self.cores - used_cores) // need["cores"])
        if need["memory_mib"]:
            most = min(most, (self.memory - used_memory) // need["memory_mib"])
        milli = need["gpu_milli"]
        if milli >= 1000:
            free = len(self.gpus) if empty else len(self.addresses(need))
            most = min(most, free // (-(-milli // 1000)))
        elif milli:
            most = min(most, len(self.gpus) * (1000 // milli) if empty else sum(n for _, n in self.addresses(need)))
        return max(most, 0)

    def take(self, need, count):
        """Takes the room of up to so many tasks; returns [(addresses of all, addresses of each task)]: tasks that share an address
        are asked for by address, all others together."""
        self.used_cores += need["cores"] * count
        self.used_memory += need["memory_mib"] * count
        milli = need["gpu_milli"]
        parts = []
        if milli == 0:
            return [([], [[]] * count)]
        if milli >= 1000:
            each = -(-milli // 1000)
            own = [a for a, _ in self.addresses(need)][:each * count]
            self.use(own, 1000)
            return [(own, [own[i * each:(i + 1) * each] for i in range(count)])]
        for address, room in self.addresses(need):
            here = min(room, count - sum(len(tasks) for _, tasks in parts))
            if here:
                parts.append(([address], [[address]] * here))
                self.use([address], milli * here)
        return parts

    def use(self, addresses, milli):
        for a in addresses:
            self.used_gpus[a] = self.used_gpus.get(a, 0) + milli

    def give(self, need, addresses):
        self.used_cores -= need["cores"]
        self.used_memory -= need["memory_mib"]
        self.use(addresses, -(1000 if need["gpu_milli"] >= 1000 else need["gpu_milli"]))


class Holding:
    """Slots that were asked for together, on one executor. asked -> held -> gone."""

    def __init__(self, stage, attempt, executor, rank, addresses):
        self.stage, self.attempt, self.executor, self.rank = stage, attempt, executor, rank
        self.state, self.since = "asked", stage.job.driver.now
        self.live = {rank + i: own for i, own in enumerate(addresses)}
        self.count = len(addresses)


class Job:
    def __init__(self, driver, event):
        self.driver, self.id, self.order = driver, event["job"], driver.submissions
        self.priority, self.kind = event["priority"], event["kind"]
        self.state, self.reason, self.checks = "admitting", None, 0
        self.stages = [Stage(self, i, spec) for i, spec in enumerate(event["stages"])]
        for stage in self.stages:
            stage.is_read = any(stage.index in other.shuffles for other in self.stages)


class Stage:
    """new -> (admitting) -> queued -> launching -> running -> draining -> backoff -> new ... done. A MapReduce stage that is queued or
    running is `running`; its ranks are on their own."""

    def __init__(self, job, index, spec):
        self.job, self.index, self.is_gang = job, index, spec["kind"] == "barrier"
        self.tasks, self.need = spec["tasks"], spec
        self.parents, self.shuffles, self.prefers = spec["parents"], spec["shuffles"], spec.get("prefers")
        self.state, self.attempt, self.attempts_made, self.attempts_used = "new", 0, 0, 0
        self.holdings, self.checks, self.failures, self.losses, self.checkpoint = [], 0, 0, 0, 0
        self.idle = set()                       # MapReduce ranks to start
        self.rank_attempt = [0] * self.tasks    # of a MapReduce rank
        self.rank_failures = [0] * self.tasks
        self.made = {}                          # rank: (executor, incarnation) where its success lies
        self.begin_rounds()

    def begin_rounds(self):
        self.epoch, self.arrived, self.round_failed, self.exited = 0, {}, None, 0
        self.reported = [self.checkpoint] * self.tasks

    def key(self, what):
        return (self.job.id, self.index, what)

    def is_live(self):
        return self.state == "running"

    def inputs_are_there(self):
        return all(s.state == "done" for s in self.of(self.parents)) and \
            all(len(s.made) == s.tasks for s in self.of(self.shuffles))

    def of(self, indices):
        return [self.job.stages[i] for i in indices]

    def slots(self):
        """How many of its tasks the cluster has room for, if it were empty."""
        driver = self.job.driver
        return sum(e.fits(self.need, empty=True) for e in driver.executors.values() if e.is_offerable(driver.now))

    def least(self):
        return self.tasks if self.is_gang else 1


class Driver:
    def __init__(self):
        self.executors, self.jobs, self.wakes, self.wake_ids = {}, {}, {}, {}
        self.submissions = self.now = self.event_index = 0
        self.orders = []

    # ---- orders
    def order(self, word, **fields):
        self.orders.append({"do": word, **fields})

    def about(self, word, stage, attempt=None, **fields):
        self.order(word, job=stage.job.id, stage=stage.index, attempt=stage.attempt if attempt is None else attempt, **fields)

    def wake(self, key, after, purpose, act, because=False):
        number = self.wake_ids.setdefault(key, len(self.wake_ids))
        self.wakes[number] = act
        fields = {"because": self.event_index} if because else {}
        self.order("wake", wake=number, at=self.now + after, **{"for": purpose}, **fields)

    def unwake(self, key):
        number = self.wake_ids.get(key)
        if number in self.wakes:
            del self.wakes[number]
            self.order("unwake", wake=number)

    def set(self, name):
        return self.settings[name]

    # ---- a line
    def instant(self, message):
        self.now, self.orders = message["now"], []
        self.ended = {(e["job"], e["stage"], e["attempt"], e["rank"]) for e in message["events"] if e["event"] == "free"}
        for self.event_index, event in enumerate(message["events"]):
            handler = getattr(self, "on_" + event["event"].replace("-", "_"), None)
            if handler is not None:
                handler(event)
        self.place()
        return self.orders

    def on_begin(self, event):
        self.settings, self.largest = event["settings"], event["largest"]

    def on_wake(self, event):
        act = self.wakes.pop(event["wake"], None)
        if act is not None:
            act()

    # ---- executors
    def on_up(self, event):
        self.executors[event["executor"]] = Executor(event)

    def on_lost(self, event):
        gone = self.executors.pop(event["executor"])
        for stage in self.all_stages():
            if stage.is_read and stage.job.state == "running":
                self.lose_outputs(stage, gone, "output-lost")
        for stage in self.all_stages():
            here = [h for h in stage.holdings if h.executor is gone]
            stage.holdings = [h for h in stage.holdings if h.executor is not gone]
            if here:
                self.lost_holdings(stage, gone, here)
        for job in list(self.jobs.values()):
            self.make_again(job, "output-lost")

    def on_away(self, event):
        self.executors[event["executor"]].away = True

    def on_back(self, event):
        self.executors[event["executor"]].away = False

    def on_leaving(self, event):
        if event["executor"] in self.executors:
            self.executors[event["executor"]].leaving = True

    def on_unhealthy(self, event):
        if event["executor"] in self.executors:
            self.exclude(self.executors[event["executor"]])

    def on_room(self, event):
        self.executors[event["executor"]].set_room(event)

    def exclude(self, executor):
        if self.set("exclude_time") == 0 or self.now < executor.excluded_until:
            return
        executor.excluded_until = self.now + self.set("exclude_time")
        self.order("exclude", executor=executor.id, failures=executor.failures)
        self.wake(("exclusion", executor.id), self.set("exclude_time"), "exclusion", lambda: None)

    def charge_executor(self, executor_id):
        executor = self.executors[executor_id]
        executor.failures += 1
        if 0 < self.set("exclude_failures") <= executor.failures:
            executor.failures = 0
            self.exclude(executor)

    # ---- jobs
    def all_stages(self):
        return [stage for job in self.jobs.values() if job.state != "over" for stage in job.stages]

    def on_submit(self, event):
        job = self.jobs[event["job"]] = Job(self, event)
        self.submissions += 1
        for stage in job.stages:
            for what, there in (("cores", "cores"), ("memory_mib", "memory_mib")):
                if stage.need[what] > self.largest[there]:
                    return self.refuse(stage, "never-fits", stage.need[what], self.largest[there])
            if -(-stage.need["gpu_milli"] // 1000) > self.largest["gpus"]:
                return self.refuse(stage, "never-fits", -(-stage.need["gpu_milli"] // 1000), self.largest["gpus"])
        self.admit(job)

    def admit(self, job):
        """Every gang must fit the cluster before any stage runs; it is checked again for a while."""
        for stage in job.stages:
            if stage.is_gang and stage.slots() < stage.tasks:
                if job.checks == self.set("admission_failures"):
                    return self.refuse(stage, "slots", stage.tasks, stage.slots())
                job.checks += 1
                self.about("wait", stage, 0, reason="admission", needed=stage.tasks, there=stage.slots())
                return self.wake(("admission", job.id), self.set("admission_interval"), "admission", lambda: self.admit(job))
        job.state = "running"
        self.start_ready(job)

    def refuse(self, stage, reason, needed, there):
        self.order("refuse", job=stage.job.id, stage=stage.index, reason=reason, needed=needed, there=there)
        self.fail_job(stage.job, reason, needed)

    def on_cancel(self, event):
        self.fail_job(self.jobs[event["job"]], "cancelled")

    def fail_job(self, job, reason, needed=0):
        if job.state in ("ending", "over"):
            return
        job.state, job.reason, job.needed = "ending", reason, needed
        self.unwake(("admission", job.id))
        told = "cancelled" if reason == "cancelled" else "job-failed"
        for stage in job.stages:
            self.end_stage(stage, told)
        self.check_over(job)

    def end_stage(self, stage, reason):
        for what in ("admission", "launch", "reserve", "retry"):
            self.unwake(stage.key(what))
        if stage.state == "running" and stage.is_gang:
            self.about("fence", stage, reason=reason)
        self.end_rounds(stage)
        self.end_holdings(stage, reason)
        stage.idle.clear()
        if stage.state != "done":
            stage.state = "draining" if stage.holdings else "dead"

    def check_over(self, job):
        if job.state == "ending" and not any(s.holdings for s in job.stages):
            job.state = "over"
            self.order("job-done", job=job.id, reason=job.reason, needed=job.needed)
        elif job.state == "running" and all(s.state == "done" for s in job.stages):
            job.state = "over"
            self.order("job-done", job=job.id)

    # ---- stages become ready
    def start_ready(self, job):
        for stage in job.stages:
            if job.state == "running" and stage.state == "new" and stage.inputs_are_there():
                self.make_ready(stage)

    def make_ready(self, stage):
        if stage.attempts_used >= max(self.set("attempts_max"), self.set("attempts")):
            return self.fail_job(stage.job, "attempts-in-all", stage.attempts_used)
        if stage.slots() < stage.least():
            if stage.checks == self.set("admission_failures"):
                return self.refuse(stage, "slots", stage.least(), stage.slots())
            stage.checks += 1
            stage.state = "admitting"
            self.about("wait", stage, reason="admission", needed=stage.least(), there=stage.slots())
            return self.wake(stage.key("admission"), self.set("admission_interval"), "admission", lambda: self.check_again(stage))
        stage.checks = 0
        if stage.is_gang:
            stage.state = "queued"
        else:
            stage.state = "running"
            stage.attempts_used += 1
            stage.idle = {r for r in range(stage.tasks) if r not in stage.made}
        self.be_patient(stage)

    def check_again(self, stage):
        stage.state = "new"
        self.start_ready(stage.job)

    def be_patient(self, stage):
        def give_up():
            self.refuse(stage, "launch-deadline", stage.least(), stage.slots())
        self.wake(stage.key("launch"), self.set("launch_deadline"), "launch-deadline", give_up)

    # ---- the queue
    def place(self):
        """In the order of the queue; who does not fit makes those behind wait."""
        waiting = [s for s in self.all_stages() if s.state == "queued" or s.idle and s.state == "running" and s.inputs_are_there()
                   or s.state == "launching" and BUG == "hold-and-wait"]
        waiting.sort(key=lambda s: (-s.job.priority, s.job.order, s.index))
        for stage in waiting:
            if stage.job.state != "running":
                continue
            if 0 < self.set("task_bytes_max") < stage.need["task_bytes"]:
                self.refuse(stage, "too-large", stage.need["task_bytes"], self.set("task_bytes_max"))
                continue
            if stage.slots() < stage.least() and not stage.holdings:
                self.unwake(stage.key("launch"))
                stage.idle.clear()
                stage.state = "new"
                self.make_ready(stage)
                continue
            if not (self.place_gang(stage) if stage.is_gang else self.place_tasks(stage)) and BUG != "hold-and-wait":
                break

    def offered(self, stage, ranks):
        """Executors, those first that the first of these ranks would rather be on."""
        there = [self.executors[i] for i in sorted(self.executors)]
        there = [e for e in there if e.is_offered(self.now)]
        if stage.prefers:
            wished = {stage.prefers[r] for r in ranks}
            there.sort(key=lambda e: (e.id not in wished, e.id))
        return there

    def place_gang(self, stage):
        if BUG == "hold-and-wait":
            return self.take_half(stage)
        offered = self.offered(stage, range(stage.tasks))
        if sum(e.fits(stage.need) for e in offered) < stage.tasks:
            return False
        self.begin_attempt(stage)
        rank = 0
        for executor in offered:
            rank += self.reserve(stage, stage.attempt, executor, rank, min(executor.fits(stage.need), stage.tasks - rank))
        self.wake(stage.key("reserve"), self.set("reserve_timeout"), "reserve", lambda: self.reserve_timeout(stage))
        return True

    def take_half(self, stage):
        """The bug: what it gets it keeps, while it waits for the rest."""
        if stage.state == "queued":
            self.begin_attempt(stage)
        rank = sum(h.count for h in stage.holdings)
        fair = max(1, (stage.tasks - rank) // 2)
        for executor in self.offered(stage, range(stage.tasks)):
            count = min(executor.fits(stage.need), fair, stage.tasks - rank)
            if count > 0:
                self.reserve(stage, stage.attempt, executor, rank, count, hold=True)
                break
        return True

    def begin_attempt(self, stage):
        stage.state, stage.attempt = "launching", stage.attempts_made
        stage.attempts_made += 1
        stage.begin_rounds()

    def reserve(self, stage, attempt, executor, rank, count, **more):
        if count <= 0:
            return 0
        at = rank
        for addresses, tasks in executor.take(stage.need, count):
            stage.holdings.append(Holding(stage, attempt, executor, at, tasks))
            self.about("reserve", stage, attempt, rank=at, count=len(tasks), executor=executor.id, gpus=addresses,
                       resume=stage.checkpoint, **more)
            at += len(tasks)
        return count

    def place_tasks(self, stage):
        """As many as there is room for, in ranges of one attempt."""
        for executor in self.offered(stage, stage.idle):
            fits = executor.fits(stage.need)
            wanted = sorted(stage.idle, key=lambda r: (bool(stage.prefers) and stage.prefers[r] != executor.id, r))[:fits]
            for first, count in ranges(sorted(wanted), stage.rank_attempt):
                self.reserve(stage, stage.rank_attempt[first], executor, first, count)
                stage.idle.difference_update(range(first, first + count))
        if not stage.idle:
            self.unwake(stage.key("launch"))
        if not self.is_armed(stage.key("reserve")):
            self.watch_asked(stage)
        return not stage.idle

    def is_armed(self, key):
        return self.wake_ids.get(key) in self.wakes

    def watch_asked(self, stage):
        asked = [h.since for h in stage.holdings if h.state == "asked"]
        if asked:
            after = min(asked) + self.set("reserve_timeout") - self.now
            self.wake(stage.key("reserve"), after, "reserve", lambda: self.tasks_timeout(stage))

    # ---- launches
    def find(self, event):
        stage = self.jobs[event["job"]].stages[event["stage"]]
        if event["executor"] in self.executors:  # it was heard, be it of a launch that was taken back
            self.executors[event["executor"]].suspect = False
        for h in stage.holdings:
            if h.attempt == event["attempt"] and h.executor.id == event["executor"] and event["rank"] in h.live:
                return stage, h
        return stage, None

    def on_reserve_ack(self, event):
        stage, h = self.find(event)
        if h is None or h.state != "asked":
            return
        h.state = "held"
        if not stage.is_gang:
            self.go(stage, h)
        elif stage.state == "launching" and sum(h.count for h in stage.holdings if h.state == "held") == stage.tasks:
            self.unwake(stage.key("reserve"))
            self.unwake(stage.key("launch"))
            stage.state = "running"
            stage.attempts_used += 1
            self.about("go", stage)
            for h in stage.holdings:
                h.state = "gone"

    def go(self, stage, h):
        h.state = "gone"
        self.about("go", stage, h.attempt, rank=h.rank, count=h.count, executor=h.executor.id)
        if all(h.state == "gone" for h in stage.holdings):
            self.unwake(stage.key("reserve"))

    def on_reserve_nack(self, event):
        stage, h = self.find(event)
        if h is None:
            return
        # Its books are not ours, so it is left alone for a while.
        executor = h.executor
        executor.suspect = True
        self.wake(("suspect", executor.id), self.set("heartbeat"), "retry", lambda: setattr(executor, "suspect", False))
        self.free_all(h)
        self.take_back(stage, h, "reserve-nack")

    def take_back(self, stage, h, reason):
        """h is not to be had, or not any more: a gang's launch is taken back whole."""
        if not stage.is_gang:
            self.start_again(stage, sorted(h.live))
        elif stage.state == "launching":
            self.end_holdings(stage, "reverted")
            self.unwake(stage.key("reserve"))
            stage.state = "queued"
            self.about("note", stage, reason=reason)
            if not stage.inputs_are_there():
                stage.state = "new"
                self.unwake(stage.key("launch"))
        self.settle(stage)

    def start_again(self, stage, ranks):
        if stage.state == "running":
            stage.idle.update(ranks)
            self.be_patient(stage)

    def reserve_timeout(self, stage):
        for h in stage.holdings:
            h.executor.suspect |= h.state == "asked"
        self.take_back(stage, None, "reserve-timeout")

    def tasks_timeout(self, stage):
        late = [h for h in stage.holdings if h.state == "asked" and self.now - h.since >= self.set("reserve_timeout")]
        for h in late:
            h.executor.suspect = True
            self.about("unreserve", stage, h.attempt, rank=h.rank, count=h.count, executor=h.executor.id)
            self.free_all(h)
            self.start_again(stage, sorted(h.live))
        self.watch_asked(stage)

    def free_all(self, h):
        for addresses in h.live.values():
            h.executor.give(h.stage.need, addresses)
        h.stage.holdings.remove(h)

    def end_holdings(self, stage, reason):
        """What has not gone is given back and free; what runs is told to end, and is free when it says so."""
        told = False
        for h in list(stage.holdings):
            if h.state != "gone":
                self.about("unreserve", stage, h.attempt, rank=h.rank, count=h.count, executor=h.executor.id,
                           reason=reason)
                self.free_all(h)
            else:
                told = True
                self.about("kill", stage, h.attempt, rank=h.rank, count=h.count, executor=h.executor.id, reason=reason)
        if told:
            self.wake(stage.key("release"), self.set("release_wait"), "release-wait", lambda: self.not_released(stage))

    def not_released(self, stage):
        """An executor that does not free the slots in time has to go as a whole."""
        for executor in {h.executor.id for h in stage.holdings if h.state == "gone"}:
            self.order("dismiss", executor=executor)

    # ---- ends of tasks
    def on_free(self, event):
        stage, h = self.find(event)
        rank, reason = event["rank"], event.get("reason")
        if h is None:
            return
        h.executor.give(stage.need, h.live.pop(rank))
        if not h.live:
            stage.holdings.remove(h)
        if reason == "driver-silent":
            h.executor.suspect = True
            executor = h.executor
            self.wake(("suspect", executor.id), self.set("heartbeat"), "retry", lambda: setattr(executor, "suspect", False))
        if stage.state == "launching":
            self.lease_ended(stage, h)
        elif stage.state != "running" or stage.job.state != "running":
            self.settle(stage)
        elif stage.is_gang:
            self.member_ended(stage, event)
        else:
            self.task_ended(stage, event, h)

    def lease_ended(self, stage, h):
        if h in stage.holdings:
            self.free_all(h)
        self.take_back(stage, None, "lease-ended")

    def succeed(self, stage, event):
        executor = self.executors[event["executor"]]
        executor.failures = 0
        stage.made[event["rank"]] = (executor.id, executor.incarnation)
        stage.exited += 1
        self.about("accept", stage, event["attempt"], what="success", rank=event["rank"], executor=executor.id)

    def member_ended(self, stage, event):
        if event["exit"] == "ok":
            self.succeed(stage, event)
            if stage.exited == stage.tasks:
                return self.stage_done(stage)
            if stage.arrived:
                self.fail_round(stage, "member-exited")
            return
        cause = self.cause(event)
        if cause == "task-failed":
            self.charge_executor(event["executor"])
        self.fail_gang(stage, cause, event["rank"], event["code"])
        if cause == "fetch-failed":
            self.missed(stage, event["missed"])

    def cause(self, event):
        reason = event.get("reason")
        if event.get("never_started"):
            return "no-room" if reason == "no-room" else "go-late"
        return reason if reason in ("fetch-failed", "driver-silent") else "task-failed"

    def task_ended(self, stage, event, h):
        rank = event["rank"]
        if event["exit"] == "ok":
            self.succeed(stage, event)
            if len(stage.made) == stage.tasks:
                self.stage_done(stage)
            return
        if h.state != "gone":  # its lease ended before we said go: it never went
            return self.start_again(stage, [rank])
        cause = self.cause(event)
        if cause == "task-failed":
            self.charge_executor(event["executor"])
        self.rerun(stage, rank, cause)
        if cause == "fetch-failed":
            self.missed(stage, event["missed"])

    def rerun(self, stage, rank, cause):
        if stage.job.state != "running":
            return
        if cause in SPARED:
            stage.losses += cause != "executor-lost"
            if stage.losses >= self.set("losses"):
                return self.fail_job(stage.job, "losses", stage.losses)
        else:
            stage.rank_failures[rank] += 1
            if stage.rank_failures[rank] >= self.set("attempts"):
                return self.fail_job(stage.job, "attempts", stage.rank_failures[rank])
        stage.rank_attempt[rank] += 1
        self.about("note", stage, stage.rank_attempt[rank], reason="rerun", rank=rank)
        self.start_again(stage, [rank])

    def stage_done(self, stage):
        stage.state = "done"
        self.end_rounds(stage)
        for what in ("reserve", "launch"):
            self.unwake(stage.key(what))
        self.about("stage-done", stage, stage.attempt if stage.is_gang else 0, attempts=stage.attempts_used)
        self.check_over(stage.job)
        self.start_ready(stage.job)

    # ---- a gang fails
    def fail_gang(self, stage, cause, rank, code):
        self.about("fence", stage, reason=cause, rank=rank, code=code)
        stage.state = "draining"
        self.end_rounds(stage)
        self.forget_outputs(stage)
        self.end_holdings(stage, "gang-failed")
        if cause in SPARED:
            stage.losses += 1
            if stage.losses >= self.set("losses"):
                return self.fail_job(stage.job, cause if cause in ("go-late", "no-room") else "losses", stage.losses)
        else:
            stage.failures += 1
            if stage.failures >= self.set("attempts"):
                return self.fail_job(stage.job, "attempts", stage.failures)
        self.settle(stage)

    def forget_outputs(self, stage):
        if stage.is_read:
            for first, count in ranges(sorted(stage.made)):
                self.order("unregister", job=stage.job.id, stage=stage.index, rank=first, count=count, reason="gang-failed")
        stage.made.clear()

    def settle(self, stage):
        """The last slot of an ended attempt is free, or written off."""
        if stage.holdings:
            return
        self.unwake(stage.key("release"))
        if stage.job.state == "ending":
            return self.check_over(stage.job)
        if stage.state == "draining":
            stage.state = "backoff"
            self.wake(stage.key("retry"), self.set("retry_delay"), "retry", lambda: self.retry(stage))

    def retry(self, stage):
        stage.state = "new"
        self.about("note", stage, reason="restart", needed=stage.checkpoint)
        self.start_ready(stage.job)

    def lost_holdings(self, stage, gone, here):
        if stage.state == "launching":
            return self.take_back(stage, None, "executor-lost")
        if stage.state != "running" or stage.job.state != "running":
            return self.settle(stage)
        if stage.is_gang:
            return self.fail_gang(stage, "executor-lost", min(r for h in here for r in h.live), gone.id)
        ran = [r for h in here if h.state == "gone" for r in h.live]
        self.start_again(stage, [r for h in here if h.state != "gone" for r in h.live])
        stage.losses += bool(ran)
        for rank in ran:
            self.rerun(stage, rank, "executor-lost")

    # ---- outputs that other stages read
    def missed(self, stage, missed):
        executor = self.executors.get(missed.get("executor"))
        if executor is None or executor.incarnation != missed["incarnation"] or stage.job.state != "running":
            return
        self.lose_outputs(stage.job.stages[missed["stage"]], executor, "fetch-failed")
        self.make_again(stage.job, "fetch-failed")

    def lose_outputs(self, stage, executor, reason):
        lost = [r for r, where in stage.made.items() if where == (executor.id, executor.incarnation)]
        if not lost:
            return
        if stage.is_gang and stage.state == "running":
            return self.fail_gang(stage, "output-lost", min(lost), executor.id)
        for rank in lost:
            del stage.made[rank]
        if stage.state != "done":
            self.remake(stage, lost, reason)
        else:
            stage.lost = sorted(set(getattr(stage, "lost", [])) | set(lost))

    def remake(self, stage, lost, reason):
        for first, count in ranges(sorted(lost)):
            self.order("unregister", job=stage.job.id, stage=stage.index, rank=first, count=count, reason=reason)
        for rank in lost:
            stage.rank_attempt[rank] += 1
        self.start_again(stage, lost)

    def make_again(self, job, reason):
        """Whoever is not done needs all that it reads: from the last stage to the first."""
        for stage in reversed(job.stages):
            if job.state != "running" or stage.state == "done":
                continue
            for parent in stage.of(stage.shuffles):
                if parent.state == "done" and len(parent.made) < parent.tasks:
                    self.undo(parent, reason)
        for stage in job.stages:
            if job.state == "running" and not stage.inputs_are_there() and stage.state in ("queued", "launching"):
                self.take_back(stage, None, "output-lost")
                stage.state = "new"
                self.unwake(stage.key("launch"))
        self.start_ready(job)

    def undo(self, stage, reason):
        lost, stage.lost, stage.state = stage.lost, [], "new"
        if not stage.is_gang:
            return self.remake(stage, lost, reason)
        self.about("fence", stage, reason=reason, rank=lost[0])
        self.order("unregister", job=stage.job.id, stage=stage.index, reason=reason)
        stage.made.clear()

    # ---- checkpoints
    def on_checkpoint(self, event):
        stage, h = self.find(event)
        rank, number = event["rank"], event["checkpoint"]
        if h is None or not stage.is_gang or not stage.is_live() or event["attempt"] != stage.attempt or number <= stage.reported[rank]:
            return
        stage.reported[rank] = number
        if min(stage.reported) > stage.checkpoint:
            stage.checkpoint = min(stage.reported)
            self.about("accept", stage, what="checkpoint", value=stage.checkpoint)

    def on_output(self, event):
        stage, h = self.find(event)
        if h is not None and stage.is_live() and (not stage.is_gang or event["attempt"] == stage.attempt):
            self.about("accept", stage, event["attempt"], what="output", rank=event["rank"])

    # ---- barriers
    def on_arrive(self, event):
        stage, h = self.find(event)
        live = h is not None and stage.is_gang and stage.is_live() and event["attempt"] == stage.attempt
        reason = self.check_call(stage, event) if live else "sync-ended"
        if reason is not None:
            return self.about("round-failed", stage, event["attempt"], epoch=event["epoch"], rank=event["rank"], reason=reason)
        if event["rank"] in stage.arrived:
            return  # it waits already, and will get its one answer
        if not stage.arrived:
            self.wake(stage.key("sync"), self.set("sync_timeout"), "sync", lambda: self.fail_round(stage, "sync-timeout"), because=True)
            stage.limit = None
        stage.arrived[event["rank"]] = event["op"]
        if len(stage.arrived) == (stage.tasks - 1 if BUG == "early-release" and stage.tasks > 1 else stage.tasks):
            if not self.has_ended(stage):
                self.release(stage)
        elif "within" in event and (stage.limit is None or self.now + event["within"] < stage.limit):
            stage.limit = self.now + event["within"]
            rank = event["rank"]
            self.wake(stage.key("call"), event["within"], "call", lambda: self.call_gives_up(stage, rank), because=True)

    def has_ended(self, stage):
        """Whether this instant also says that somebody who came is gone: there is nobody to release then, and its end is told next."""
        return any((stage.job.id, stage.index, stage.attempt, rank) in self.ended for rank in stage.arrived)

    def check_call(self, stage, event):
        if event["size"] != stage.tasks:
            return "sync-size"
        if event["epoch"] != stage.epoch:
            return "sync-epoch"
        if stage.arrived and event["op"] != next(iter(stage.arrived.values())):
            return "sync-mismatch"
        if stage.round_failed is not None:
            return stage.round_failed
        return "member-exited" if stage.exited else None

    def release(self, stage):
        self.about("release", stage, epoch=stage.epoch)
        self.end_rounds(stage)
        stage.epoch += 1

    def fail_round(self, stage, reason):
        stage.round_failed = reason
        self.about("round-failed", stage, epoch=stage.epoch, reason=reason)
        self.end_rounds(stage)

    def call_gives_up(self, stage, rank):
        """Whose limit it was, and for whom it waited, is for the story."""
        self.about("note", stage, reason="call-timeout", rank=rank, needed=stage.tasks, there=len(stage.arrived))
        for first, count in ranges(r for r in range(stage.tasks) if r not in stage.arrived):
            self.about("note", stage, reason="absent", rank=first, needed=count)
        self.fail_round(stage, "call-timeout")

    def end_rounds(self, stage):
        stage.arrived = {}
        self.unwake(stage.key("sync"))
        self.unwake(stage.key("call"))


def ranges(ranks, attempts=None):
    """[(first, count)] of what is contiguous, and of one attempt."""
    found = []
    for rank in ranks:
        if found and found[-1][0] + found[-1][1] == rank and (attempts is None or attempts[rank] == attempts[rank - 1]):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((rank, 1))
    return found


def main():
    driver = Driver()
    for line in sys.stdin:
        message = json.loads(line)
        answer = {"id": message["id"]}
        if message["type"] == "hello":
            answer.update(type="hello", protocol=1, name="driver.py", roles=["scheduler"])
        elif message["type"] == "reset":
            driver = Driver()
            answer.update(type="ready")
        elif message["type"] == "instant":
            answer.update(type="commands", commands=driver.instant(message))
        else:
            answer.update(type="error", message="driver.py does not know what to do with '%s'" % message["type"])
        print(json.dumps(answer, separators=(",", ":")), flush=True)


main()
