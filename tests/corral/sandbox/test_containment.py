"""What a hostile project tries, in the real sandbox."""

import asyncio
import os
import socket

from corral.sandbox.cgroups import Cgroups
from corral.sandbox.limits import MIB, Limits
from tests.corral.sandbox.workshop import Workshop

TRY = """
def attempt(what, *args):
    try:
        return f"did {what(*args)!r}"[:40]
    except (OSError, ValueError) as error:
        return type(error).__name__
"""


async def test_host_files_are_not_there(workshop: Workshop) -> None:
    ran = await workshop.run(
        TRY
        + """
import os
for path in "/etc/shadow /root /home /var /run /sys/class /proc/2000000/environ".split():
    print(attempt(os.stat, path))
"""
    )
    assert ran.stdout.split() == ["FileNotFoundError"] * 7


async def test_environment_of_process_1_has_nothing(workshop: Workshop) -> None:
    source = """
    try:
        print(open("/proc/1/environ").read().strip(chr(0)))
    except PermissionError:
        print()
    """
    ran = await workshop.run(source, environment={"OPENAI_API_KEY": "k"})
    assert ran.stdout in ("PWD=/project\n", "\n")


async def test_no_line_of_the_platform_can_be_had_from_process_1(workshop: Workshop) -> None:
    source = """
    import os
    held = []
    try:
        os.close(os.open("/proc/1/mem", os.O_RDWR))
        held = [os.readlink(f"/proc/1/fd/{fd}") for fd in os.listdir("/proc/1/fd")]
    except PermissionError:
        pass
    print([each for each in held if each.startswith("socket:")])
    """
    ran = await workshop.run(source)
    assert (ran.stdout, ran.stderr) == ("[]\n", "")


async def test_only_scratch_can_be_written(workshop: Workshop) -> None:
    ran = await workshop.run(
        TRY
        + """
folders = "/project / /usr /etc /environment /corral /dev /proc/sys/kernel /corral/library"
for folder in folders.split():
    print(folder, attempt(open, folder + "/written", "w"))
print(attempt(open, "/proc/sys/kernel/core_pattern", "w"))
print(attempt(open, "/tmp/written", "w"), attempt(open, "/dev/shm/written", "w"))
"""
    )
    *refused, core_pattern, allowed = ran.stdout.splitlines()
    assert [line for line in refused if " did " in line] == []
    assert core_pattern in ("OSError", "PermissionError")
    assert allowed.count("did") == 2


async def test_scratch_is_limited_in_size(workshop: Workshop) -> None:
    source = """
    for folder in ("/tmp", "/dev/shm"):
        written = 0
        try:
            for number in range(64):
                with open(f"{folder}/{number}", "wb") as file:
                    file.write(bytes(1 << 20))
                written += 1
        except OSError as error:
            print(written, error.strerror)
    """
    ran = await workshop.run(source, limits=Limits(scratch_bytes=8 * MIB))
    assert ran.stdout == "8 No space left on device\n" * 2


async def test_one_file_is_limited_in_size(workshop: Workshop) -> None:
    source = "open('/tmp/x', 'wb').truncate(64 << 20)"
    ran = await workshop.run(source, limits=Limits(scratch_bytes=8 * MIB))
    assert ran.stderr.endswith("OSError: [Errno 27] File too large\n")


