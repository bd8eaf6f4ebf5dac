"""A whole scheduler that orders what it is told to, for tests: at the first instant with the event that the first argument names, the
commands of the second (a list in JSON); as often as the third says (default 1)."""
import json
import sys

event, commands, times = sys.argv[1], json.loads(sys.argv[2]), int((sys.argv + ["1"])[3])
for line in sys.stdin:
    message = json.loads(line)
    answer = {"id": message["id"], "type": {"hello": "hello", "reset": "ready", "instant": "commands"}[message["type"]]}
    if message["type"] == "hello":
        answer.update(protocol=1, name="told", roles=["scheduler"])
    elif message["type"] == "instant":
        now = times > 0 and any(e["event"] == event for e in message["events"])
        times -= now
        answer["commands"] = commands if now else []
    print(json.dumps(answer), flush=True)
