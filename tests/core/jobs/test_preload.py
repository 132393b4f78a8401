"""What the fork server imports before it forks."""

import os
import subprocess
import sys

from core.jobs.engines.local import ONE_THREAD

PROBE = """
import json, psutil
import core.jobs.engines.preload
process = psutil.Process()
files = [file.path for file in process.open_files()]
print(json.dumps([process.num_threads(), len(process.net_connections()), [f for f in files if f.endswith(".db")]]))
"""


def test_the_fork_server_has_one_thread_and_no_connection_after_its_imports(tmp_path):
    environment = {**os.environ, **ONE_THREAD, "PILOTHOUSE_HOME": str(tmp_path)}
    seen = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[1, 0, []]"
    assert list(tmp_path.iterdir()) == []
