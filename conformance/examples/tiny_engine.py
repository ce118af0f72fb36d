#!/usr/bin/env python3
"""A tiny engine for the Stepclock suite: Pass, Choice, Fail, Succeed and Wait, with plain JSONPath.

It shows all there is to write an engine or an adapter in another language: read a JSON object from each line of
standard input, answer with one on standard output (docs/protocol.md). Time is simulated: a Wait only moves a number.

    STEPCLOCK_ENGINE="stdio:python3 conformance/examples/tiny_engine.py" cargo test -p stepclock-conformance --test suite
"""

import json
import re
import sys
from datetime import datetime, timezone

INFO = {
    "name": "tiny",  # names its list of known gaps: known_gaps/tiny.toml
    "version": "1",
    # Constructs and kinds of faults; cases with them are not sent. What has no name here is skipped below.
    "unsupported": ["State:Task", "State:Parallel", "State:Map", "JSONata", "Assign", "Fault:clock_jump"]
    + ["Fault:stop", "Fault:redrive", "Fault:engine_crash"],
    "comparison": {"history": "types", "causes": "ignored", "timing": "exact"},
}
STATES = {"Pass", "Choice", "Fail", "Succeed", "Wait"}
FIELDS = """Type Comment Next End InputPath OutputPath ResultPath Parameters Result Choices Default Error Cause
    ErrorPath CausePath Seconds SecondsPath Timestamp TimestampPath""".split()
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
STEPS_MAX = 10_000


class Skipped(Exception):
    """The case needs something this engine does not have."""


class Failed(Exception):
    """The execution fails with an error and a cause."""

    def __init__(self, error, cause=None):
        super().__init__(error)
        self.error, self.cause = error, cause


def look_up(path, data):
    """The value at a reference path; KeyError when there is none."""
    if not re.fullmatch(r"\$(\.[A-Za-z_]\w*|\['[^'\\]*'\]|\[\d+\])*", path):
        raise Skipped(f"only plain JSONPath, not {path}")
    for name, quoted, index in re.findall(r"\.(\w+)|\['([^']*)'\]|\[(\d+)\]", path):
        if index:
            if not isinstance(data, list) or int(index) >= len(data):
                raise KeyError(path)
            data = data[int(index)]
        elif isinstance(data, dict) and (name or quoted) in data:
            data = data[name or quoted]
        else:
            raise KeyError(path)
    return data


def must_look_up(path, data):
    try:
        return look_up(path, data)
    except KeyError:
        raise Failed("States.Runtime", f"nothing at {path}") from None


def place(path, data, result):
    """The data with the result at a reference path."""
    names = [a or b for a, b in re.findall(r"\.(\w+)|\['([^']*)'\]", path)]
    if "".join(names) != re.sub(r"[$.\[\]']", "", path):
        raise Skipped(f"only plain names in ResultPath, not {path}")
    if not names:
        return result
    if not isinstance(data, dict):
        raise Failed("States.ResultPathMatchFailure", f"no object for {path}")
    data = at = json.loads(json.dumps(data))
    for name in names[:-1]:
        if not isinstance(at.get(name), dict):
            at[name] = {}
        at = at[name]
    at[names[-1]] = result
    return data


def fill(template, data):
    """A payload template with its paths replaced."""
    if isinstance(template, list):
        return [fill(item, data) for item in template]
    if not isinstance(template, dict):
        return template
    filled = {}
    for key, value in template.items():
        if key.endswith(".$"):
            filled[key[:-2]] = must_look_up(value, data)
        else:
            filled[key] = fill(value, data)
    return filled


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


def is_timestamp(value):
    try:
        return isinstance(value, str) and bool(TIMESTAMP.fullmatch(value) and instant(value))
    except ValueError:
        return False


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


KINDS = {
    "Numeric": is_number,
    "String": lambda value: isinstance(value, str),
    "Boolean": lambda value: isinstance(value, bool),
    "Timestamp": is_timestamp,
    "Null": lambda value: value is None,
}
COMPARISONS = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "GreaterThan": lambda a, b: a > b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThanEquals": lambda a, b: a >= b,
}


def holds(rule, data):
    """Whether a rule of a Choice holds."""
    if "And" in rule:
        return all(holds(part, data) for part in rule["And"])
    if "Or" in rule:
        return any(holds(part, data) for part in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], data)
    [operator] = set(rule) - {"Variable", "Next", "Comment"}
    wanted = rule[operator]
    if operator == "IsPresent":
        try:
            look_up(rule["Variable"], data)
            return wanted
        except KeyError:
            return not wanted
    value = must_look_up(rule["Variable"], data)
    if operator.startswith("Is"):
        return KINDS[operator[2:]](value) == wanted
    if operator == "StringMatches":
        pieces = re.findall(r"\\.|\*|[^\\*]+", wanted)
        pattern = "".join(".*" if p == "*" else re.escape(p.lstrip("\\")) for p in pieces)
        return isinstance(value, str) and bool(re.fullmatch(pattern, value, re.DOTALL))
    if operator.endswith("Path"):
        operator, wanted = operator[:-4], must_look_up(wanted, data)
    kind, name = re.fullmatch("(Numeric|String|Boolean|Timestamp)(.*)", operator).groups()
    if not (KINDS[kind](value) and KINDS[kind](wanted)):
        return False
    if kind == "Timestamp":
        value, wanted = instant(value), instant(wanted)
    return COMPARISONS[name](value, wanted)


