"""Activities with a worker on a thread, callbacks with task tokens, on a real clock."""

import json
import socket
import threading

import pytest
from wait import ended, events, until


# The message is sent, and whoever gets it answers later, with the token.
QUEUE = {"workers": [{"state": "Ask", "answers": [{"submitted": {"MessageId": "m-1"}, "never": True}]}]}


@pytest.fixture
def server(serve, tmp_path):
    path = tmp_path / "workers.json"
    path.write_text(json.dumps(QUEUE))
    return serve("--workers", path)


def activity_task(arn, **more):
    return {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": arn, "End": True, **more}}}


def work(sfn, arn, handler):
    """Takes one task and answers it, on a thread."""

    def run():
        task = sfn.get_activity_task(activityArn=arn, workerName="tester")
        handler(task["taskToken"], json.loads(task["input"]))

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_worker_answers(sfn, create):
    activity = sfn.create_activity(name="double")["activityArn"]
    machine = create("Doubles", activity_task(activity))

    def double(token, number):
        sfn.send_task_heartbeat(taskToken=token)
        sfn.send_task_success(taskToken=token, output=json.dumps(number * 2))

    # The worker asks first, and waits for the task.
    worker = work(sfn, activity, double)
    arn = sfn.start_execution(stateMachineArn=machine, input="21")["executionArn"]
    described = ended(sfn, arn)
    worker.join(timeout=30)
    assert (described["status"], described["output"]) == ("SUCCEEDED", "42")
    started = [event for event in events(sfn, arn) if event["type"] == "ActivityStarted"]
    assert started[0]["activityStartedEventDetails"]["workerName"] == "tester"


def test_many_workers_share_many_tasks(sfn, create):
    activity = sfn.create_activity(name="echo")["activityArn"]
    machine = create("Echoes", activity_task(activity))
    arns = [sfn.start_execution(stateMachineArn=machine, input=str(n))["executionArn"] for n in range(40)]
    left = threading.Semaphore(40)

    def worker():
        while left.acquire(blocking=False):
            task = sfn.get_activity_task(activityArn=activity)
            sfn.send_task_success(taskToken=task["taskToken"], output=task["input"])

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [ended(sfn, arn)["output"] for arn in arns] == [str(n) for n in range(40)]


def test_a_worker_fails_and_its_token_is_used_up(sfn, create):
    activity = sfn.create_activity(name="fails")["activityArn"]
    machine = create("Fails", activity_task(activity))
    arn = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    token = sfn.get_activity_task(activityArn=activity)["taskToken"]
    sfn.send_task_failure(taskToken=token, error="Broken", cause="it was")
    described = ended(sfn, arn)
    assert (described["status"], described["error"], described["cause"]) == ("FAILED", "Broken", "it was")
    with pytest.raises((sfn.exceptions.TaskTimedOut, sfn.exceptions.TaskDoesNotExist)):
        sfn.send_task_success(taskToken=token, output="{}")
    with pytest.raises(sfn.exceptions.InvalidToken):
        sfn.send_task_success(taskToken="no token", output="{}")


def test_a_worker_that_is_too_slow_is_told(sfn, create):
    activity = sfn.create_activity(name="slow")["activityArn"]
    machine = create("Slow", activity_task(activity, TimeoutSeconds=1))
    arn = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    token = sfn.get_activity_task(activityArn=activity)["taskToken"]
    described = ended(sfn, arn)
    assert (described["status"], described["error"]) == ("FAILED", "States.Timeout")
    with pytest.raises((sfn.exceptions.TaskTimedOut, sfn.exceptions.TaskDoesNotExist)):
        sfn.send_task_heartbeat(taskToken=token)


def test_a_callback_with_a_task_token(sfn, create):
    parameters = {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q", "MessageBody.$": "$$.Task.Token"}
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True}
    machine = create("Asks", {"StartAt": "Ask", "States": {"Ask": {**task, "Parameters": parameters}}})
    arn = sfn.start_execution(stateMachineArn=machine)["executionArn"]

    def token():
        history = {event["type"]: event for event in events(sfn, arn)}
        if "TaskSubmitted" in history:
            details = history["TaskScheduled"]["taskScheduledEventDetails"]
            return json.loads(details["parameters"])["MessageBody"]

    sfn.send_task_success(taskToken=until(token), output='{"approved": true}')
    assert json.loads(ended(sfn, arn)["output"]) == {"approved": True}


def test_a_poll_that_is_given_up_takes_no_task(server, sfn, create):
    activity = sfn.create_activity(name="left")["activityArn"]
    machine = create("Left", activity_task(activity))
    body = json.dumps({"activityArn": activity}).encode()
    head = (
        b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSStepFunctions.GetActivityTask\r\n"
        b"Content-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    host, port = server.url.removeprefix("http://").split(":")
    for _ in range(5):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head + body)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""  # The server has noticed.
    arn = sfn.start_execution(stateMachineArn=machine, input="1")["executionArn"]
    task = sfn.get_activity_task(activityArn=activity)
    sfn.send_task_success(taskToken=task["taskToken"], output="2")
    assert ended(sfn, arn)["output"] == "2"
