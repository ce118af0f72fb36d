"""A server for each test that asks for one, and clients for it.

`STEPCLOCK_BIN` names the program; by default it is the debug build beside this repository's sources.
"""

import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[3]
BIN = os.environ.get("STEPCLOCK_BIN", ROOT / "target" / "debug" / "stepclock")
ROLE = "arn:aws:iam::123456789012:role/example"
KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "example/secret+key"}


class Server:
    """A running server."""

    def __init__(self, *options):
        command = [str(BIN), "serve", "--port", "0", "--seed", "7", *map(str, options)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if "http://" not in line:
            raise RuntimeError(f"{command} did not start: exit code {self.process.wait()}")
        self.url = line.split()[-1]

    def client(self, retries=0, **options):
        """A boto3 client, as in anybody's code but for the endpoint."""
        config = Config(
            inject_host_prefix=False, retries={"max_attempts": retries}, read_timeout=90, **options.pop("config", {})
        )
        options = {**KEYS, "region_name": "us-east-1", "config": config, **options}
        return boto3.client("stepfunctions", endpoint_url=self.url, **options)

    def aws(self, *words, check=True, **environment):
        """Runs the AWS CLI; gives what it prints as JSON, or the whole result when it may fail."""
        script = Path(sys.executable).with_name("aws")
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": KEYS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": KEYS["aws_secret_access_key"],
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_SFN": self.url,
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            **environment,
        }
        command = [sys.executable, str(script), "stepfunctions", *map(str, words)]
        result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        if not check:
            return result
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout) if result.stdout.strip() else {}

    def control(self, path, body=None):
        """Asks for, or moves, the server's clock."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.url}/_stepclock/{path}", data=data) as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=30)


@pytest.fixture
def serve():
    """Starts servers that end with the test."""
    with contextlib.ExitStack() as stack:

        def start(*options):
            server = Server(*options)
            stack.callback(server.process.stdout.close)
            stack.callback(server.process.wait)
            stack.callback(server.process.kill)
            return server

        yield start


@pytest.fixture
def server(serve):
    """A server whose time is simulated."""
    return serve("--clock", "simulated")


@pytest.fixture
def sfn(server):
    return server.client()


@pytest.fixture
def create(sfn):
    """Creates a state machine from its states."""

    def create(name, definition, client=sfn, **more):
        text = definition if isinstance(definition, str) else json.dumps(definition)
        return client.create_state_machine(name=name, definition=text, roleArn=ROLE, **more)["stateMachineArn"]

    return create
