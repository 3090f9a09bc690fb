# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium, driven by Debian's chromium-driver over HTTP: as much of W3C's WebDriver as
check_html.py needs."""
import base64
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element's ID in WebDriver
KEYS = {"Enter": "\ue007", "Tab": "\ue004"}


class Browser:
    """One browser with one window. To be closed."""

    def __init__(self, work):
        self.log = open(os.path.join(work, "chromedriver.log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=self.log, text=True,
            start_new_session=True)
        self.session = None
        try:
            self.address = f"http://127.0.0.1:{self.read_port()}/session"
            self.session = self.call("POST", "", {"capabilities": {"alwaysMatch": {
                "goog:loggingPrefs": {"browser": "ALL"},
                "goog:chromeOptions": {"args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                    "--disable-dev-shm-usage", "--force-device-scale-factor=1",
                    f"--user-data-dir={os.path.join(work, 'profile')}"]}}}})["sessionId"]
        except BaseException:
            self.close()
            raise

    def read_port(self):
        for line in self.process.stdout:
            if "successfully on port " in line:
                return int(line.split("on port ")[1].rstrip(".\n"))
        raise RuntimeError("chromedriver does not start")

    def call(self, method, path, body=None):
        address = self.address + (f"/{self.session}" if self.session else "") + path
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(address, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from error

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, path, fragment=""):
        self.call("POST", "/url", {"url": "about:blank"})
        self.call("POST", "/url", {"url": f"file://{os.path.abspath(path)}{fragment}"})

    def run(self, script, *arguments):
        """What the script, the body of a function, returns."""
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script):
        """What the script hands to its last argument."""
        return self.call("POST", "/execute/async", {"script": script, "args": []})

    def find(self, selector):
        found = self.call("POST", "/element", {"using": "css selector", "value": selector})
        return f"/element/{found[ELEMENT]}"

    def click(self, selector):
        self.call("POST", self.find(selector) + "/click", {})

    def type(self, selector, text):
        element = self.find(selector)
        self.call("POST", element + "/clear", {})
        self.call("POST", element + "/value", {"text": text})

    def press(self, key):
        """A key, to whatever has the focus."""
        value = KEYS.get(key, key)
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": [
            {"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]}]})

    def wait(self, script, what, seconds=10):
        """Until the script returns what is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.run(script):
                return
            time.sleep(0.02)
        raise RuntimeError(f"waited in vain for {what}")

    def size(self, width, height):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=1, mobile=False)

    def media(self, scheme="light", medium=""):
        self.devtools("Emulation.setEmulatedMedia", media=medium,
                      features=[{"name": "prefers-color-scheme", "value": scheme}])

    def messages(self):
        """What has come to the console since the last time."""
        return self.call("POST", "/se/log", {"type": "browser"})

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("GET", "/screenshot")))

    def close(self):
        if self.session:
            self.call("DELETE", "")
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()
        self.log.close()
