"""Makes shared memory, semaphores and message queues of the kernel, which outlive processes."""

from tests.probes.calls import calling
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp",)
CREATE, READ_WRITE_CREATE = 0o1600, 0o102


def attempt(facts: Facts) -> str:
    return tried(
        {
            "shmget": calling("shmget", 0, 4096, CREATE),
            "semget": calling("semget", 0, 1, CREATE),
            "msgget": calling("msgget", 0, CREATE),
            "mq_open": calling("mq_open", b"corral-probe", READ_WRITE_CREATE, 0o600, None),
        }
    )
