"""notify_listener.py NAME: listens in systemd's place on the datagram socket NAME (@ = abstract) and prints
each message as one line of JSON, after a first line that says it listens. Ends when its input does."""

import json
import os
import select
import socket
import sys


def main():
    name = sys.argv[1]
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind("\0" + name[1:] if name.startswith("@") else name)
    print(json.dumps("listening"), flush=True)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if listener in ready:
            print(json.dumps(listener.recv(4096).decode()), flush=True)
        if sys.stdin in ready and not os.read(sys.stdin.fileno(), 4096):
            return


main()
