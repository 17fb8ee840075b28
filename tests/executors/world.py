"""What a candidate must not reach: files, a key, sockets that listen, another process; and whether it did."""

import hashlib
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import psutil


class World:
    """What a candidate must not reach, and whether it did."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._abstract = f"mlestar-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"  # several may stand at once
        (folder / "key").write_text("-----BEGIN PRIVATE KEY-----")
        (folder / "data.csv").write_text("a,b,target\n1,2,3\n")
        connection = sqlite3.connect(folder / "journal.sqlite")
        connection.execute("create table fits (truth)")
        connection.commit()
        connection.close()
        self.received: list[object] = []
        self._sockets = [self._listen(socket.AF_INET, ("127.0.0.1", 0)), self._listen(socket.AF_UNIX, f"{folder}/unix")]
        self._sockets.append(self._listen(socket.AF_UNIX, f"\0{self._abstract}"))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        threading.Thread(target=self._receive, daemon=True).start()
        self.victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])

    def _listen(self, family: int, address: object) -> socket.socket:
        listening = socket.socket(family)
        listening.bind(address)
        listening.listen()
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()
        return listening

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self.received.append(connection)

    def _receive(self) -> None:
        while True:
            try:
                self.received.append(self.udp.recv(100))
            except OSError:
                return

    def names(self) -> dict[str, object]:
        return {
            "outside": self.folder, "data": self.folder / "data.csv", "key": self.folder / "key",
            "journal": self.folder / "journal.sqlite", "tcp": self._sockets[0].getsockname()[1],
            "udp": self.udp.getsockname()[1], "unix": self.folder / "unix", "abstract": self._abstract,
            "kernel": os.getpid(), "victim": self.victim.pid,
        }  # fmt: skip

    def state(self) -> dict[str, object]:
        """All that an attempt could change."""
        paths = [self.folder, *sorted(self.folder.rglob("*")), Path("/dev/shm"), Path(os.__file__)]
        found: dict[str, object] = {str(p): _fingerprint(p) for p in paths if p.exists()}
        found["left"] = Path("/tmp/mlestar_left").exists() or Path("/dev/shm/left").exists()
        found["victim"] = self.victim.poll(), psutil.Process(self.victim.pid).nice()
        found["limits"] = psutil.Process(self.victim.pid).rlimit(psutil.RLIMIT_CPU)
        found["received"] = list(self.received)
        return found

    def close(self) -> None:
        for one in (*self._sockets, self.udp):
            one.close()
        self.victim.kill()
        self.victim.wait()


def _fingerprint(path: Path) -> tuple[object, ...]:
    found = path.lstat()
    content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    times = (found.st_mtime_ns, found.st_ctime_ns) if path.is_file() else ()
    return found.st_mode, found.st_uid, found.st_nlink if path.is_file() else 0, *times, content
