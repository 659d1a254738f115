"""One connection or datagram whose packets carry a mark, SO_MARK; prints who answered, or why nobody did.

usage: marked-client.py tcp|udp ADDRESS PORT MARK MILLISECONDS
"""

import json
import socket
import struct
import sys

protocol, address, port, mark, timeout = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
client = socket.socket(family, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
client.setsockopt(socket.SOL_SOCKET, 36, struct.pack("=I", int(mark, 0)))
client.settimeout(int(timeout) / 1000)
try:
    client.connect((address, int(port)))
    if protocol == "udp":
        client.send(b"probe")
    print(json.loads(client.recv(999).split(b"\n")[0])["server"])
except TimeoutError:
    print("timeout")
except ConnectionError:
    print("refused")