def choose(state, data):
    for rule in state["Choices"]:
        if holds(rule, data):
            return rule["Next"]
    if "Default" not in state:
        raise Failed("States.Runtime", "no rule holds, and there is no Default")
    return state["Default"]


def wait(state, data, now):
    """The moment a Wait ends."""
    seconds, timestamp = state.get("Seconds"), state.get("Timestamp")
    if "SecondsPath" in state:
        seconds = must_look_up(state["SecondsPath"], data)
    if "TimestampPath" in state:
        timestamp = must_look_up(state["TimestampPath"], data)
    if seconds is None:
        if not is_timestamp(timestamp):
            raise Failed("States.Runtime", f"{timestamp} is not a timestamp")
        return max(now, round(instant(timestamp).timestamp() * 1000))
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 0:
        raise Failed("States.Runtime", f"{seconds} is not a number of seconds")
    return now + seconds * 1000


class Execution:
    """One run of a state machine."""

    def __init__(self, case):
        self.states, self.name = case["definition"]["States"], case["definition"]["StartAt"]
        text = case.get("input_text", json.dumps(case.get("input", {})))
        self.data = json.loads(text)
        start = case.get("start_time", "2026-01-01T00:00:00Z")
        self.started = self.now = round(instant(start).timestamp() * 1000)
        self.history = []

    def record(self, event):
        event = {"id": len(self.history) + 1, "type": event, "timestamp": self.now / 1000}
        self.history.append(event)

    def run(self):
        self.record("ExecutionStarted")
        status, result = "SUCCEEDED", {}
        try:
            for _ in range(STEPS_MAX):
                if self.name is None:
                    break
                self.step(self.states[self.name])
            else:
                raise Skipped(f"it takes more than {STEPS_MAX} steps")
            self.record("ExecutionSucceeded")
            result = {"output": json.dumps(self.data, separators=(",", ":"), ensure_ascii=False)}
        except Failed as failure:
            self.record("ExecutionFailed")
            status, result = "FAILED", {"error": failure.error, "cause": failure.cause}
        times = {"startedMs": self.started, "stoppedMs": self.now}
        return {"status": status, "history": self.history, **times, **result}

    def step(self, state):
        kind = state["Type"]
        self.record(f"{kind}StateEntered")
        path = state.get("InputPath", "$")
        data = {} if path is None else must_look_up(path, self.data)
        following = state.get("Next")
        if kind == "Fail":
            given = {name: state.get(name) for name in ("Error", "Cause")}
            for name in given:
                if name + "Path" in state:
                    given[name] = must_look_up(state[name + "Path"], data)
            raise Failed(given["Error"], given["Cause"])
        if kind == "Choice":
            following = choose(state, data)
        elif kind == "Wait":
            self.now = wait(state, data, self.now)
        elif kind == "Pass":
            result = fill(state["Parameters"], data) if "Parameters" in state else data
            result = state.get("Result", result)
            path = state.get("ResultPath", "$")
            data = self.data if path is None else place(path, self.data, result)
        path = state.get("OutputPath", "$")
        self.data = {} if path is None else must_look_up(path, data)
        self.name = following
        self.record(f"{kind}StateExited")


def check(case):
    """Skips what is not supported, and refuses definitions that are none."""
    if case["kind"] not in ("history", "result"):
        raise Skipped(f"no cases of kind {case['kind']}")
    if case.get("faults"):
        raise Skipped("no faults")
    definition = case["definition"]
    unknown = set(definition) - {"Comment", "StartAt", "States", "QueryLanguage", "Version"}
    states = definition["States"]
    if unknown or "JSONata" in json.dumps(definition):
        raise Skipped("no JSONata, no " + ", ".join(sorted(unknown)))
    for state in states.values():
        if state["Type"] not in STATES:
            raise Skipped(f"no {state['Type']} states")
        rules = [set(rule) for rule in state.get("Choices", [])]
        unknown = {field for field in state if field not in FIELDS}.union(*rules) & {"Assign"}
        if unknown or "$$" in json.dumps(state) or "States." in json.dumps(state):
            raise Skipped("no variables, intrinsic functions or context object")
    targets = [definition["StartAt"]] + [state["Next"] for state in states.values() if "Next" in state]
    if missing := [target for target in targets if target not in states]:
        raise ValueError(f"the definition is refused: there is no state {missing[0]}")


def answer(request):
    if request["cmd"] == "start":
        return {"started": {"version": 1, "engine": INFO}}
    try:
        check(request["case"])
        return {"ran": {"execution": Execution(request["case"]).run()}}
    except Skipped as reason:
        return {"skipped": str(reason)}
    except Exception as error:  # a bug here or a definition that is none: say so and go on
        return {"errored": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    request = json.loads(line)
    if request["cmd"] == "stop":
        break
    print(json.dumps({"seq": request["seq"], **answer(request)}), flush=True)
