"""Waiting for what happens on other threads and processes, without guessing how long it takes."""

import time


def until(condition, within=30):
    """Waits until a condition gives something; gives that."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"did not happen within {within} s")


def ended(sfn, arn):
    """The description of an execution once it has ended."""

    def described():
        answer = sfn.describe_execution(executionArn=arn)
        return answer if answer["status"] != "RUNNING" else None

    return until(described)


def events(sfn, arn):
    """All events of an execution."""
    pages = sfn.get_paginator("get_execution_history").paginate(executionArn=arn)
    return [event for page in pages for event in page["events"]]
