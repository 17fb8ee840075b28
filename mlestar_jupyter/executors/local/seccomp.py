"""The wall around system calls: a filter that the Linux kernel asks before each call. It needs no privilege.

The filter is a program of the kernel's small machine (BPF). It refuses what a fit has no use for: other processes,
sockets, memory that no limit counts, the rights and times of files (which Landlock leaves open), and the kernel's
own settings. Calls that are newer than this table do not exist for the process.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

# The numbers of x86_64 and aarch64 (`asm/unistd_64.h`, `asm-generic/unistd.h`); None where there is no such call.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # other programs, and other processes
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "kcmp": (312, 272), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "setpriority": (141, 140), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274), "sched_setaffinity": (203, 122),
    "ioprio_set": (251, 30), "move_pages": (279, 239), "migrate_pages": (256, 238), "setrlimit": (160, 164),
    # sockets; a pair of connected ones is let through below
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242),
    # memory shared with others, or counted by no limit
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semtimedop": (220, 192), "semctl": (66, 191), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188),
    "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181), "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    # rights, owners, times and attributes of files
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "getxattr": (191, 8), "lgetxattr": (192, 9), "fgetxattr": (193, 10), "listxattr": (194, 11),
    "llistxattr": (195, 12), "flistxattr": (196, 13), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
    "utimensat": (280, 88), "truncate": (76, 45), "mknod": (133, None), "mknodat": (259, 33),
    # file systems, and other ways to a file
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "quotactl": (179, 60), "quotactl_fd": (443, 443), "swapon": (167, 224),
    "swapoff": (168, 225), "acct": (163, 89), "fanotify_init": (300, 262), "fanotify_mark": (301, 263),
    "inotify_init": (253, None), "inotify_init1": (294, 26), "lookup_dcookie": (212, 18), "uselib": (134, None),
    # the rights of the process
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setresuid": (117, 147), "setresgid": (119, 149), "setfsuid": (122, 151), "setfsgid": (123, 152),
    "setgroups": (116, 159), "capset": (126, 91), "unshare": (272, 97), "setns": (308, 268),
    "personality": (135, 92), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # the kernel, and ways into it
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "clock_adjtime": (305, 266), "adjtimex": (159, 171), "sethostname": (170, 161), "setdomainname": (171, 162),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "syslog": (103, 116),
    "vhangup": (153, 58),
}  # fmt: skip
_SPECIAL = {
    "clone3": (435, 435), "openat2": (437, 437), "clone": (56, 220), "kill": (62, 129), "tgkill": (234, 131),
    "prlimit64": (302, 261), "socketpair": (53, 199), "fcntl": (72, 25), "open": (2, None), "openat": (257, 56),
}  # fmt: skip
_NEWEST = 451  # cachestat; all above, x86's second set of numbers among them, are absent
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _AND, _RETURN, _EQUAL, _ABOVE, _ANY = 0x20, 0x54, 0x06, 0x15, 0x25, 0x45
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_REFUSE, _ABSENT = _ERROR | errno.EPERM, _ERROR | errno.ENOSYS
_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_THREAD, _UNIX, _STREAM, _KIND = 0x10000, 1, 1, 0xF
_TRUNCATE, _ACCESS = 0o1000, 0b11
_TELLS_OTHERS = (8, 15, 1024, 1026)  # F_SETOWN, F_SETOWN_EX, F_SETLEASE, F_NOTIFY

_Instruction = tuple[int, int, int, int]
"""Code, how many to skip when the comparison holds, how many when not, operand."""


def has_filter() -> bool:
    """Tell whether the numbers of this machine's calls are known."""
    return platform.machine() in _ARCHITECTURES


def give_up_privileges() -> None:
    """Promise the kernel that this process will never gain a right (``no_new_privs``); the walls presuppose it."""
    _control(_SET_NO_NEW_PRIVILEGES, 1, 0)


def restrict_calls() -> None:
    """Refuse this thread, and those that it will start, what a fit has no use for. No way back.

    Raises
    ------
    OSError
        When the filter is not taken.
    """
    program = _program(os.getpid(), *_ARCHITECTURES[platform.machine()])
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    held = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("@HP", len(program), ctypes.addressof(held))
    pointer = ctypes.create_string_buffer(head, len(head))
    _control(_SET_SECCOMP, _FILTER, ctypes.addressof(pointer))


def _control(option: int, first: int, second: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, *map(ctypes.c_ulong, (first, second, 0, 0))) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"seccomp: {os.strerror(error)}")


def _program(pid: int, column: int, architecture: int) -> list[_Instruction]:
    program = [_load(4), (_EQUAL, 1, 0, architecture), _return(_KILL), _load(0), (_ABOVE, 0, 1, _NEWEST)]
    program.append(_return(_ABSENT))
    for numbers in _REFUSED.values():
        program += _on(numbers[column], [_return(_REFUSE)])
    for name, body in _special(pid).items():
        program += _on(_SPECIAL[name][column], body)
    return [*program, _return(_ALLOW)]


def _special(pid: int) -> dict[str, list[_Instruction]]:
    """What is let through in part, and what must seem absent because its arguments lie where a filter cannot look."""
    allow, refuse = _return(_ALLOW), _return(_REFUSE)
    own = [_argument(0), (_EQUAL, 0, 1, pid), allow, refuse]
    return {
        "clone3": [_return(_ABSENT)],  # libraries turn to clone then
        "openat2": [_return(_ABSENT)],
        "clone": [_argument(0), (_ANY, 0, 1, _THREAD), allow, refuse],  # threads, no processes
        "kill": own,
        "tgkill": own,
        # its own limits may be read, not set
        "prlimit64": [
            *(_argument(0), (_EQUAL, 1, 0, 0), (_EQUAL, 0, 4, pid)),
            *(_argument(2), (_EQUAL, 0, 2, 0), _argument(2, high=True), (_EQUAL, 1, 0, 0)),
            *(refuse, allow),
        ],
        "socketpair": [
            *(_argument(0), (_EQUAL, 0, 4, _UNIX)),
            *(_argument(1), (_AND, 0, 0, _KIND), (_EQUAL, 0, 1, _STREAM), allow, refuse),
        ],
        "fcntl": [
            _argument(1),
            *((_EQUAL, len(_TELLS_OTHERS) - place, 0, command) for place, command in enumerate(_TELLS_OTHERS)),
            *(allow, refuse),
        ],
        "open": _truncates(1),
        "openat": _truncates(2),
    }


def _truncates(flags: int) -> list[_Instruction]:
    """Refuse to empty a file that is not opened for writing, which Landlock overlooked before Linux 6.2."""
    mask = _TRUNCATE | _ACCESS
    look = [_argument(flags), (_AND, 0, 0, mask), (_EQUAL, 2, 0, _TRUNCATE), (_EQUAL, 1, 0, mask)]
    return [*look, _return(_ALLOW), _return(_REFUSE)]


def _on(number: int | None, body: list[_Instruction]) -> list[_Instruction]:
    """Run `body`, which returns, for one call."""
    return [] if number is None else [(_EQUAL, 0, len(body), number), *body]


def _argument(position: int, *, high: bool = False) -> _Instruction:
    """Load half of an argument; the kernel itself looks at no more of an int."""
    return _load(16 + 8 * position + 4 * high)


def _load(offset: int) -> _Instruction:
    return (_LOAD, 0, 0, offset)


def _return(value: int) -> _Instruction:
    return (_RETURN, 0, 0, value)
