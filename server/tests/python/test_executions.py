"""The life of executions: start, describe, list, stop; errors as boto3 knows them."""

import json

import pytest
from botocore.exceptions import ClientError
from wait import ended, events

WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86400, "End": True}}}
PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


@pytest.fixture
def server(serve):
    """Time stands still until a test moves it."""
    return serve("--clock", "simulated", "--frozen", "--start-time", "2026-03-01T12:00:00Z")


def test_a_day_passes_when_told(server, sfn, create):
    arn = sfn.start_execution(stateMachineArn=create("Day", WAIT), input='{"x": 1}')["executionArn"]
    described = sfn.describe_execution(executionArn=arn)
    assert described["status"] == "RUNNING" and "stopDate" not in described
    assert described["startDate"].isoformat().startswith("2026-03-01T12:00:00")
    server.control("clock/advance", {"seconds": 86399})
    assert sfn.describe_execution(executionArn=arn)["status"] == "RUNNING"
    state = server.control("clock/advance", {"seconds": 1})
    assert state["now"] == "2026-03-02T12:00:00Z"
    described = sfn.describe_execution(executionArn=arn)
    assert (described["status"], described["output"]) == ("SUCCEEDED", '{"x":1}')
    assert (described["stopDate"] - described["startDate"]).total_seconds() == 86400
    assert described["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]


def test_stop(sfn, create):
    arn = sfn.start_execution(stateMachineArn=create("Stopped", WAIT))["executionArn"]
    stopped = sfn.stop_execution(executionArn=arn, error="Enough", cause="of it")
    described = sfn.describe_execution(executionArn=arn)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Enough", "of it")
    assert described["stopDate"] == stopped["stopDate"]
    assert [event["type"] for event in events(sfn, arn)][-1] == "ExecutionAborted"


def test_a_name_is_taken_once_and_the_same_start_is_the_same_execution(server, sfn, create):
    machine = create("Names", WAIT)
    first = sfn.start_execution(stateMachineArn=machine, name="one", input='{"a": 1}')
    again = sfn.start_execution(stateMachineArn=machine, name="one", input='{"a": 1}')
    assert (again["executionArn"], again["startDate"]) == (first["executionArn"], first["startDate"])
    with pytest.raises(sfn.exceptions.ExecutionAlreadyExists):
        sfn.start_execution(stateMachineArn=machine, name="one", input='{"a": 2}')
    server.control("clock/run-until-idle", {})
    with pytest.raises(sfn.exceptions.ExecutionAlreadyExists):
        sfn.start_execution(stateMachineArn=machine, name="one", input='{"a": 1}')


def test_lists_have_pages_and_filters(server, sfn, create):
    machine = create("Many", WAIT)
    arns = [sfn.start_execution(stateMachineArn=machine, name=f"n{n}")["executionArn"] for n in range(7)]
    sfn.stop_execution(executionArn=arns[3])
    pages = sfn.get_paginator("list_executions").paginate(
        stateMachineArn=machine, PaginationConfig={"PageSize": 3}
    )
    listed = [[one["executionArn"] for one in page["executions"]] for page in pages]
    assert [len(page) for page in listed] == [3, 3, 1]
    assert sorted(sum(listed, [])) == sorted(arns)
    running = sfn.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    assert {one["name"] for one in running} == {"n0", "n1", "n2", "n4", "n5", "n6"}
    aborted = server.aws("list-executions", "--state-machine-arn", machine, "--status-filter", "ABORTED")
    assert [one["executionArn"] for one in aborted["executions"]] == [arns[3]]
    by_cli = server.aws("list-executions", "--state-machine-arn", machine, "--page-size", "2", "--max-items", "5")
    assert len(by_cli["executions"]) == 5 and by_cli["NextToken"]


def test_histories_have_pages(sfn, create):
    states = {f"P{n}": {"Type": "Pass", "Next": f"P{n + 1}"} for n in range(60)}
    states["P60"] = {"Type": "Succeed"}
    arn = sfn.start_execution(stateMachineArn=create("Long", {"StartAt": "P0", "States": states}))["executionArn"]
    ended(sfn, arn)
    pages = sfn.get_paginator("get_execution_history").paginate(executionArn=arn, PaginationConfig={"PageSize": 50})
    ids = [[event["id"] for event in page["events"]] for page in pages]
    assert [len(page) for page in ids] == [50, 50, 24]
    assert sum(ids, []) == list(range(1, 125))
    backwards = sfn.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=2)["events"]
    assert [event["type"] for event in backwards] == ["ExecutionSucceeded", "SucceedStateExited"]


def test_errors_have_their_classes(sfn, create):
    machine = create("Errors", PASS)
    missing = machine.replace(":stateMachine:", ":execution:") + ":missing"
    with pytest.raises(sfn.exceptions.ExecutionDoesNotExist) as raised:
        sfn.describe_execution(executionArn=missing)
    assert raised.value.response["Error"]["Message"] == f"Execution Does Not Exist: '{missing}'"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(sfn.exceptions.StateMachineDoesNotExist):
        sfn.start_execution(stateMachineArn=machine + "x")
    with pytest.raises(sfn.exceptions.InvalidArn):
        sfn.start_execution(stateMachineArn="not-an-arn")
    with pytest.raises(sfn.exceptions.InvalidExecutionInput):
        sfn.start_execution(stateMachineArn=machine, input="{")
    with pytest.raises(sfn.exceptions.InvalidName):
        sfn.start_execution(stateMachineArn=machine, name="a b")
    with pytest.raises(sfn.exceptions.InvalidDefinition):
        create("Bad", {"StartAt": "Nowhere", "States": {"P": {"Type": "Pass", "End": True}}})


def test_what_sdks_check_themselves_is_checked_here_too(server, create):
    sfn = server.client(config={"parameter_validation": False})
    with pytest.raises(ClientError) as raised:
        sfn.start_execution(name="x" * 81)
    assert raised.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "2 validation errors detected: Value null at 'stateMachineArn' failed to satisfy constraint: "
        f"Member must not be null; Value '{'x' * 81}' at 'name' failed to satisfy constraint: Member must have "
        "length less than or equal to 80",
    }
    with pytest.raises(ClientError) as raised:
        sfn.list_state_machines(maxResults="many")
    error = raised.value.response["Error"]
    assert error["Code"] == "SerializationException"
    assert error["Message"] == "STRING_VALUE can not be converted to an Integer"


def test_the_command_line_says_what_is_wrong(server):
    arn = "arn:aws:states:us-east-1:123456789012:execution:No:such"
    result = server.aws("describe-execution", "--execution-arn", arn, check=False)
    assert result.returncode != 0
    assert "(ExecutionDoesNotExist) when calling the DescribeExecution operation" in result.stderr


def test_a_megabyte_is_too_much(sfn, create):
    machine = create("Large", PASS)
    with pytest.raises(ClientError) as raised:
        sfn.start_execution(stateMachineArn=machine, input=json.dumps("x" * 262_143))
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError) as raised:
        sfn.start_execution(stateMachineArn=machine, input=json.dumps("x" * 1_100_000))
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
