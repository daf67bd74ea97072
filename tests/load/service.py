"""A service process to try things on, and the little HTTP that it takes to ask it."""

import asyncio
import json
import os
import pathlib
import resource
import signal
import sys

PROGRAM = str(pathlib.Path(__file__).resolve().parent.parent.parent / "target" / "release" / "universities")


class Service:
    """A service process, and what it takes of the system."""

    started = []

    @classmethod
    async def start(cls, program, *arguments, files=None):
        def limit():
            if files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        self = cls()
        self.process = await asyncio.create_subprocess_exec(
            program, "serve", "--bind", "127.0.0.1:0", "--log", "json", *arguments,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, preexec_fn=limit,
        )
        cls.started.append(self.process)
        self.log = []
        while line := await self.process.stderr.readline():
            self.log.append(line.decode())
            if address := json.loads(line).get("server.address"):
                self.port = int(address.rsplit(":", 1)[1])
                break
        else:
            sys.exit("the service did not start: " + "".join(self.log))
        self.reading = asyncio.create_task(self.read_log())
        return self

    async def read_log(self):
        while line := await self.process.stderr.readline():
            self.log.append(line.decode())

    def memory_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def connect(self):
        return await asyncio.open_connection("127.0.0.1", self.port)

    @classmethod
    def run(cls, script):
        """Runs a script, and leaves no service behind, however it ends."""
        try:
            asyncio.run(script)
        finally:
            for process in cls.started:
                if process.returncode is None:
                    os.kill(process.pid, signal.SIGKILL)

    async def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(self.process.wait(), 60)
        await self.reading
        if any("panicked" in line for line in self.log):
            sys.exit("the service panicked: " + "".join(self.log)[-2000:])
        return code


def head(path, *lines, method="GET"):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


async def answer(reader, method="GET"):
    """Status and body of one answer."""
    text = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    status = int(text.split(" ", 2)[1])
    if method == "HEAD" or status in (204, 304):
        return status, b""
    if "\r\ntransfer-encoding: chunked" in text:
        body = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
        return status, body
    length = text.split("\r\ncontent-length:", 1)[1].split("\r\n", 1)[0]
    return status, await reader.readexactly(int(length))
