"""Holds `terrarium mcp` against the Model Context Protocol.

usage: check_mcp.py PROGRAM SOCKET         by hand: what clients may send, and what they should not
       check_mcp.py PROGRAM SOCKET library with the protocol's own client library for Python

With a folder VERSION/schema.json for each version of the protocol in TERRARIUM_MCP_SCHEMAS, every message of the first form is
validated against the schema of the version that was agreed upon.
"""
import asyncio
import json
import os
import pathlib
import signal
import subprocess
import sys

program, socket = sys.argv[1:3]
environment = {"PATH": "/usr/bin:/bin", "TERRARIUM_SOCKET": socket}
VERSIONS = ["2024-11-05", "2025-03-26", "2025-06-18"]


class Server:
    """The program, with its messages as lines."""

    def __init__(self, version=None, command=("mcp",)):
        self.process = subprocess.Popen(
            [program, *command], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.version = version
        self.schema = self.schema_of(version)
        if version:
            welcome = self.ask("initialize", {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}})
            assert welcome["result"]["protocolVersion"] == version, welcome
            assert welcome["result"]["capabilities"] == {"tools": {}}, welcome
            self.validate(welcome["result"], "InitializeResult")
            self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    @staticmethod
    def schema_of(version):
        folder = os.environ.get("TERRARIUM_MCP_SCHEMAS")
        return json.loads(pathlib.Path(folder, version, "schema.json").read_text()) if folder and version else None

    def validate(self, value, name):
        """Against one of the definitions of the schema, if there is one."""
        if not self.schema:
            return
        import jsonschema

        key = "$defs" if "$defs" in self.schema else "definitions"
        assert name in self.schema[key], name
        jsonschema.validate(value, {**self.schema, "$ref": f"#/{key}/{name}"})

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        self.write(json.dumps(message).encode() + b"\n")

    def read(self):
        line = self.process.stdout.readline()
        assert line.endswith(b"\n"), (line, self.process.wait(), self.process.stderr.read())
        message = json.loads(line)
        assert message["jsonrpc"] == "2.0", message
        if message.get("id", 0) is not None:
            self.validate(message, "JSONRPCMessage")
        return message

    def ask(self, method, params=None, id=1, **members):
        self.send({"jsonrpc": "2.0", "id": id, "method": method, **({"params": params} if params is not None else {}), **members})
        answer = self.read()
        assert answer["id"] == id, answer
        return answer

    def call(self, arguments, **members):
        answer = self.ask("tools/call", {"name": "run_python", "arguments": arguments, **members})
        self.validate(answer["result"], "CallToolResult")
        return answer["result"]

    def ping(self):
        assert self.ask("ping", id="still there") == {"jsonrpc": "2.0", "id": "still there", "result": {}}

    def close(self, status=0):
        self.process.stdin.close()
        assert self.process.wait() == status, self.process.stderr.read()
        assert self.process.stderr.read() == b""
        assert self.process.stdout.read() == b""
        self.process.stdout.close()
        self.process.stderr.close()


def texts(result):
    return [content["text"] for content in result["content"]]


def running():
    return json.loads(subprocess.check_output([program, "tasks", "--json"], env=environment))["tasks"]


def wait_until_nothing_runs():
    while running():
        pass


# What follows is run in its order, each with a server of its own.


def every_version_runs_code():
    for version in VERSIONS:
        server = Server(version)
        tools = server.ask("tools/list")["result"]
        server.validate(tools, "ListToolsResult")
        (tool,) = tools["tools"]
        assert tool["name"] == "run_python" and set(tool["inputSchema"]["properties"]) == {"code", "items", "timeout"}, tool
        for words in ["body of a function", "math, ", "breakpoint", "20 s of run time", "256 MiB of memory"]:
            assert words in tool["description"], tool["description"]
        result = server.call({"code": "print('hi')\nreturn {'n': len(_items)}", "items": [{"a": 1.10}, {}], "timeout": 5})
        assert texts(result) == ['[\n{"json":{"n":2}}\n]\n', "printed:\nhi\n"] and result["isError"] is False, result
        server.close()


