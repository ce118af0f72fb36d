"""Machines, versions, aliases, tags, activities; definitions that are checked."""

import json

import pytest

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
OTHER = {"StartAt": "Q", "States": {"Q": {"Type": "Succeed"}}}


def test_from_creation_to_deletion(sfn, create):
    arn = create("Machine", PASS, tags=[{"key": "team", "value": "orders"}])
    assert create("Machine", PASS, tags=[{"key": "team", "value": "orders"}]) == arn
    with pytest.raises(sfn.exceptions.StateMachineAlreadyExists):
        create("Machine", OTHER)
    described = sfn.describe_state_machine(stateMachineArn=arn)
    assert (described["name"], described["status"], described["type"]) == ("Machine", "ACTIVE", "STANDARD")
    assert json.loads(described["definition"]) == PASS
    updated = sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(OTHER), publish=True)
    assert updated["stateMachineVersionArn"] == f"{arn}:1"
    assert json.loads(sfn.describe_state_machine(stateMachineArn=arn)["definition"]) == OTHER
    assert [one["name"] for one in sfn.list_state_machines()["stateMachines"]] == ["Machine"]
    sfn.delete_state_machine(stateMachineArn=arn)
    with pytest.raises(sfn.exceptions.StateMachineDoesNotExist):
        sfn.describe_state_machine(stateMachineArn=arn)


def test_versions_and_aliases(sfn, create):
    arn = create("Versioned", PASS)
    first = sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(OTHER))
    second = sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    assert (first, second) == (f"{arn}:1", f"{arn}:2")
    routes = [{"stateMachineVersionArn": first, "weight": 100}]
    alias = sfn.create_state_machine_alias(name="live", routingConfiguration=routes)["stateMachineAliasArn"]
    started = sfn.start_execution(stateMachineArn=alias)["executionArn"]
    described = sfn.describe_execution(executionArn=started)
    assert (described["stateMachineAliasArn"], described["stateMachineVersionArn"]) == (alias, first)
    listed = sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [one["stateMachineVersionArn"] for one in listed] == [second, first]
    with pytest.raises(sfn.exceptions.ConflictException):
        sfn.delete_state_machine_version(stateMachineVersionArn=first)
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    sfn.delete_state_machine_version(stateMachineVersionArn=first)


def test_tags(server, sfn, create):
    arn = create("Tagged", PASS)
    server.aws("tag-resource", "--resource-arn", arn, "--tags", "key=a,value=1", "key=b,value=2")
    sfn.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert server.aws("list-tags-for-resource", "--resource-arn", arn)["tags"] == [{"key": "b", "value": "2"}]


def test_activities(server, sfn):
    arn = server.aws("create-activity", "--name", "ship")["activityArn"]
    assert sfn.create_activity(name="ship")["activityArn"] == arn
    assert sfn.describe_activity(activityArn=arn)["name"] == "ship"
    assert [one["name"] for one in sfn.list_activities()["activities"]] == ["ship"]
    sfn.delete_activity(activityArn=arn)
    with pytest.raises(sfn.exceptions.ActivityDoesNotExist):
        sfn.describe_activity(activityArn=arn)


def test_definitions_are_checked(server, sfn):
    good = sfn.validate_state_machine_definition(definition=json.dumps(PASS))
    assert (good["result"], good["diagnostics"]) == ("OK", [])
    missing = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Next": "Q"}}}
    bad = server.aws("validate-state-machine-definition", "--definition", json.dumps(missing))
    assert bad["result"] == "FAIL"
    assert bad["diagnostics"][0]["code"] == "MISSING_TRANSITION_TARGET"