async def test_listener_of_the_host_cannot_be_reached(workshop: Workshop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        source = f"""
import socket
port = {listener.getsockname()[1]}
for address in (("127.0.0.1", port), ("169.254.169.254", 80), ("1.1.1.1", 53)):
    print(attempt(socket.create_connection, address, 2))
"""
        ran = await workshop.run(TRY + source)
    assert ran.stdout.split() == ["ConnectionRefusedError", "OSError", "OSError"]


async def test_abstract_socket_of_the_host_cannot_be_reached(workshop: Workshop) -> None:
    name = f"\0corral-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name)
        listener.listen()
        source = f"import socket; print(attempt(socket.socket(socket.AF_UNIX).connect, {name!r}))"
        ran = await workshop.run(TRY + source)
    assert ran.stdout == "ConnectionRefusedError\n"


async def test_forbidden_sockets_are_refused(workshop: Workshop) -> None:
    ran = await workshop.run(
        TRY
        + """
import socket
for family, kind in ((16, 3), (40, 1), (2, 3), (17, 3), (38, 5), (2, 1), (10, 2), (1, 1)):
    print(attempt(socket.socket, family, kind).split("=")[0])
"""
    )
    assert ran.stdout.splitlines() == [
        "PermissionError",  # netlink
        "OSError",  # vsock
        "PermissionError",  # raw IP
        "PermissionError",  # packet
        "OSError",  # AF_ALG
        *["did <socket.socket fd"] * 3,
    ]


async def test_forbidden_system_calls_are_refused(workshop: Workshop) -> None:
    ran = await workshop.run(
        """
        import ctypes, errno, platform
        libc = ctypes.CDLL(None, use_errno=True)
        column = ("x86_64", "aarch64").index(platform.machine())
        numbers = {
            "ptrace": (101, 117), "unshare": (272, 97), "mount": (165, 40), "keyctl": (250, 219),
            "bpf": (321, 280), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
            "clone3": (435, 435), "statmount": (457, 457), "not_invented": (900, 900),
        }
        for name, number in numbers.items():
            result = libc.syscall(number[column], 0x10000000, 0, 0, 0, 0)
            print(name, result, errno.errorcode[ctypes.get_errno()])
        """
    )
    refused = dict.fromkeys(["ptrace", "unshare", "mount", "keyctl", "bpf", "userfaultfd"], "EPERM")
    absent = dict.fromkeys(["io_uring_setup", "clone3", "statmount", "not_invented"], "ENOSYS")
    assert ran.stdout.splitlines() == [
        f"{name} -1 {error}" for name, error in (refused | absent).items()
    ]


async def test_host_processes_are_not_seen(workshop: Workshop) -> None:
    source = "import os; print(*(name for name in os.listdir('/proc') if name.isdigit()))"
    first, *others = (await workshop.run(source)).stdout.split()
    assert (first, len(others)) == ("1", 1)


async def test_process_1_cannot_be_killed_from_within(workshop: Workshop) -> None:
    ran = await workshop.run("import os; os.kill(1, 9); print('still here')")
    assert (ran.stdout, ran.exit.status) == ("still here\n", 0)


async def test_fork_bomb_is_contained(workshop: Workshop, cgroups: Cgroups) -> None:
    source = """
    import os, time
    made = 0
    try:
        while True:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
            made += 1
    except BlockingIOError:
        print(made)
    """
    ran = await workshop.run(source, limits=Limits(pids=20))
    assert 5 < int(ran.stdout) <= 20


async def test_memory_bomb_is_out_of_memory(workshop: Workshop, cgroups: Cgroups) -> None:
    source = "blocks = []\nwhile True: blocks.append(bytearray(b'x' * (4 << 20)))"
    ran = await workshop.run(source, limits=Limits(memory_bytes=64 * MIB))
    if cgroups.lacks():
        assert ran.stderr.endswith("MemoryError\n")
    else:
        assert (ran.exit.out_of_memory, ran.exit.signal) == (True, 9)
        assert ran.exit.describe() == "out of memory"


async def test_memory_bomb_in_a_child_is_not_hidden_by_its_parent(
    workshop: Workshop, cgroups: Cgroups
) -> None:
    source = """
    import subprocess, sys
    code = "x = []\\nwhile True: x.append(bytearray(b'x' * (4 << 20)))"
    subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    """
    ran = await workshop.run(source, limits=Limits(memory_bytes=64 * MIB))
    assert (ran.exit.status, ran.exit.out_of_memory) == (0, not cgroups.lacks())


async def test_memory_in_scratch_counts(workshop: Workshop, cgroups: Cgroups) -> None:
    source = "for n in range(9): open(f'/tmp/{n}', 'wb').write(bytes(8 << 20))\nprint('done')"
    limits = Limits(memory_bytes=32 * MIB, scratch_bytes=128 * MIB)
    ran = await workshop.run(source, limits=limits)
    assert ran.exit.out_of_memory == (not cgroups.lacks())


async def test_cpu_time_is_limited(workshop: Workshop) -> None:
    ran = await workshop.run("while True: pass", limits=Limits(cpu_seconds=1))
    assert ran.exit.describe() == "signal 24"


async def test_many_orphans_are_buried(workshop: Workshop) -> None:
    source = """
    import os, time
    for _ in range(100):
        if os.fork() == 0:
            os.fork()
            os._exit(0)
        os.wait()
        time.sleep(0.002)
    print("done")
    """
    ran = await workshop.run(source, limits=Limits(pids=24))
    assert ran.stdout == "done\n"


async def test_forged_report_is_only_the_projects_own_end(workshop: Workshop) -> None:
    source = """
    import os
    for fd in range(100):
        try:
            with open(f"/proc/1/fd/{fd}", "wb", 0) as file:
                file.write(b"exit 99999999999999\\nsignal -1\\n\\xff")
        except OSError:
            pass
    """
    process = await workshop.start(source)
    exit_ = await asyncio.wait_for(process.wait(), 20)
    assert exit_.status == 0 or exit_.signal is not None
