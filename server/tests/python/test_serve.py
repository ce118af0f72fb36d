"""The command itself: its address, its end, what it refuses."""

import subprocess

from conftest import BIN


def refused(*options):
    result = subprocess.run([str(BIN), "serve", "--port", "0", *options], capture_output=True, text=True, timeout=30)
    assert (result.returncode, result.stdout) == (2, "")
    return result.stderr


def test_it_ends_when_asked(serve):
    server = serve()
    assert server.url.startswith("http://127.0.0.1:")
    sfn = server.client()
    sfn.list_activities()
    assert server.stop() == 0


def test_a_call_that_waits_does_not_keep_it(serve):
    server = serve()
    sfn = server.client()
    arn = sfn.create_activity(name="nobody")["activityArn"]
    poll = subprocess.Popen(
        ["python3", "-c", f"import urllib.request as u; u.urlopen(u.Request('{server.url}', data=b'{{\"activityArn\": \"{arn}\"}}', "
         "headers={'X-Amz-Target': 'AWSStepFunctions.GetActivityTask', 'Content-Type': 'application/x-amz-json-1.0'}))"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert server.stop() == 0
    assert poll.wait(timeout=30) is not None


def test_it_is_open_beyond_loopback_only_when_told():
    assert "--insecure-no-auth" in refused("--host", "0.0.0.0")


def test_what_makes_no_sense_is_refused():
    assert "--access-key" in refused("--access-key", "no-secret")
    assert "--account" in refused("--account", "12")
    assert "--start-time" in refused("--clock", "simulated", "--start-time", "yesterday")
    assert "NoSuchFile" in refused("--mock-config", "NoSuchFile")
