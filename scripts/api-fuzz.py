#!/usr/bin/env python3
"""Sends a service requests that Schemathesis derives from the description that the service gives of its API, valid ones and others, and
fails when an answer is not as described, or is a server error.

usage: api-fuzz.py PROGRAM SCHEMATHESIS [OPTION...]

  PROGRAM       terrarium, beside its worker
  SCHEMATHESIS  the program schemathesis
  OPTION        goes to it, such as --max-examples=1000 or --seed=1
"""
import asyncio
import os
import pathlib
import subprocess
import sys
import tempfile

# What the tasks of a fuzzer may take.
SETTINGS = {
    "TERRARIUM_TASK_TIMEOUT": "2",
    "TERRARIUM_MAX_PAYLOAD": "1M",
    "TERRARIUM_OUTPUT_LIMIT": "1M",
    "TERRARIUM_LOG_LIMIT": "64K",
    "TERRARIUM_LOG_LEVEL": "warning",
}


# A check that did not finish in the time that the request gives it answers 504, which is described, and no fault of the service.
CONFIGURATION = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 504]
"""


async def pipe(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main(program, schemathesis, options):
    with tempfile.TemporaryDirectory() as folder:
        socket = folder + "/socket"
        environment = {"PATH": os.environ["PATH"], "TERRARIUM_SOCKET": socket, **SETTINGS}
        service = await asyncio.create_subprocess_exec(program, "serve", env=environment)
        ready = [program, "run", "--quiet", "--no-embedded", "-c", "return []"]
        while subprocess.run(ready, env=environment, capture_output=True).returncode != 0:
            if service.returncode is not None:
                sys.exit("the service did not start")
            await asyncio.sleep(0.1)

        async def forward(reader, writer):
            # Schemathesis knows no Unix sockets.
            above, below = await asyncio.open_unix_connection(socket)
            await asyncio.gather(pipe(reader, below), pipe(above, writer))

        proxy = await asyncio.start_server(forward, "127.0.0.1", 0)
        port = proxy.sockets[0].getsockname()[1]
        pathlib.Path(folder, "schemathesis.toml").write_text(CONFIGURATION)
        fuzzer = await asyncio.create_subprocess_exec(
            schemathesis, "run", f"http://127.0.0.1:{port}/v1/openapi.json", f"--url=http://127.0.0.1:{port}", *options,
            cwd=folder, env={**os.environ, "NO_PROXY": "*", "no_proxy": "*"},
        )
        status = await fuzzer.wait()
        alive = service.returncode is None
        service.terminate()
        await service.wait()
        if not alive:
            sys.exit("the service ended")
        sys.exit(status)


if len(sys.argv) < 3:
    sys.exit(__doc__)
asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
