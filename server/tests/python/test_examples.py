"""Workflows as users write them, unchanged, with mocked Lambda functions: created and run with boto3 and the CLI."""

import json
import os
from pathlib import Path

import pytest
from wait import ended, events

EXAMPLES = os.environ.get("STEPCLOCK_EXAMPLES")
pytestmark = pytest.mark.skipif(not EXAMPLES, reason="STEPCLOCK_EXAMPLES is not set")
ROLE = "arn:aws:iam::123456789012:role/example"


def returns(value):
    return {"0": {"Return": value}}


def throws(error):
    return {"Throw": {"Error": error, "Cause": "as the test says"}}


MOCKS = {
    "StateMachines": {
        "OrderWorkflow": {
            "TestCases": {
                "HappyPath": {"ValidateOrder": "Valid", "ProcessPayment": "Paid", "FulfillOrder": "Done"},
                "Unpaid": {"ValidateOrder": "Valid", "ProcessPayment": "Declined"},
            }
        },
        "Choice": {
            "TestCases": {"All": {"HighValueOrder": "High", "RushOrder": "Rush", "StandardOrder": "Standard"}}
        },
        "Items": {"TestCases": {"All": {"ProcessItem": "Items"}}},
        "Parallel": {
            "TestCases": {
                "All": {"UpdateInventory": "High", "SendNotification": "Rush", "UpdateAnalytics": "Standard"}
            }
        },
        "Retry": {"TestCases": {"Twice": {"ProcessWithRetry": "ThirdTime"}, "Never": {"ProcessWithRetry": "Broken"}}},
    },
    "MockedResponses": {
        "Valid": returns({"valid": True}),
        "Paid": returns({"paid": True}),
        "Done": returns({"result": "success"}),
        "Declined": {"0": throws("CardDeclined")},
        "High": returns("high"),
        "Rush": returns("rush"),
        "Standard": returns("standard"),
        "Items": {"0-2": {"Return": {"done": True}}},
        "ThirdTime": {"0-1": throws("Lambda.ServiceException"), "2": {"Return": "at last"}},
        "Broken": {"0": throws("TypeError")},
    },
}


@pytest.fixture
def server(serve, tmp_path):
    path = tmp_path / "MockConfigFile.json"
    path.write_text(json.dumps(MOCKS))
    return serve("--clock", "simulated", "--mock-config", path)


def definition(name):
    return (Path(EXAMPLES) / f"{name}.asl.json").read_text()


def test_a_chain_of_lambda_functions(sfn, create):
    arn = create("OrderWorkflow", definition("order-chain"), type="STANDARD")
    started = sfn.start_execution(
        stateMachineArn=f"{arn}#HappyPath", name="order-12345", input=json.dumps({"orderId": 12345})
    )
    described = ended(sfn, started["executionArn"])
    assert described["status"] == "SUCCEEDED"
    assert json.loads(described["output"]) == {"result": "success"}
    assert described["input"] == '{"orderId": 12345}'
    kinds = [event["type"] for event in events(sfn, started["executionArn"])]
    one = ["TaskStateEntered", "LambdaFunctionScheduled", "LambdaFunctionStarted"]
    one += ["LambdaFunctionSucceeded", "TaskStateExited"]
    assert kinds == ["ExecutionStarted", *one * 3, "ExecutionSucceeded"]


def test_the_same_chain_with_the_command_line(server):
    path = Path(EXAMPLES) / "order-chain.asl.json"
    created = server.aws(
        "create-state-machine", "--name", "OrderWorkflow", "--definition", f"file://{path}",
        "--role-arn", ROLE, "--type", "STANDARD",
    )  # fmt: skip
    started = server.aws(
        "start-execution", "--state-machine-arn", f"{created['stateMachineArn']}#Unpaid",
        "--name", "order-1", "--input", '{"orderId": 1}',
    )  # fmt: skip
    arn = started["executionArn"]
    assert arn.endswith(":execution:OrderWorkflow:order-1")
    described = server.aws("describe-execution", "--execution-arn", arn)
    assert (described["status"], described["error"]) == ("FAILED", "CardDeclined")
    history = server.aws("get-execution-history", "--execution-arn", arn, "--reverse-order")["events"]
    assert history[0]["type"] == "ExecutionFailed"
    assert history[0]["executionFailedEventDetails"] == {"error": "CardDeclined", "cause": "as the test says"}
    listed = server.aws("list-executions", "--state-machine-arn", created["stateMachineArn"])["executions"]
    assert [(one["name"], one["status"]) for one in listed] == [("order-1", "FAILED")]


@pytest.mark.parametrize(
    ("order", "chosen"),
    [({"total": 1500}, "high"), ({"total": 5, "priority": "rush"}, "rush"), ({"total": 5, "priority": "no"}, "standard")],
)
def test_a_choice_by_value_and_priority(sfn, create, order, chosen):
    arn = create("Choice", definition("choice-order-value"))
    started = sfn.start_execution(stateMachineArn=f"{arn}#All", input=json.dumps(order))
    assert json.loads(ended(sfn, started["executionArn"])["output"]) == chosen


def test_a_map_over_items(sfn, create):
    arn = create("Items", definition("map-items"))
    started = sfn.start_execution(stateMachineArn=f"{arn}#All", input=json.dumps({"items": [1, 2, 3]}))
    output = json.loads(ended(sfn, started["executionArn"])["output"])
    assert output == {"items": [1, 2, 3], "processedItems": [{"done": True}] * 3}


def test_three_branches(sfn, create):
    arn = create("Parallel", definition("parallel"))
    started = sfn.start_execution(stateMachineArn=f"{arn}#All")
    assert json.loads(ended(sfn, started["executionArn"])["output"]) == ["high", "rush", "standard"]


def test_retries_wait_as_long_as_they_say(sfn, create):
    arn = create("Retry", definition("retry-and-catch"))
    started = sfn.start_execution(stateMachineArn=f"{arn}#Twice")
    described = ended(sfn, started["executionArn"])
    assert (described["status"], described["output"]) == ("SUCCEEDED", '"at last"')
    times = [e["timestamp"] for e in events(sfn, started["executionArn"]) if e["type"] == "LambdaFunctionScheduled"]
    assert [(after - before).total_seconds() for before, after in zip(times, times[1:])] == [2, 4]


def test_what_is_not_retried_is_caught(sfn, create):
    arn = create("Retry", definition("retry-and-catch"))
    started = sfn.start_execution(stateMachineArn=f"{arn}#Never")
    ended(sfn, started["executionArn"])
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in events(sfn, started["executionArn"])
        if event["type"].endswith("StateEntered")
    ]
    states = json.loads(definition("retry-and-catch"))["States"]
    catchers = states["ProcessWithRetry"]["Catch"]
    assert entered == ["ProcessWithRetry", catchers[-1]["Next"]]
