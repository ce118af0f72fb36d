"""Lambda functions behind an endpoint, as `sam local start-lambda` has them: handlers in Python, called over HTTP."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from wait import ended, events

EXAMPLES = os.environ.get("STEPCLOCK_EXAMPLES")
ROLE = "arn:aws:iam::123456789012:role/example"


class Lambda(BaseHTTPRequestHandler):
    """Invokes the handlers of the server it belongs to."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        name = self.path.split("/")[3].split(":")[-1]
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {"Content-Type": "application/json"}
        try:
            answer = self.server.handlers[name](event)
        except Exception as error:
            headers["X-Amz-Function-Error"] = "Unhandled"
            answer = {"errorMessage": str(error), "errorType": type(error).__name__}
        body = json.dumps(answer).encode()
        self.send_response(200)
        for key, value in {**headers, "Content-Length": len(body)}.items():
            self.send_header(key, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def functions():
    """Handlers by name, and where they are called."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Lambda)
    server.handlers = {}
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server(serve, functions):
    return serve("--lambda-endpoint", functions.url)


@pytest.mark.skipif(not EXAMPLES, reason="STEPCLOCK_EXAMPLES is not set")
def test_a_chain_of_handlers(functions, sfn, create):
    def step(name):
        def lambda_handler(event):
            return {"input": event["input"], "done": [*event.get("done", []), name]}

        return lambda_handler

    functions.handlers = {name: step(name) for name in ["ValidateOrder", "ProcessPayment", "FulfillOrder"]}
    machine = create("OrderWorkflow", (Path(EXAMPLES) / "order-chain.asl.json").read_text())
    started = sfn.start_execution(stateMachineArn=machine, name="order-12345", input=json.dumps({"input": 7}))
    described = ended(sfn, started["executionArn"])
    assert described["status"] == "SUCCEEDED", described
    assert json.loads(described["output"]) == {"input": 7, "done": ["ValidateOrder", "ProcessPayment", "FulfillOrder"]}


def test_an_exception_of_a_handler_is_an_error_of_the_task(functions, sfn, create):
    def lambda_handler(event):
        raise ValueError("no such order")

    functions.handlers = {"Find": lambda_handler}
    arn = "arn:aws:lambda:us-east-1:123456789012:function:Find"
    catch = [{"ErrorEquals": ["ValueError"], "ResultPath": "$.error", "Next": "Missing"}]
    states = {"T": {"Type": "Task", "Resource": arn, "Catch": catch, "End": True}, "Missing": {"Type": "Succeed"}}
    machine = create("Finds", {"StartAt": "T", "States": states})
    started = sfn.start_execution(stateMachineArn=machine, input='{"id": 1}')
    output = json.loads(ended(sfn, started["executionArn"])["output"])
    assert output["id"] == 1
    assert output["error"]["Error"] == "ValueError"
    assert json.loads(output["error"]["Cause"])["errorMessage"] == "no such order"


def test_the_token_of_a_callback_comes_with_the_event(functions, sfn, create):
    def lambda_handler(event):
        sfn.send_task_success(taskToken=event["token"], output=json.dumps({"approved": event["amount"]}))
        return {}

    functions.handlers = {"Approve": lambda_handler}
    payload = {"token.$": "$$.Task.Token", "amount.$": "$.amount"}
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": True}
    task["Parameters"] = {"FunctionName": "Approve", "Payload": payload}
    machine = create("Approves", {"StartAt": "A", "States": {"A": task}})
    started = sfn.start_execution(stateMachineArn=machine, input='{"amount": 12}')
    described = ended(sfn, started["executionArn"])
    assert described["status"] == "SUCCEEDED", [e["type"] for e in events(sfn, started["executionArn"])]
    assert json.loads(described["output"]) == {"approved": 12}
