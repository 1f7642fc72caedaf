"""The private DynamoDB- and S3-compatible server (roto, from the development lock). Its data is on disk and survives kill -9."""

import http.client
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from devstack.console import StepError, step, tail
from devstack.ports import LOOPBACK
from devstack.processes import clean_environment, command_line, find_process, stop_process, wait_until

START_TIMEOUT = 30  # seconds


@dataclass(frozen=True)
class AwsServer:
    """One private server with its data in `home`; `program` lies in the virtual environment. It runs as the caller."""

    home: Path
    program: Path

    @property
    def data(self) -> Path:
        """Its data folder, which also marks its process."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """Its log."""
        return self.home / "log"

    def running(self) -> int | None:
        """Its pid, None when it does not run."""
        return find_process(lambda arguments: Path(arguments[0]).name == "roto-server" and str(self.data) in arguments)

    def port_in_use(self) -> int | None:
        """The port of the running server, from its arguments."""
        pid = self.running()
        arguments = command_line(pid) if pid else []
        return int(arguments[arguments.index("--port") + 1]) if "--port" in arguments else None

    def start(self, port: int) -> bool:
        """Start it on the port unless it runs, and wait until it answers ListTables. Says whether it had to be started."""
        if self.running() is None:
            if not self.program.exists():
                raise StepError(
                    f"{self.program} is missing, the virtual environment is incomplete: remove .venv and run this again"
                )
            with step(f"starting the DynamoDB and S3 server on {LOOPBACK}:{port}") as current:
                self._launch(port)
                current.outcome = f"DynamoDB and S3 run on {LOOPBACK}:{port}"
            return True
        problem = self.answer(self.port_in_use() or port)
        if problem:
            raise StepError(
                f"the DynamoDB and S3 server runs but does not answer: {problem}. Try script/stack down, then up{tail(self.log)}"
            )
        return False

    def _launch(self, port: int) -> None:
        command = [str(self.program), "--host", LOOPBACK, "--port", str(port), "--data-dir", str(self.data)]
        with self.log.open("a") as output:
            process = subprocess.Popen(
                command,
                cwd=self.home,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        if (
            not wait_until(lambda: process.poll() is not None or self.answer(port) is None, START_TIMEOUT)
            or process.poll() is not None
        ):
            found = (
                f"ended with exit code {process.returncode}"
                if process.poll() is not None
                else f"does not answer: {self.answer(port)}"
            )
            raise StepError(f"the DynamoDB and S3 server {found}{tail(self.log)}")

    def stop(self) -> bool:
        """Stop it if it runs. Says whether it ran."""
        pid = self.running()
        if pid is None:
            return False
        with step("stopping the DynamoDB and S3 server") as current:
            clean = stop_process(pid, how=signal.SIGTERM, timeout=10)
            current.outcome = (
                "DynamoDB and S3 stopped"
                if clean
                else "DynamoDB and S3 did not stop in 10 s and were killed (their data is safe)"
            )
        return True

    def answer(self, port: int) -> str | None:
        """None when it answers ListTables, else the reason."""
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "DynamoDB_20120810.ListTables",
            # Named, not signed: the local server reads the region and the service from it and checks nothing.
            "Authorization": "AWS4-HMAC-SHA256 Credential=local/20200101/sa-east-1/dynamodb/aws4_request, "
            "SignedHeaders=host, Signature=0",
        }
        try:
            connection.request("POST", "/", body="{}", headers=headers)
            response = connection.getresponse()
            body = response.read(300)
        except (OSError, http.client.HTTPException) as error:
            return str(error) or type(error).__name__
        finally:
            connection.close()
        return None if response.status == 200 else f"HTTP {response.status}: {body.decode('utf-8', 'replace')}"
