"""One end of MPTCP connections, which Node.js cannot open.

usage: mptcp.py serve PORT | mptcp.py connect ADDRESS PORT
Prints a line for everything that happens: "ready", and what a connection ends with.
"""
import socket
import sys
import threading

MPTCP = 262


def end_of(connection):
    try:
        return "data" if connection.recv(9) else "end of data"
    except OSError as error:
        return error.strerror or str(error)


def serve(port):
    listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, MPTCP)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("::", port))
    listener.listen()
    print("ready", flush=True)
    while True:
        connection = listener.accept()[0]
        connection.sendall(b"hello")
        threading.Thread(target=lambda one: print(end_of(one), flush=True), args=(connection,), daemon=True).start()


def connect(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM, MPTCP)
    connection.connect((address, port))
    connection.recv(5)
    print("ready", flush=True)
    connection.settimeout(20)
    print(end_of(connection), flush=True)


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    connect(sys.argv[2], int(sys.argv[3]))
