"""Signatures, as boto3 and the AWS CLI make them."""

import urllib.error
import urllib.request

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

SECRET = "example/secret+key"


@pytest.fixture
def server(serve):
    return serve("--access-key", f"AKIDEXAMPLE={SECRET}", "--access-key", "AKIDOTHER=other")


def code(call):
    with pytest.raises(ClientError) as raised:
        call()
    return raised.value.response["Error"]["Code"]


def test_signed_requests_are_answered(server, sfn):
    assert sfn.list_state_machines()["stateMachines"] == []
    assert server.aws("list-activities") == {"activities": []}
    other = server.client(aws_access_key_id="AKIDOTHER", aws_secret_access_key="other")
    assert other.list_activities(maxResults=10)["activities"] == []


def test_others_are_not(server):
    wrong = server.client(aws_secret_access_key="wrong")
    assert code(wrong.list_activities) == "InvalidSignatureException"
    unknown = server.client(aws_access_key_id="AKIDUNKNOWN")
    assert code(unknown.list_activities) == "UnrecognizedClientException"
    elsewhere = server.client(region_name="eu-west-1")
    assert code(elsewhere.list_activities) == "InvalidSignatureException"
    unsigned = server.client(config={"signature_version": UNSIGNED})
    assert code(unsigned.list_activities) == "MissingAuthenticationTokenException"
    result = server.aws("list-activities", check=False, AWS_SECRET_ACCESS_KEY="wrong")
    assert "InvalidSignatureException" in result.stderr


def test_the_clock_is_not_open_to_everybody(server):
    with pytest.raises(urllib.error.HTTPError) as raised:
        server.control("clock")
    assert raised.value.code == 403
    with urllib.request.urlopen(f"{server.url}/_stepclock/ready") as answer:
        assert answer.status == 200
