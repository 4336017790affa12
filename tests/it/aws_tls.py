"""An HTTPS server for one test: its own CA, a certificate for sts.test and 127.0.0.1, one answer for every POST.

Usage: aws_tls.py FOLDER ANSWER-FILE. Writes FOLDER/ca.pem, prints the port.
"""

import datetime
import http.server
import ipaddress
import pathlib
import ssl
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

folder, answer = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).read_bytes()


def certificate(name, key, issuer, issuer_key, *extensions):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
ca = certificate(name("a private CA"), ca_key, name("a private CA"), ca_key, x509.BasicConstraints(True, None))
names = [x509.DNSName("sts.test"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
leaf = certificate(name("sts.test"), key, name("a private CA"), ca_key, x509.SubjectAlternativeName(names))
private = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
(folder / "ca.pem").write_bytes(b"# comments are allowed here\n" + ca)
(folder / "server.pem").write_bytes(private + leaf)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder / "server.pem")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
