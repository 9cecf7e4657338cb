"""Runs playbook.yml and tells each of its tasks as a case (test/clients/results.ts)."""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
PROGRAMS = pathlib.Path(sys.executable).parent


def versions():
    said = subprocess.run(
        [PROGRAMS / "ansible-galaxy", "collection", "list", "--format", "json"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    rows = {name: row["version"] for path in json.loads(said).values() for name, row in path.items()}
    wanted = ("amazon.aws", "community.aws")
    return ", ".join(f"{name} {rows[name]}" for name in wanted if name in rows)


def tell(name, ok, detail, ms):
    line = {"name": name, "ok": ok, **({"detail": detail} if detail else {}), "ms": ms}
    print(json.dumps(line), flush=True)


def milliseconds(task):
    ends = (task["task"]["duration"][end].replace("Z", "+00:00") for end in ("start", "end"))
    start, end = (datetime.datetime.fromisoformat(text) for text in ends)
    return (end - start).total_seconds() * 1000


def main():
    with tempfile.TemporaryDirectory() as home:
        env = {
            **os.environ,
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "ANSIBLE_HOME": home,
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_DEPRECATION_WARNINGS": "false",
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        }
        ended = subprocess.run(
            [PROGRAMS / "ansible-playbook", "-i", "localhost,", "-c", "local", HERE / "playbook.yml"],
            capture_output=True,
            env=env,
            text=True,
        )
    start = ended.stdout.find("{\n")
    if start < 0:
        sys.exit(ended.stdout + ended.stderr)
    tell("versions", True, versions(), 0)
    played = json.loads(ended.stdout[start:])
    for play in played["plays"]:
        for task in play["tasks"]:
            result = task["hosts"]["localhost"]
            failed = result.get("failed", False)
            said = json.dumps({key: result.get(key) for key in ("msg", "assertion", "exception")})
            tell(task["task"]["name"], not failed, said if failed else "", milliseconds(task))


main()
