"""Sends packets bit by bit as it is told, and tells what came back.

usage: packets.py INTERFACE [MAC]

With a MAC address, packets leave on INTERFACE to that neighbour, past this host's routes and rules; without one, they are
this host's own, from a raw socket. Each line of standard input is a JSON object: `packets`, and `wait`, the seconds to
listen after the last one. The answer is a line with a list of replies for each packet.
"""

import json
import select
import socket
import struct
import sys
import time

PROTOCOLS = {"tcp": socket.IPPROTO_TCP, "udp": socket.IPPROTO_UDP}
ETHERTYPES = {4: 0x0800, 6: 0x86DD}
HOP_BY_HOP, FRAGMENT, DESTINATION_OPTIONS = 0, 44, 60
# Eight bytes of options that say nothing: PadN (RFC 8200, 4.2).
PADDING = b"\x00\x01\x04\x00\x00\x00\x00"
MORE_FRAGMENTS = 0x2000
PACKET_OUTGOING = 4


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def version_of(address):
    return 6 if ":" in address else 4


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if version_of(address) == 6 else socket.AF_INET, address)


def segment(packet):
    """The transport header and its data (RFC 9293, RFC 768)."""
    data = packet.get("data", "").encode()
    protocol = PROTOCOLS[packet["protocol"]]
    ports = (packet["sourcePort"], packet["port"])
    if protocol == socket.IPPROTO_TCP:
        flags = packet["flags"]
        numbers = (packet.get("seq", 1000), packet.get("ack", 0))
        make = lambda total: struct.pack("!HHIIBBHHH", *ports, *numbers, 5 << 4, flags, 64240, total, 0) + data
    else:
        make = lambda total: struct.pack("!HHHH", *ports, 8 + len(data), total) + data
    source, destination = packed(packet["source"]), packed(packet["destination"])
    pseudo = source + destination + struct.pack("!IHBB", len(make(0)), 0, 0, protocol)
    return make(checksum(pseudo + make(0)) or 0xFFFF)


def ip_header(packet, protocol, length, fragment=0, identification=0):
    source, destination = packed(packet["source"]), packed(packet["destination"])
    if len(source) == 16:
        return struct.pack("!IHBB", 6 << 28, length, protocol, 64) + source + destination
    make = lambda total: (
        struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, identification, fragment, 64, protocol, total)
        + source
        + destination
    )
    return make(checksum(make(0)))


def datagrams(packet):
    """The packet as it goes out: whole, or in the fragments that were asked for."""
    payload = segment(packet)
    protocol = PROTOCOLS[packet["protocol"]]
    for header in packet.get("headers", []):
        payload = bytes([protocol]) + PADDING + payload
        protocol = {"hop-by-hop": HOP_BY_HOP, "destination": DESTINATION_OPTIONS}[header]
    size = packet.get("fragment")
    if size is None:
        return [ip_header(packet, protocol, len(payload)) + payload]
    identification = packet["sourcePort"]
    parts = [(at, payload[at : at + size]) for at in range(0, len(payload), size)]
    if "decoy" in packet:
        # The same bytes again with another port, in front.
        decoy = segment({**packet, "port": packet["decoy"]})
        parts.insert(0, (0, decoy[:size]))
    if packet.get("reversed"):
        parts.reverse()
    out = []
    for at, part in parts:
        more = at + len(part) < len(payload)
        if version_of(packet["source"]) == 4:
            field = at // 8 | (MORE_FRAGMENTS if more else 0)
            out.append(ip_header(packet, protocol, len(part), field, identification) + part)
        else:
            extension = struct.pack("!BBHI", protocol, 0, at | more, identification)
            out.append(ip_header(packet, FRAGMENT, 8 + len(part)) + extension + part)
    return out


def parse(data):
    """(protocol, source, destination, header and data of the protocol) of an IP packet."""
    if data[0] >> 4 == 4:
        return data[9], data[12:16], data[16:20], data[(data[0] & 15) * 4 :]
    return data[6], data[8:24], data[24:40], data[40:]


def reply(data):
    """(the flow it answers, what it says); None for what answers nothing."""
    protocol, _, client, body = parse(data)
    if protocol == socket.IPPROTO_TCP and len(body) >= 20:
        port, source_port, seq, ack, offset, flags = struct.unpack("!HHIIBB", body[:14])
        text = body[(offset >> 4) * 4 :].decode(errors="replace")
        return (protocol, client, source_port, port), {"flags": flags, "seq": seq, "ack": ack, "data": text}
    if protocol == socket.IPPROTO_UDP and len(body) >= 8:
        port, source_port = struct.unpack("!HH", body[:4])
        return (protocol, client, source_port, port), {"data": body[8:].decode(errors="replace")}
    unreachable = {socket.IPPROTO_ICMP: 3, socket.IPPROTO_ICMPV6: 1}.get(protocol)
    if unreachable is not None and body[0] == unreachable and len(body) > 8:
        protocol, client, _, inner = parse(body[8:])
        return (protocol, client, *struct.unpack("!HH", inner[:4])), {"unreachable": True}
    return None


def flow(packet):
    return PROTOCOLS[packet["protocol"]], packed(packet["source"]), packet["sourcePort"], packet["port"]


class Wire:
    def __init__(self, interface, mac):
        self.interface = interface
        self.mac = mac and bytes.fromhex(mac.replace(":", ""))
        self.link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.link.bind((interface, 3))

    def send(self, packet):
        version = version_of(packet["source"])
        for data in datagrams(packet):
            if self.mac:
                mac = b"\xff" * 6 if packet.get("broadcast") else self.mac
                self.link.sendto(data, (self.interface, ETHERTYPES[version], 0, 0, mac))
                continue
            kind = socket.AF_INET6 if version == 6 else socket.AF_INET
            with socket.socket(kind, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
                if "mark" in packet:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, struct.pack("I", packet["mark"]))
                raw.sendto(data, (packet["destination"], 0))

    def receive(self, until, replies):
        while True:
            left = until - time.monotonic()
            if not select.select([self.link], [], [], max(left, 0))[0]:
                if left <= 0:
                    return
                continue
            data, (_, _, kind, *_) = self.link.recvfrom(65536)
            answer = reply(data) if kind != PACKET_OUTGOING else None
            if answer and answer[0] in replies:
                replies[answer[0]].append(answer[1])


def main():
    wire = Wire(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
    for line in sys.stdin:
        request = json.loads(line)
        packets = request["packets"]
        replies = {flow(packet): [] for packet in packets}
        wire.receive(time.monotonic(), {})
        for packet in packets:
            wire.send(packet)
            wire.receive(time.monotonic(), replies)
        wire.receive(time.monotonic() + request["wait"], replies)
        print(json.dumps([replies[flow(packet)] for packet in packets]), flush=True)


main()
