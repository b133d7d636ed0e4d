"""Running a command, as dev.lastly.cleanup.Commands.run does."""

import os
import re
import signal
import subprocess


# tag::command[]
def run_command(command):
    """As dev.lastly.cleanup.Commands.run does: no shell, no input, one time limit for all of it."""
    process = subprocess.Popen(
        command["arguments"],
        env={**os.environ, **command["environment"]},
        cwd=command["directory"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=seconds(command["timeout"]))
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    text = output.decode("utf-8", "replace")
    if process.returncode not in command["successExitCodes"]:
        raise RuntimeError(f"command exited with {process.returncode}: {text}")
    return text


def seconds(duration):
    """ISO 8601, as java.time.Duration writes it: PT1M30.5S."""
    parts = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", duration).groups("0")
    return int(parts[0]) * 3600 + int(parts[1]) * 60 + float(parts[2])


# end::command[]
