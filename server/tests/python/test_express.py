"""EXPRESS machines and StartSyncExecution."""

import json

import pytest

DOUBLE = {
    "QueryLanguage": "JSONata",
    "StartAt": "P",
    "States": {"P": {"Type": "Pass", "Output": "{% $states.input.n * 2 %}", "End": True}},
}


def test_the_answer_comes_with_the_call(sfn, create):
    machine = create("Sync", DOUBLE, type="EXPRESS")
    answer = sfn.start_sync_execution(stateMachineArn=machine, name="one", input='{"n": 21}')
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", "42")
    assert ":express:Sync:one:" in answer["executionArn"]
    assert answer["stopDate"] >= answer["startDate"]
    assert answer["billingDetails"]["billedMemoryUsedInMB"] >= 64


def test_a_failure_is_an_answer_too(sfn, create):
    machine = create("Fails", {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}}, type="EXPRESS")
    answer = sfn.start_sync_execution(stateMachineArn=machine)
    assert (answer["status"], answer["error"], answer["cause"]) == ("FAILED", "E", "C")


def test_with_the_command_line(server, create):
    machine = create("Cli", DOUBLE, type="EXPRESS")
    answer = server.aws("start-sync-execution", "--state-machine-arn", machine, "--input", '{"n": 4}')
    assert answer["output"] == "8"


def test_standard_machines_do_not_answer_so(sfn, create):
    machine = create("Standard", {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}})
    with pytest.raises(sfn.exceptions.StateMachineTypeNotSupported):
        sfn.start_sync_execution(stateMachineArn=machine)


def test_one_state_is_tested(server, sfn):
    definition = '{"Type": "Pass", "Result": {"a": 1}, "End": true}'
    answer = sfn.test_state(definition=definition, input="{}")
    assert (answer["status"], json.loads(answer["output"])) == ("SUCCEEDED", {"a": 1})
    answer = server.aws("test-state", "--definition", definition, "--inspection-level", "DEBUG")
    assert answer["status"] == "SUCCEEDED" and answer["inspectionData"]["input"]
