"""The filter's decisions for both architectures, by a small interpreter of the kernel's machine."""

import errno

import pytest

from mlestar_jupyter.executors.local.seccomp import _ARCHITECTURES, _REFUSED, _SPECIAL, _program

pytestmark = pytest.mark.fast

PID = 4711
ALLOW, KILL = "allow", "kill"
REFUSE, ABSENT = errno.EPERM, errno.ENOSYS


def decide(machine: str, number: int, *arguments: int, architecture: int | None = None):
    """Run the program on a call."""
    column, known = _ARCHITECTURES[machine]
    words = {0: number, 4: known if architecture is None else architecture}
    for position, value in enumerate([*arguments, *[0] * (6 - len(arguments))]):
        words[16 + 8 * position], words[20 + 8 * position] = value & 0xFFFFFFFF, value >> 32 & 0xFFFFFFFF
    program, place, held = _program(PID, column, known), 0, 0
    assert len(program) < 4096
    while True:
        code, yes, no, operand = program[place]
        assert 0 <= yes < 256
        assert 0 <= no < 256
        match code:
            case 0x20:
                held = words[operand]
            case 0x54:
                held &= operand
            case 0x15:
                place += yes if held == operand else no
            case 0x25:
                place += yes if held > operand else no
            case 0x45:
                place += yes if held & operand else no
            case 0x06:
                return {0x7FFF0000: ALLOW, 0x80000000: KILL}.get(operand) or operand & 0xFFFF
        place += 1


@pytest.fixture(params=_ARCHITECTURES)
def machine(request):
    return request.param


def special(machine: str, name: str) -> int:
    return _SPECIAL[name][_ARCHITECTURES[machine][0]]


def test_what_a_fit_has_no_use_for_is_refused(machine):
    numbers = {name: n for name, both in _REFUSED.items() if (n := both[_ARCHITECTURES[machine][0]]) is not None}
    assert len(set(numbers.values())) == len(numbers) > 90
    assert {name for name, n in numbers.items() if decide(machine, n) != REFUSE} == set()


def test_reading_writing_and_memory_are_allowed(machine):
    usual = {"x86_64": (0, 1, 9, 3, 202), "aarch64": (63, 64, 222, 57, 98)}[machine]  # read, write, mmap, close, futex
    assert {decide(machine, n) for n in usual} == {ALLOW}


def test_calls_of_another_architecture_kill(machine):
    assert decide(machine, 0, architecture=0x40000003) == KILL


@pytest.mark.parametrize("number", [452, 1000, 0x40000000, 0x40000029, 2**32 - 1])
def test_unknown_calls_are_absent(machine, number):
    assert decide(machine, number) == ABSENT


@pytest.mark.parametrize(
    ("name", "arguments", "decision"),
    [
        ("clone3", (0, 0), ABSENT),
        ("openat2", (0, 0), ABSENT),
        ("clone", (0x3D0F00,), ALLOW),  # as glibc starts a thread
        ("clone", (0x1200011,), REFUSE),  # as glibc forks
        ("kill", (PID, 9), ALLOW),
        ("kill", (0, 9), REFUSE),
        ("kill", (2**32 - 1, 9), REFUSE),
        ("kill", (1, 9), REFUSE),
        ("tgkill", (PID, PID + 1, 6), ALLOW),
        ("tgkill", (1, 1, 6), REFUSE),
        ("prlimit64", (0, 7, 0, 2**40), ALLOW),
        ("prlimit64", (PID, 7, 0, 2**40), ALLOW),
        ("prlimit64", (0, 7, 2**40, 0), REFUSE),
        ("prlimit64", (0, 7, 8, 0), REFUSE),
        ("prlimit64", (1, 7, 0, 8), REFUSE),
        ("socketpair", (1, 1 | 0o2004000, 0), ALLOW),
        ("socketpair", (1, 2, 0), REFUSE),
        ("socketpair", (2, 1, 0), REFUSE),
        ("fcntl", (0, 1, 0), ALLOW),
        ("fcntl", (0, 8, 1), REFUSE),
        ("fcntl", (0, 15, 1), REFUSE),
        ("fcntl", (0, 1024, 1), REFUSE),
        ("fcntl", (0, 1026, 1), REFUSE),
        ("openat", (0, 8, 0o1000 | 0o2000000), REFUSE),  # to read, and empty
        ("openat", (0, 8, 0o1000 | 3), REFUSE),
        ("openat", (0, 8, 0o1101), ALLOW),  # to write: Landlock decides
        ("openat", (0, 8, 0o2000000), ALLOW),
    ],
)
def test_what_is_allowed_in_part(machine, name, arguments, decision):
    assert decide(machine, special(machine, name), *arguments) == decision


def test_open_is_judged_by_its_second_argument():
    assert decide("x86_64", 2, 8, 0o1000) == REFUSE
    assert decide("x86_64", 2, 8, 0o1102) == ALLOW
