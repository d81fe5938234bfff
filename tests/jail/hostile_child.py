"""What somebody would try who got code running inside the jail. Read as text and run in a cell; never imported.

Each attempt tells what it achieved; an error means that it failed. Arguments: import path, limits, strength, the
parent's process id, the walls that stand (`all`, or `outer` for those that bubblewrap builds alone).
"""

import ctypes, fcntl, json, mmap, os, resource, signal, socket, sys

sys.path[:0] = sys.argv[1].split(":")
from intake.jail.inside import confine
from intake.jail.limits import Limits

PARENT, WALLS = int(sys.argv[4]), sys.argv[5]
libc = ctypes.CDLL(None, use_errno=True)
line = socket.socket(fileno=0)


def call(number, *arguments):
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def write(path):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    if os.write(descriptor, b"x") == 1:
        return "wrote"


def connect(family, kind, address):
    made = socket.socket(family, kind)
    made.settimeout(1)
    made.connect(address)
    made.send(b"x")
    return "connected"


def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    return "forked"


def executable_memory():
    made = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    return "made"


def memory():
    return len(bytearray(3_000_000_000))


def memory_file():
    os.write(os.memfd_create("x"), b"x")
    return "made"


def strange_environment():
    known = {"LC_ALL", "PATH", "HOME", "OMP_NUM_THREADS", "PWD", "LC_CTYPE"}
    if set(os.environ) <= known:
        raise OSError("nothing to see")
    return sorted(os.environ)


def raise_limit():
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
    return "raised"


OUTER = {
    "read the password file": lambda: open("/etc/shadow").read(),
    "read the host's name and users": lambda: open("/etc/passwd").read(),
    "list root's home": lambda: os.listdir("/root/.ssh"),
    "list homes": lambda: os.listdir("/home"),
    "list variable data": lambda: os.listdir("/var"),
    "read the project's tests": lambda: open(sys.argv[6]).read(),
    "read another process's memory": lambda: open(f"/proc/{PARENT}/mem", "rb").read(1),
    "read its own process folder": lambda: os.listdir("/proc/self"),
    "open a device": lambda: open("/dev/mem", "rb").read(1),
    "see secrets in the environment": strange_environment,
    "connect by TCP": lambda: connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(sys.argv[7]))),
    "send by UDP": lambda: connect(socket.AF_INET, socket.SOCK_DGRAM, ("192.0.2.1", 53)),
    "connect to an abstract socket": lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, sys.argv[8]),
    "write in /tmp": lambda: write("/tmp/x"),
    "write in the root": lambda: write("/x"),
    "write among programs": lambda: write("/usr/bin/x"),
    "write into our code": lambda: write(confine.__file__),
    "make a folder": lambda: os.mkdir("/tmp/d"),
    "signal the parent": lambda: os.kill(PARENT, signal.SIGTERM),
    "trace the parent": lambda: call(101, 16, PARENT, 0, 0),
    "mount": lambda: call(165, b"none", b"/tmp", b"tmpfs", 0, 0),
    "become root": lambda: os.setuid(0),
    "change the root": lambda: os.chroot("/tmp"),
}
INNER = {
    "fork": fork,
    "start a shell": lambda: os.execv("/bin/sh", ["sh", "-c", "exit 0"]),
    "start a program from a descriptor": lambda: os.execve(fd, ["x"], {}),
    "start a thread": lambda: __import__("_thread").start_new_thread(int, ()),
    "make a user namespace": lambda: call(272, 0x10000000),
    "make memory executable": executable_memory,
    "take more memory": memory,
    "raise a limit": raise_limit,
    "write into a file in memory": memory_file,
    "write into the citizen's file": lambda: os.write(fd, b"x"),
    "cut the citizen's file": lambda: os.ftruncate(fd, 0),
    "lease the citizen's file": lambda: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK),
    "own the citizen's file": lambda: fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid()),
    "copy the citizen's descriptor": lambda: fcntl.fcntl(fd, fcntl.F_DUPFD, 30),
    "signal everybody": lambda: os.kill(-1, signal.SIGKILL),
    "load a kernel program": lambda: call(321, 5, 0, 0),
    "make a key ring": lambda: call(250, 0, -3),
}

if WALLS == "all":
    confine.confine(Limits(**json.loads(sys.argv[2])), os.getppid(), may_open=sys.argv[3] == "full")
line.sendall(b"VRL1")
_, (fd,), _, _ = socket.recv_fds(line, 1, 1)
done = {}
for name, attempt in (OUTER if WALLS == "outer" else {**OUTER, **INNER}).items():
    try:
        done[name] = repr(attempt())
    except (OSError, ValueError, RuntimeError, MemoryError) as error:
        done[name] = ""
line.sendall(json.dumps(done).encode())
line.shutdown(socket.SHUT_RDWR)
os._exit(0)
