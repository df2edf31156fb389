"""terminal.py COLUMNS LINES COMMAND...: runs a command on a terminal of this size. Each line of input is JSON:
{"keys": "q"} types, {"size": [COLUMNS, LINES]} resizes. Prints {"output": TEXT} for what the command writes, and
{"code": N, "settings": "same" or "changed"} when it has ended: whether the terminal is as it was."""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios


def resize(terminal, columns, lines):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def say(what):
    print(json.dumps(what), flush=True)


def main():
    columns, lines, *command = sys.argv[1:]
    ours, theirs = pty.openpty()
    resize(ours, int(columns), int(lines))
    before = termios.tcgetattr(theirs)
    child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                             preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    ended = os.pidfd_open(child.pid)
    watched = [ours, ended, sys.stdin]
    while True:
        ready, _, _ = select.select(watched, [], [])
        if ours in ready:
            say({"output": os.read(ours, 65536).decode(errors="replace")})
        elif ended in ready:
            settings = "same" if termios.tcgetattr(theirs) == before else "changed"
            say({"code": child.wait(), "settings": settings})
            return
        if sys.stdin in ready:
            line = sys.stdin.readline()
            if not line:
                watched.remove(sys.stdin)
                child.terminate()
                continue
            order = json.loads(line)
            if "keys" in order:
                os.write(ours, order["keys"].encode())
            if "size" in order:
                resize(ours, *order["size"])


main()