def a_version_that_is_unknown_gets_the_newest():
    server = Server()
    assert server.ask("initialize", {"protocolVersion": "1999-01-01"})["result"]["protocolVersion"] == VERSIONS[-1]
    server.close()


def failures_are_results_for_the_model():
    server = Server(VERSIONS[-1])
    for code, words in [
        ("import os", ["import of 'os' is not allowed", "<code>:1:8"]),
        ("x = 1\nreturn x['k']", ["TypeError", "<code>:2", "return x['k']"]),
        ("return (", ["[syntax_error]"]),
        ("return 5", ["[invalid_result]"]),
    ]:
        result = server.call({"code": code})
        assert result["isError"] is True, result
        for word in words:
            assert word in texts(result)[0], result
    assert "[timed_out]" in texts(server.call({"code": "while True: pass", "timeout": 0.2}))[0]
    assert "there are no items" in texts(server.call({"code": "x = 1"}))[0]
    for arguments in [None, {}, {"code": 1}, {"code": "return []", "items": 1}, {"code": "", "items": [1]},
                      {"code": "", "timeout": 0}, {"code": "", "timeout": "1"}, {"code": "", "file": "x"}, []]:
        assert server.call(arguments)["isError"] is True, arguments
    # Controls: the same arguments in an accepted form.
    assert server.call({"code": "return []", "items": None, "timeout": None})["isError"] is False
    server.close()


def long_results_are_cut_and_say_so():
    server = Server(VERSIONS[-1])
    result = server.call({"code": "print('p' * 400_000)\nreturn {'t': 'x' * 400_000}"})
    for text in texts(result):
        assert "bytes are missing here" in text and len(text) < 263_000, len(text)
    server.close()


def what_makes_no_sense_is_an_error_and_ends_nothing():
    server = Server(VERSIONS[-1])
    request = {"jsonrpc": "2.0", "id": 7, "method": "ping"}
    for line, code, id in [
        (b"{", -32700, None),
        (b"\xff\xfe", -32700, None),
        (b"[" * 100_000, -32700, None),
        (b'"' + b"x" * (17 << 20) + b'"', -32700, None),
        (b"1", -32600, None),
        (b"[]", -32600, None),
        (json.dumps([request] * 17).encode(), -32600, None),
        (b'{"id": 7, "method": "ping"}', -32600, 7),
        (b'{"jsonrpc": "2.0", "id": 7}', -32600, 7),
        (b'{"jsonrpc": "2.0", "id": null, "method": "ping"}', -32600, None),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "ping"}', -32600, None),
        (b'{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}', -32600, None),
        (b'{"jsonrpc": "2.0", "id": "a", "method": "server/discover"}', -32601, "a"),
        (b'{"jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": {"name": "rm"}}', -32602, "a"),
        (b'{"jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": []}', -32602, "a"),
    ]:
        server.write(line + b"\n")
        answer = server.read()
        assert (answer["error"]["code"], answer["id"]) == (code, id), (line[:100], answer)
        assert len(answer["error"]["message"]) < 300, answer
        server.ping()
    # Nothing is answered to these.
    for line in [b"", b"  \r", b'{"jsonrpc": "2.0", "method": "notifications/nonsense"}',
                 b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 99}}',
                 b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": 1}',
                 b'{"jsonrpc": "2.0", "id": 1, "result": {}}']:
        server.write(line + b"\n")
    server.ping()
    # A batch is answered message by message.
    server.send([request, {**request, "id": 8}])
    assert [server.read()["id"], server.read()["id"]] == [7, 8]
    server.close()


def calls_run_side_by_side_up_to_a_bound():
    server = Server(VERSIONS[-1])
    for id in range(17):
        server.send({"jsonrpc": "2.0", "id": id, "method": "tools/call",
                     "params": {"name": "run_python", "arguments": {"code": "while True: pass"}}})
    refused = server.read()
    assert refused["id"] == 16 and refused["error"]["code"] == -32000, refused
    answer = server.ask("tools/call", {"name": "run_python", "arguments": {"code": "return []"}}, id=3)
    assert answer["error"]["code"] in (-32000, -32600), answer
    for id in range(16):
        server.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}})
    assert server.call({"code": "return []"})["isError"] is False
    server.close()
    wait_until_nothing_runs()


