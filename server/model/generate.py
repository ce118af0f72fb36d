#!/usr/bin/env python3
"""Writes stepfunctions.json: the operations of AWS Step Functions and the shapes of their requests and answers.

The facts come from the service model that botocore ships (Apache-2.0); none of its documentation is taken over.

    python3 generate.py            writes the table
    python3 generate.py --check    exits 1 if the table is not what the installed botocore says,
                                   3 if botocore is missing or has another version than the table
"""

import json
import sys
from pathlib import Path

TABLE = Path(__file__).with_name("stepfunctions.json")

# What AWS's own answers show beyond the public model. Each with its evidence.
FROM_ANSWERS = {
    # AWS lists the values of an enum in an order of its own. Seen in the refusal of ListExecutions with
    # statusFilter 'succeeded'. Of the other enums no refusal is known; they keep the model's order.
    "ExecutionStatus": {
        "enum": ["SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"]
    },
    # The refusal of a larger input says "Member must have size less than or equal to 262144 bytes in UTF-8
    # encoding" where other strings have a length in characters.
    "SensitiveData": {"unit": "bytes"},
}


def load():
    """The service model, and the version of the botocore it is from."""
    import botocore
    import botocore.session

    loader = botocore.session.Session().get_component("data_loader")
    return loader.load_service_model("stepfunctions", "service-2"), botocore.__version__


def reachable(shapes, names):
    """The shapes that are used by these, themselves included."""
    found, left = set(), list(names)
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        shape = shapes[name]
        members = list(shape.get("members", {}).values())
        members += [shape[key] for key in ("member", "key", "value") if key in shape]
        left += [member["shape"] for member in members]
    return found


def shape_facts(name, shape, asked):
    """What the server needs to know of a shape. Constraints matter only in requests."""
    facts = {"type": shape["type"]}
    if shape["type"] == "structure":
        facts["members"] = {key: member["shape"] for key, member in shape["members"].items()}
        if shape.get("required"):
            facts["required"] = shape["required"]
    for key in ("member", "key", "value"):
        if key in shape:
            facts[key] = shape[key]["shape"]
    if asked:
        for key in ("min", "max", "pattern", "enum", "sensitive"):
            if key in shape:
                facts[key] = shape[key]
        facts.update(FROM_ANSWERS.get(name, {}))
    return facts


def table():
    model, version = load()
    shapes, operations = model["shapes"], {}
    for name, operation in sorted(model["operations"].items()):
        facts = {"input": operation["input"]["shape"]}
        if "output" in operation:
            facts["output"] = operation["output"]["shape"]
        facts["errors"] = [error["shape"] for error in operation["errors"]]
        if "endpoint" in operation:
            facts["hostPrefix"] = operation["endpoint"]["hostPrefix"]
        operations[name] = facts
    asked = reachable(shapes, [operation["input"] for operation in operations.values()])
    answered = reachable(shapes, [o["output"] for o in operations.values() if "output" in o])
    return {
        "botocore": version,
        "apiVersion": model["metadata"]["apiVersion"],
        "targetPrefix": model["metadata"]["targetPrefix"],
        "operations": operations,
        "shapes": {
            name: shape_facts(name, shapes[name], name in asked)
            for name in sorted(asked | answered)
        },
    }


def text(table):
    """JSON with one line for each operation and shape."""
    lines = []
    for key, value in table.items():
        if isinstance(value, dict):
            inner = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items())
            lines.append(f"  {json.dumps(key)}: {{\n{inner}\n  }}")
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def check():
    try:
        fresh = table()
    except ImportError:
        print("botocore is not installed: the table was not compared")
        return 3
    kept = json.loads(TABLE.read_text())
    if fresh["botocore"] != kept["botocore"]:
        print(f"the table is of botocore {kept['botocore']}, installed is {fresh['botocore']}: not compared")
        return 3
    if text(fresh) != TABLE.read_text():
        print("the table differs from the service model; run server/model/generate.py")
        return 1
    print(f"the table agrees with botocore {kept['botocore']}")
    return 0


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(check())
    TABLE.write_text(text(table()))
