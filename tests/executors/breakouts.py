"""Attempts to break out of a worker, as data. To add one, add a `Breakout`: the test module runs it.

The body is that of a function in a candidate's ``model`` block. It returns what it got hold of, or raises. A name in
angle brackets stands for a thing of the world outside that the test has set up:

    <data> <key> <journal>   files of the user; <outside> is the folder around them
    <tcp> <udp>              ports that something listens on; <unix> and <abstract> its local sockets
    <kernel> <victim>        processes of the user: the one that runs the tests, and another
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass


@dataclass(frozen=True)
class Breakout:
    """One attempt.

    Parameters
    ----------
    name : str
    body : str
    outcome : str
        A pattern that the reason of the failure must match: what stopped it.
    works_without : bool
        Whether it succeeds, harmlessly, where no walls are: shows that the attempt is a real one.
    """

    name: str
    body: str
    outcome: str = "PermissionError"
    works_without: bool = False

    def source(self, **world: object) -> str:
        """Give the ``model`` block."""
        body = textwrap.dedent(self.body).strip()
        for name, value in world.items():
            body = body.replace(f"<{name}>", str(value))
        return f"def attempt():\n{textwrap.indent(body, '    ')}\n\n{_END}"


_END = """
def make_model(**params):
    raise RuntimeError(f"GOT {attempt()!r}")
