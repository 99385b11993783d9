"""A business register on this machine: answers of the published shape, and a server that gives them as it is told."""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KONEPAJA: dict[str, Any] = {
    "businessId": {"value": "2077474-0", "registrationDate": "2006-11-29", "source": "3"},
    "euId": {"value": "FIFPRO.2077474-0", "source": "1"},
    "names": [
        {
            "name": "Konepaja Oy",
            "type": "1",
            "registrationDate": "2012-03-01",
            "endDate": None,
            "version": 1,
            "source": "1",
        },
        {
            "name": "Virtasen Paja Oy",
            "type": "1",
            "registrationDate": "2006-11-29",
            "endDate": "2012-02-29",
            "version": 2,
            "source": "1",
        },
        {
            "name": "Verkstad Ab",
            "type": "2",
            "registrationDate": "2012-03-01",
            "endDate": None,
            "version": 1,
            "source": "1",
        },
        {
            "name": "Hitsaus Virtanen",
            "type": "3",
            "registrationDate": "2014-01-01",
            "endDate": None,
            "version": 1,
            "source": "1",
        },
    ],
    "mainBusinessLine": {
        "type": "25620",
        "typeCodeSet": "TOIMI4",
        "registrationDate": "2012-03-01",
        "source": "2",
        "descriptions": [
            {"languageCode": "1", "description": "Metallin työstö"},
            {"languageCode": "2", "description": "Metallegoarbeten"},
            {"languageCode": "3", "description": "Machining"},
        ],
    },
    "website": {"url": "www.konepaja.fi", "registrationDate": "2012-03-01", "source": "0"},
    "companyForms": [
        {
            "type": "16",
            "version": 1,
            "registrationDate": "2006-11-29",
            "endDate": None,
            "source": "1",
            "descriptions": [
                {"languageCode": "1", "description": "Osakeyhtiö"},
                {"languageCode": "3", "description": "Limited company"},
            ],
        }
    ],
    "companySituations": [],
    "registeredEntries": [
        {
            "type": "1",
            "register": "1",
            "authority": "2",
            "registrationDate": "2006-11-29",
            "endDate": None,
            "descriptions": [],
        }
    ],
    "addresses": [
        {
            "type": 1,
            "street": "Kuntokatu",
            "buildingNumber": "3",
            "entrance": "B",
            "apartmentNumber": "12",
            "apartmentIdSuffix": "",
            "postCode": "33520",
            "postOffices": [
                {"city": "TAMPERE", "languageCode": "1", "municipalityCode": "837"},
                {"city": "TAMMERFORS", "languageCode": "2", "municipalityCode": "837"},
            ],
            "postOfficeBox": "",
            "co": "",
            "country": None,
            "freeAddressLine": None,
            "registrationDate": "2012-03-01",
            "source": "0",
        },
        {
            "type": 2,
            "street": "",
            "postCode": "33101",
            "postOffices": [{"city": "TAMPERE", "languageCode": "1", "municipalityCode": "837"}],
            "postOfficeBox": "12",
            "registrationDate": "2012-03-01",
            "source": "0",
        },
    ],
    "tradeRegisterStatus": "1",
    "status": "2",
    "registrationDate": "2006-11-29",
    "endDate": None,
    "lastModified": "2024-05-02 10:11:12",
}
CEASED = {
    **KONEPAJA,
    "companySituations": [
        {"type": "KONK", "registrationDate": "2023-01-09", "endDate": None, "source": "1"}
    ],
    "tradeRegisterStatus": "4",
    "endDate": "2024-06-30",
    "website": None,
    "mainBusinessLine": None,
    "addresses": [],
}


class Register(ThreadingHTTPServer):
    """A register on this machine that answers as it is told, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answering)
        self.status, self.body, self.wait, self.drips = 200, b"{}", 0.0, ""
        self.asked, self.meanwhile = [], []

    def says(self, body, status=200, wait=0.0):
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status, self.wait = status, wait

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/opendata-ytj-api/v3"


class Answering(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        for look in self.server.meanwhile:
            look()
        time.sleep(self.server.wait)
        try:
            if self.server.drips == "head":
                self.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 600)
            self.send_response(self.server.status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            if self.server.drips == "body":
                self.drip(self.server.body)
            self.wfile.write(self.server.body)
        except OSError:  # whoever asked has gone
            pass

    def drip(self, body):
        for byte in body[:600]:
            self.wfile.write(bytes([byte]))
            time.sleep(0.1)

    def log_message(self, *_arguments):
        pass


def found(*companies):
    return {"totalResults": len(companies), "companies": list(companies)}
