"""The servers of kernels and initrds of a lab: files of a directory, and what was asked for."""

import functools
import http.server
import lzma
import pathlib
import shutil
import subprocess
import threading

GUEST = pathlib.Path(__file__).resolve().parent / "guest"
SYSTEM = pathlib.PurePosixPath("os/debian/x86_64/bookworm")
CLIENT = pathlib.PurePosixPath("initrd/lkp/latest/lkp-x86_64.cgz")
# In the order in which they can be loaded.
MODULES = (
    "virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci failover net_failover virtio_net"
).split()


class Files(http.server.SimpleHTTPRequestHandler):
    """Gives files and notes their names."""

    def log_request(self, *_words: object) -> None:
        """Note what was asked for."""
        self.server.asked.append(self.path)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


class Shelf(http.server.ThreadingHTTPServer):
    """Serves a directory on a free port of 127.0.0.1; ``asked`` has the paths in their order."""

    daemon_threads = True

    def __init__(self, directory: pathlib.Path) -> None:
        super().__init__(("127.0.0.1", 0), functools.partial(Files, directory=str(directory)))
        self.asked: list[str] = []
        self.port = int(self.server_address[1])

    def start(self) -> None:
        """Serve from a thread for as long as the process lives."""
        threading.Thread(target=self.serve_forever, daemon=True).start()


def fill(directory: pathlib.Path, kernel: pathlib.Path, scratch: pathlib.Path) -> None:
    """Put the kernel of an unpacked package, the system initrd and the client's initrd where machines look for them."""
    (directory / SYSTEM).mkdir(parents=True)
    (directory / CLIENT).parent.mkdir(parents=True)
    shutil.copy(max(kernel.glob("boot/vmlinuz-*")), directory / SYSTEM / "vmlinuz")
    root = shutil.copytree(GUEST / "system", scratch / "system")
    (root / "bin").mkdir()
    shutil.copy(shutil.which("busybox") or "", root / "bin" / "busybox")
    (root / "modules").mkdir()
    for name in MODULES:
        (root / "modules" / f"{name}.ko").write_bytes(module(kernel, name))
    (root / "modules" / "order").write_text("".join(f"{name}\n" for name in MODULES))
    pack(root, directory / SYSTEM / "initrd.lkp")
    pack(GUEST / "client", directory / CLIENT)


def module(kernel: pathlib.Path, name: str) -> bytes:
    """The code of a kernel module."""
    path = next(kernel.glob(f"**/{name}.ko*"))
    return lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()


def pack(root: pathlib.Path, archive: pathlib.Path) -> None:
    """Pack a directory as the kernel unpacks it."""
    names = "".join(f"{path.relative_to(root)}\n" for path in sorted(root.rglob("*")))
    command = 'cpio --create --quiet --format=newc --owner=+0:+0 | gzip -1 >"$0"'
    subprocess.run(["/bin/sh", "-c", command, archive], cwd=root, input=names, text=True, check=True)


def container_root(root: pathlib.Path) -> None:
    """Make the file system that containers run in: busybox, and the places where things are mounted."""
    for name in ("bin", "lkp", "result", "proc", "dev", "tmp"):
        (root / name).mkdir(parents=True)
    shutil.copy(shutil.which("busybox") or "", root / "bin" / "busybox")
    names = subprocess.run([root / "bin" / "busybox", "--list"], capture_output=True, text=True, check=True).stdout
    for name in set(names.split()) - {"busybox"}:
        (root / "bin" / name).symlink_to("busybox")