"""
_LIBC = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
_CHECKED = "if found < 0:\n    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))\nreturn found"


def _native(call: str) -> str:
    """Call the C library or the kernel around Python."""
    return f"{_LIBC}found = {call}\n{_CHECKED}"


READING = [
    Breakout("read the data file", "return open('<data>').read()", works_without=True),
    Breakout("read the data file with pandas", "import pandas\nreturn pandas.read_csv('<data>')", works_without=True),
    Breakout("read a private key", "return open('<key>').read()", works_without=True),
    Breakout("read the users of the machine", "return open('/etc/passwd').read(20)", works_without=True),
    Breakout("list a folder", "import os\nreturn os.listdir('<outside>')", works_without=True),
    Breakout(
        "read the journal",
        "import sqlite3\nreturn sqlite3.connect('<journal>').execute('select * from fits').fetchall()",
        "unable to open database file",
        works_without=True,
    ),
    Breakout("read the kernel's environment", "return open('/proc/<kernel>/environ').read()", works_without=True),
    Breakout("read the kernel's memory", "return open('/proc/<kernel>/mem', 'rb')", works_without=True),
    Breakout(
        "read the server's memory", "import os\nreturn open(f'/proc/{os.getppid()}/mem', 'rb')", works_without=True
    ),
    Breakout("read its own environment for a key", "import os\nreturn os.environ['OPENAI_API_KEY']", "KeyError"),
    Breakout(
        "read the environment that it was started with",
        "text = open('/proc/self/environ').read()\nreturn text[text.index('sk-' + 'planted') :]",
        "substring not found",
    ),
    Breakout("read the tables and jobs of others", "import os\nreturn os.listdir('..')", works_without=True),
    Breakout("go by /proc/self/root", "return open('/proc/self/root<key>').read()", works_without=True),
    Breakout("go up from its own folder", "return open('../' * 20 + '<key>'[1:]).read()", works_without=True),
    Breakout(
        "go by a descriptor of a folder",
        "import os\nplace = os.open('<outside>', os.O_PATH)\nreturn os.read(os.open('key', os.O_RDONLY, dir_fd=place), 9)",
        works_without=True,
    ),
    Breakout("open with the C library", _native("libc.open(b'<key>', 0)"), works_without=True),
    Breakout("open with a system call", _native("libc.syscall(257, -100, b'<key>', 0, 0)"), works_without=True),
    Breakout(
        "open with the newer system call",
        _native("libc.syscall(437, -100, b'<key>', (ctypes.c_uint64 * 3)(), 24)"),
        "Function not implemented",
        works_without=True,
    ),
    Breakout(
        "open by a handle",
        _native("libc.syscall(303, -100, b'<key>', (ctypes.c_uint32 * 40)(128), (ctypes.c_int * 1)(), 0)"),
        works_without=True,
    ),
    Breakout("read another process's memory", _native("libc.syscall(310, <victim>, None, 0, None, 0, 0)")),
    Breakout(
        "find an open descriptor", "import os\nreturn [os.fstat(n) for n in range(3, 512)]", "Bad file descriptor"
    ),
]

WRITING = [
    Breakout("write a file outside", "return open('<outside>/new', 'w')"),
    Breakout("append to the data", "return open('<data>', 'a').write('1,2,3')"),
    Breakout("empty the data", "import os\nreturn os.truncate('<data>', 0)"),
    Breakout(
        "empty the data while opening it to read", "import os\nreturn os.open('<data>', os.O_RDONLY | os.O_TRUNC)"
    ),
    Breakout("delete the data", "import os\nreturn os.remove('<data>')"),
    Breakout("delete the user's folder", "import shutil\nreturn shutil.rmtree('<outside>')"),
    Breakout("rename the data", "import os\nreturn os.rename('<data>', '<data>.old')"),
    Breakout("move the data into its own folder", "import os\nreturn os.rename('<data>', 'data.csv')", "Error"),
    Breakout("move a file out", "import os\nopen('x', 'w').close()\nreturn os.rename('x', '<outside>/x')", "Error"),
    Breakout("link to a key", "import os\nos.link('<key>', 'key')\nreturn open('key').read()", "Error"),
    Breakout(
        "point to a key by a link", "import os\nos.symlink('<key>', 'values.npy')\nreturn open('values.npy').read()"
    ),
    Breakout("leave a pipe in place of a result", "import os\nreturn os.mkfifo('report.json')"),
    Breakout("make a device of the disk", "import os, stat\nreturn os.mknod('disk', stat.S_IFBLK | 0o600, 0xFE00)"),
    Breakout("make a folder outside", "import os\nreturn os.mkdir('<outside>/new')"),
    Breakout("open a key to the world", "import os\nreturn os.chmod('<key>', 0o777)"),
    Breakout("give a key away", "import os\nreturn os.chown('<key>', 65534, 65534)"),
    Breakout("change the data's time", "import os\nreturn os.utime('<data>', (0, 0))"),
    Breakout("change the data's attributes", "import os\nreturn os.setxattr('<data>', 'user.x', b'1')"),
    Breakout("leave a file in shared memory", "return open('/dev/shm/left', 'w')"),
    Breakout("leave a file for others", "return open('/tmp/mlestar_left', 'w')"),
    Breakout("change Python itself", "import os\nreturn open(os.__file__, 'a')"),
    Breakout("change its own package", "import mlestar_jupyter\nreturn open(mlestar_jupyter.__file__, 'a')"),
    Breakout("mount a file system", _native("libc.mount(b'none', b'/mnt', b'tmpfs', 0, None)")),
    Breakout("change the root", "import os\nreturn os.chroot('.')"),
]

NETWORK = [
    Breakout(
        "send over TCP",
        "import socket\nreturn socket.create_connection(('127.0.0.1', <tcp>), 2).send(b'secret')",
        works_without=True,
    ),
    Breakout(
        "send over UDP",
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nreturn s.sendto(b'secret', ('127.0.0.1', <udp>))",
        works_without=True,
    ),
    Breakout(
        "send over a local socket",
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('<unix>')\nreturn s.send(b'secret')",
        works_without=True,
    ),
    Breakout(
        "send over an abstract socket",
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('\\0<abstract>')\nreturn s.send(b'secret')",
        works_without=True,
    ),
    Breakout(
        "send from one end of a pair",
        "import socket\na, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\nreturn a.sendto(b'secret', '\\0<abstract>')",
    ),
    Breakout(
        "connect one end of a pair",
        "import socket\na, b = socket.socketpair()\nreturn a.connect('<unix>')",
    ),
    Breakout("open a raw socket", "import socket\nreturn socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)"),
    Breakout("open a packet socket", "import socket\nreturn socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"),
    Breakout("talk to the kernel", "import socket\nreturn socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)"),
    Breakout(
        "wait for connections", "import socket\nreturn socket.create_server(('127.0.0.1', 0))", works_without=True
    ),
    Breakout("look up a name", "import socket\nreturn socket.getaddrinfo('secret.example.org', 80)", "gaierror"),
    Breakout(
        "fetch a page",
        "from urllib.request import urlopen\nreturn urlopen('http://127.0.0.1:<tcp>/?secret').read()",
        "Operation not permitted",
    ),
    Breakout("make a socket with a system call", _native("libc.syscall(41, 2, 1, 0)"), works_without=True),
    Breakout("make a socket by io_uring", _native("libc.syscall(425, 8, (ctypes.c_uint32 * 30)())")),
]

PROCESSES = [
    Breakout("fork", "import os\nif os.fork() == 0:\n    os._exit(0)\nreturn 'forked'", works_without=True),
    Breakout("fork without end", "import os\nwhile True:\n    os.fork()"),
    Breakout("fork by a system call", _native("libc.syscall(56, 17, 0, 0, 0, 0)")),
    Breakout(
        "leave a grandchild in a session of its own",
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(600)\nreturn 1",
    ),
    Breakout("run a shell", "import os\nreturn os.system('true') and 1 / 0", "ZeroDivisionError"),
    Breakout("run cat", "import subprocess\nreturn subprocess.check_output(['cat', '<key>'])", works_without=True),
    Breakout(
        "run curl",
        "import subprocess\nreturn subprocess.check_output(['/usr/bin/curl', '-s', 'http://127.0.0.1:<tcp>/'])",
        "PermissionError|FileNotFoundError",
    ),
    Breakout(
        "run Python",
        "import subprocess, sys\nreturn subprocess.check_output([sys.executable, '-c', 'print(1)'])",
        works_without=True,
    ),
    Breakout("spawn a program", "import os\nreturn os.posix_spawn('/bin/true', ['true'], {})", works_without=True),
    Breakout("become another program", "import os\nos.execv('/bin/true', ['true'])"),
    Breakout(
        "use multiprocessing",
        "import multiprocessing as m\np = m.get_context('fork').Process(target=print)\np.start()\nreturn p.pid",
        works_without=True,
    ),
    Breakout("kill the kernel", "import os\nreturn os.kill(<kernel>, 9)"),
    Breakout("kill another process", "import os\nreturn os.kill(<victim>, 9)"),
    Breakout("kill all that it may", "import os\nreturn os.kill(-1, 9)"),
    Breakout("kill the server", "import os\nreturn os.kill(os.getppid(), 9)"),
    Breakout("kill by a descriptor", "import os, signal\nreturn signal.pidfd_send_signal(os.pidfd_open(<victim>), 9)"),
    Breakout("kill a thread of another process", _native("libc.syscall(234, <victim>, <victim>, 9)")),
    Breakout(
        "have another process signalled",
        "import fcntl, os\nr, w = os.pipe()\nreturn fcntl.fcntl(r, fcntl.F_SETOWN, <victim>)",
    ),
    Breakout("trace another process", _native("libc.ptrace(16, <victim>, None, None)")),
    Breakout(
        "limit another process", "import resource\nreturn resource.prlimit(<victim>, resource.RLIMIT_CPU, (1, 1))"
    ),
    Breakout(
        "lift its own limits",
        "import resource\nreturn resource.setrlimit(resource.RLIMIT_DATA, (-1, -1))",
        "not permitted|Error",
    ),
    Breakout("slow another process down", "import os\nreturn os.setpriority(os.PRIO_PROCESS, <victim>, 19)"),
    Breakout("enter a new namespace", _native("libc.unshare(0x10000000)")),
    Breakout("load a program into the kernel", _native("libc.syscall(321, 0, None, 0)")),
    Breakout("use the keyring", _native("libc.syscall(250, 0, -3, 0)")),
    Breakout("become another user", "import os\nreturn os.setuid(65534)"),
    Breakout("attach shared memory", _native("libc.shmget(0, 4096, 0o1600)")),
    Breakout("keep memory that is in no file", "import os\nreturn os.memfd_create('x')"),
]

EXCESS = [
    Breakout("memory in a list", "kept = []\nwhile True:\n    kept.append(bytearray(20_000_000))", "out of memory|MB"),
    Breakout(
        "memory shared with nobody",
        "import mmap\nkept = mmap.mmap(-1, 20_000_000_000)\nfor n in range(0, len(kept), 4096):\n    kept[n] = 1",
        "used more than",
    ),
    Breakout("time", "import time\ntime.sleep(600)", "took longer"),
    Breakout(
        "time, deaf to signals",
        "import signal, time\nfor n in set(signal.valid_signals()) - {9, 19}:\n    signal.signal(n, lambda *_: None)\n"
        "while True:\n    pass",
        "took longer",
    ),
    Breakout(
        "threads",
        "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
        "new thread|out of memory|threads",
    ),
    Breakout(
        "a file",
        "with open('big', 'wb') as f:\n    while True:\n        f.write(bytes(10_000_000))",
        "File too large|wrote more",
    ),
    Breakout(
        "files",
        "import time\nfor n in range(20_000):\n    open(f'file_{n}', 'w').close()\ntime.sleep(600)",
        "wrote more",
    ),
    Breakout(
        "files without names",
        "import os, time\nkept = []\nfor n in range(30):\n    f = open('x', 'wb')\n    f.write(bytes(50_000_000))\n    f.flush()\n"
        "    os.unlink('x')\n    kept.append(f)\ntime.sleep(600)",
        "wrote more",
    ),
    Breakout(
        "output", "for _ in range(2_000):\n    print('x' * 100_000)\nraise ValueError('has printed')", "has printed"
    ),
    Breakout("a long reason", "raise ValueError('x' * 100_000_000)", "^ValueError: x{100,400}$"),
    Breakout(
        "a reason that cannot be stored", "raise ValueError('\\ud800 \\x1b[31m \\0 end')", r"ValueError: \? \[31m end"
    ),
]

BREAKOUTS = [*READING, *WRITING, *NETWORK, *PROCESSES]
