"""The only way out: the gateway, on the loopback inside."""

import asyncio
import json

from corral.sandbox.limits import Limits
from tests.corral.sandbox.workshop import Workshop

VARIABLES = {"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1", "OPENAI_API_KEY": "key-of-this-run"}
ASK = """
import openai, sys
client = openai.OpenAI(max_retries=0)
said = client.chat.completions.create(model="m", messages=[], stream={stream})
"""


async def test_stock_openai_client_is_answered(equipped: Workshop) -> None:
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        message = {"role": "assistant", "content": "forty-two"}
        body = json.dumps({"choices": [{"index": 0, "message": message}]}).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
        writer.write(head.encode() + b"\r\n\r\n" + body)
        writer.close()

    equipped.serve(answer)
    ran = await equipped.run(
        ASK.format(stream=False) + "print(said.choices[0].message.content)", environment=VARIABLES
    )
    assert (ran.stdout, ran.stderr) == ("forty-two\n", "")
    assert seen[0].startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert {b"host: 127.0.0.1:8080", b"authorization: bearer key-of-this-run"} <= {
        line.lower() for line in seen[0].splitlines()
    }


async def test_stream_arrives_piece_by_piece(equipped: Workshop) -> None:
    may_go_on = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        for word in ("one", "two"):
            writer.write(event(word))
            await writer.drain()
            await may_go_on.wait()
        writer.write(b"data: [DONE]\n\n")
        writer.close()

    equipped.serve(answer)
    process = await equipped.start(
        ASK.format(stream=True) + "for part in said: print(part.choices[0].delta.content)",
        environment=VARIABLES,
    )
    assert await process.stdout.readline() == b"one\n"  # though the second was not sent yet
    may_go_on.set()
    assert await process.stdout.read() == b"two\n"
    assert (await process.wait()).status == 0


async def test_half_closed_connection_still_gets_its_answer(workshop: Workshop) -> None:
    async def echo_at_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read())[::-1])
        writer.close()

    workshop.serve(echo_at_the_end)
    ran = await workshop.run(
        """
        import socket
        with socket.create_connection(("127.0.0.1", 8080)) as connection:
            connection.sendall(b"abc")
            connection.shutdown(socket.SHUT_WR)
            print(connection.recv(10), connection.recv(10))
        """
    )
    assert ran.stdout == "b'cba' b''\n"


async def test_large_bodies_pass_both_ways_at_once(workshop: Workshop) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        writer.close()

    workshop.serve(echo)
    ran = await workshop.run(
        """
        import hashlib, os, socket, threading
        sent = os.urandom(8 << 20)
        with socket.create_connection(("127.0.0.1", 8080)) as connection:
            def send():
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
            threading.Thread(target=send).start()
            got = b"".join(iter(lambda: connection.recv(65536), b""))
        print(got == sent)
        """
    )
    assert (ran.stdout, ran.stderr) == ("True\n", "")


async def test_more_connections_than_are_carried_at_once_wait_their_turn(
    workshop: Workshop,
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    workshop.serve(answer)
    ran = await workshop.run(
        """
        import socket
        connections = [socket.create_connection(("127.0.0.1", 8080)) for _ in range(200)]
        for number, connection in enumerate(connections):
            connection.sendall(f"{number}\\n".encode())
        print(sum(connection.makefile().read() == f"{number}\\n"
                  for number, connection in enumerate(connections)))
        """
    )
    assert (ran.stdout, ran.stderr) == ("200\n", "")


async def test_gateway_that_is_gone_answers_nobody(workshop: Workshop) -> None:
    source = """
    import socket
    input()
    try:
        print(socket.create_connection(("127.0.0.1", 8080)).recv(1))
    except ConnectionRefusedError:
        print(b"")
    """
    process = await workshop.start(source)
    workshop.door.shut()
    process.stdin.write(b"\n")
    assert await process.stdout.read() == b"b''\n"
    await process.wait()


async def test_client_that_hangs_up_is_dropped(workshop: Workshop) -> None:
    hung_up = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        hung_up.set()
        writer.close()

    workshop.serve(answer)
    process = await workshop.start(
        "import socket\nsocket.create_connection(('127.0.0.1', 8080)).close()\ninput()"
    )
    await asyncio.wait_for(hung_up.wait(), 10)
    await process.kill()


async def test_open_connections_do_not_count_as_the_projects_processes(workshop: Workshop) -> None:
    ran = await workshop.run(
        "import socket; print(socket.create_connection(('127.0.0.1', 8080)).recv(1))",
        limits=Limits(pids=3),
    )
    assert ran.stdout == "b''\n"


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Head and body of one request."""
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.splitlines()[1:-1])
    return head + await reader.readexactly(int(fields[b"content-length"]))


def event(word: str) -> bytes:
    chunk = {"choices": [{"index": 0, "delta": {"content": word}}]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"
