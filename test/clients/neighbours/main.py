"""DynamoDB and S3 for clients that keep more than keys with AWS: moto, on a free port of loopback.

Prints its endpoint, and ends when its standard input does.
"""

import sys

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f"http://{host}:{port}", flush=True)
sys.stdin.read()
server.stop()
