#!/usr/bin/env python3
"""Opens an address in the real Chromium without a screen and clicks a button of the page, as a person would.

    chromium.py approve|deny USER URL

Prints what the last page says, and each address that was asked for on a line of its own before. Chromium is driven over a
pair of pipes (--remote-debugging-pipe): messages are JSON, each ended by a zero byte."""
import json
import os
import subprocess
import sys
import tempfile
import time

PATIENCE = 60
decision, user, url = sys.argv[1:]


class Browser:
    def __init__(self, folder):
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        chromium = [
            "chromium",
            "--headless",
            # Where the tests run as root, there is no sandbox of Chromium's.
            *(["--no-sandbox"] if os.getuid() == 0 else []),
            "--remote-debugging-pipe",
            f"--user-data-dir={folder}",
            "--no-first-run",
            "--no-default-browser-check",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-domain-reliability",
            "--disable-sync",
            "--disable-extensions",
            "--no-pings",
            "--no-proxy-server",
            # No name leads anywhere: every request stays on loopback.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "about:blank",
        ]
        # Chromium reads from 3 and writes to 4.
        start = ["sh", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "sh", *chromium]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(start, pass_fds=(theirs_in, theirs_out), **quiet)
        os.close(theirs_in)
        os.close(theirs_out)
        self.read, self.write = ours_in, ours_out
        self.count, self.rest, self.events, self.session = 0, b"", [], None

    def message(self):
        while b"\0" not in self.rest:
            more = os.read(self.read, 65536)
            assert more, "Chromium ended"
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        self.count += 1
        asked = {"id": self.count, "method": method, "params": params}
        if self.session:
            asked["sessionId"] = self.session
        os.write(self.write, json.dumps(asked).encode() + b"\0")
        while True:
            got = self.message()
            if got.get("id") == self.count:
                assert "error" not in got, got
                return got["result"]
            self.events.append(got)

    def open(self, url):
        page = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ["Page", "Network", "Runtime"]:
            self.call(f"{domain}.enable")
        # The pages have to do without.
        self.call("Emulation.setScriptExecutionDisabled", value=True)
        self.call("Page.navigate", url=url)

    def value(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait(self, expression):
        deadline = time.monotonic() + PATIENCE
        while not (found := self.value(expression)):
            assert time.monotonic() < deadline, (expression, self.value("document.body.innerText"))
            time.sleep(0.02)
        return found

    def click(self, selector):
        find = f"const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center'}});"
        middle = "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]"
        x, y = self.value(f"(() => {{ {find} {middle} }})()")
        for kind in ["mousePressed", "mouseReleased"]:
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def asked_for(self):
        sent = [e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return [address for address in sent if not address.startswith("data:")]


with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as folder:
    browser = Browser(folder)
    try:
        browser.open(url)
        button = f"button[value={decision}]"
        browser.wait(f"document.querySelector({json.dumps(button)}) !== null")
        browser.value(f"document.querySelector('select').value = {json.dumps(user)}")
        browser.click(button)
        browser.wait(f"document.readyState === 'complete' && document.querySelector({json.dumps(button)}) === null")
        # A page of its own, and not the blank one in between.
        said = browser.wait("location.href !== 'about:blank' && document.body && document.body.innerText.trim()")
        print("\n".join(browser.asked_for()))
        print(" ".join(said.split()))
        browser.session = None
        browser.call("Browser.close")
        browser.process.wait(PATIENCE)
    finally:
        browser.process.kill()