def start_endless(server):
    server.send({"jsonrpc": "2.0", "id": "endless", "method": "tools/call", "params": {
        "name": "run_python", "arguments": {"code": "print('on my way', flush=True)\nwhile True: pass"}, "_meta": {"progressToken": "t"}}})
    progress = server.read()
    server.validate(progress, "ProgressNotification")
    assert progress == {"jsonrpc": "2.0", "method": "notifications/progress",
                        "params": {"progressToken": "t", "progress": 1, "message": "on my way\n"}}, progress
    assert [task["label"] for task in running()] == ["mcp"]


def a_cancelled_call_ends_and_is_not_answered():
    server = Server(VERSIONS[-1])
    start_endless(server)
    server.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "endless", "reason": "no"}})
    wait_until_nothing_runs()
    server.ping()
    server.close()


def the_end_of_the_client_ends_what_runs():
    server = Server(VERSIONS[-1])
    start_endless(server)
    server.close()
    wait_until_nothing_runs()
    server = Server(VERSIONS[-1])
    start_endless(server)
    server.process.send_signal(signal.SIGTERM)
    server.process.wait()
    wait_until_nothing_runs()
    server.close()
    server = Server(VERSIONS[-1])
    start_endless(server)
    server.process.stdout.close()
    server.send({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    assert server.process.wait() == 0
    wait_until_nothing_runs()


def without_a_service_it_says_so():
    server = Server(command=("mcp", "--no-embedded", "--socket", "/nonexistent/socket"))
    answer = server.ask("tools/list")
    assert answer["error"]["code"] == -32603 and "no service answers at /nonexistent" in answer["error"]["message"], answer
    result = server.call({"code": "return []"})
    assert result["isError"] and "no service answers" in texts(result)[0], result
    server.close()


async def with_the_library():
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    parameters = StdioServerParameters(command=program, args=["mcp"], env=environment)
    async with stdio_client(parameters) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        (tool,) = (await session.list_tools()).tools
        assert tool.name == "run_python" and "sandbox" in tool.description
        messages = []

        async def progress(done, total, message):
            messages.append(message)

        result = await session.call_tool("run_python", {"code": "print('hi')\nreturn {'n': len(_items)}", "items": [{}, {}]},
                                         progress_callback=progress)
        dumped = result.model_dump(by_alias=True)
        assert dumped["isError"] is False and dumped["content"][0]["text"] == '[\n{"json":{"n":2}}\n]\n', dumped
        assert messages == ["hi\n"], messages
        refused = (await session.call_tool("run_python", {"code": "import os"})).model_dump(by_alias=True)
        assert refused["isError"] is True and "not allowed" in refused["content"][0]["text"], refused
        call = asyncio.ensure_future(session.call_tool("run_python", {"code": "while True: pass"}))
        while not running():
            await asyncio.sleep(0)
        call.cancel()
        while running():
            await asyncio.sleep(0)
    try:
        from mcp.client.client import Client
    except ImportError:
        return
    # The newer entry, which first asks for a version of the protocol that needs no handshake.
    async with Client(stdio_client(parameters)) as client:
        assert client.protocol_version == VERSIONS[-1], client.protocol_version
        assert not (await client.call_tool("run_python", {"code": "return []"})).is_error


if sys.argv[3:] == ["library"]:
    asyncio.run(with_the_library())
else:
    for check in [every_version_runs_code, a_version_that_is_unknown_gets_the_newest, failures_are_results_for_the_model,
                  long_results_are_cut_and_say_so, what_makes_no_sense_is_an_error_and_ends_nothing,
                  calls_run_side_by_side_up_to_a_bound, a_cancelled_call_ends_and_is_not_answered,
                  the_end_of_the_client_ends_what_runs, without_a_service_it_says_so]:
        print(check.__name__, flush=True)
        check()
print("well")
