"""What the documentation shows, run as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from conftest import BIN, ROOT


def shown(language):
    text = (ROOT / "docs" / "server.md").read_text()
    return re.search(f"<!-- a test runs this -->\n```{language}\n(.*?)```", text, re.DOTALL)[1]


def test_the_fixture_of_the_documentation(tmp_path):
    (tmp_path / "test_shown.py").write_text(shown("python"))
    path = f"{Path(BIN).resolve().parent}:{os.environ['PATH']}"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    result = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_lines_for_ci(tmp_path):
    script = shown("sh").replace("pytest", "aws stepfunctions list-state-machines; kill %1")
    path = f"{Path(BIN).resolve().parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    keys = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": "us-east-1"}
    environment = {**os.environ, **keys, "PATH": path}
    command = ["bash", "-c", f"set -m\n{script}"]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert '"stateMachines": []' in result.stdout, result.stdout + result.stderr
