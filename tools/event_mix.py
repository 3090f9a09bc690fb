# SPDX-License-Identifier: GPL-3.0-or-later
"""Events in the shares that real Sysmon logs have of event IDs, as a log of a case file.

The shares of the seven most common IDs were measured over 492,489 public records.
"""

import random

SHARES = {10: 49, 12: 25, 7: 12, 13: 9, 11: 1.3, 3: 0.8, 1: 0.6}
SHARES |= {5: 0.6, 22: 0.5, 23: 0.4, 17: 0.4, 8: 0.2}  # guessed

SYSTEM32 = "C:\\Windows\\System32\\"
IMAGES = [
    *(SYSTEM32 + name + ".exe" for name in (
        "svchost", "lsass", r"wbem\WmiPrvSE", "services", "taskhostw", "conhost", "csrss", "cmd",
        "SearchIndexer", "RuntimeBroker", "backgroundTaskHost", "dllhost", "sihost", "spoolsv",
        r"WindowsPowerShell\v1.0\powershell")),
    r"C:\Windows\explorer.exe",
    r"C:\Program Files\VMware\VMware Tools\vmtoolsd.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\ProgramData\Microsoft\Windows Defender\platform\4.18.2008.9-0\MsMpEng.exe",
    r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE",
]  # fmt: skip
LIBRARIES = [SYSTEM32 + name + ".dll" for name in (
    "ntdll", "KERNELBASE", "combase", "RPCRT4", "user32", "sechost", "kernel32", "advapi32",
    "crypt32", "ucrtbase", "ws2_32", r"wbem\fastprox", "lsasrv", "samsrv", "clr", "version")
]  # fmt: skip
KEYS = [
    r"HKLM\System\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\%s\DhcpServer",
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run",
    r"HKU\S-1-5-21-1004336348-1177238915-682003330-1001\Software\Classes\CLSID\%s\(Default)",
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\Certificates",
    r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks\%s",
]
COMMANDS = [
    "%s",
    "%s -k netsvcs -p -s BITS",
    '"%s" --type=renderer --lang=en-US --num-raster-threads=2 --renderer-client-id=7 --no-sandbox',
    r'%s /c dir /s "C:\Users\bob\Documents"',
    "%s -ExecutionPolicy Restricted -Command Write-Host 'Final result: 1';",
    "%s 0xffffffff -ForceV1",
]


class Machine:
    """Writes the events of one machine; the same for the same seed."""

    def __init__(self):
        self.random = random.Random(5)
        self.processes = [(image, self.guid(), self.below(9999)) for image in IMAGES * 3]

    def below(self, number):
        return self.random.randrange(number)

    def one_of(self, values):
        return self.random.choice(values)

    def hexadecimal(self, digits):
        return f"{self.random.getrandbits(4 * digits):0{digits}X}"

    def guid(self):
        return "{" + "-".join(self.hexadecimal(digits) for digits in (8, 4, 4, 4, 12)) + "}"

    def hashes(self):
        return f"SHA1={self.hexadecimal(40)},MD5={self.hexadecimal(32)},SHA256={self.hexadecimal(64)}"

    def process(self, prefix="", id_name="Guid"):
        image, guid, number = self.one_of(self.processes)
        yield f"{prefix}Process{id_name}: {guid}"
        yield f"{prefix}ProcessId: {number}"
        yield f"{prefix}Image: {image}"

    def start(self):
        yield from self.process()
        yield from self.process("Parent")
        yield f"CommandLine: {self.one_of(COMMANDS) % self.one_of(IMAGES)}"
        yield f"ParentCommandLine: {self.one_of(COMMANDS) % self.one_of(IMAGES)}"
        yield f"OriginalFileName: {self.one_of(IMAGES).rsplit(chr(92), 1)[1]}"
        yield from ("FileVersion: 10.0.19041.1", "Company: Microsoft Corporation")
        yield from (r"CurrentDirectory: C:\Windows\system32" + "\\", r"User: CORP\bob")
        yield from (f"LogonGuid: {self.guid()}", "LogonId: 0x3e7", "IntegrityLevel: Medium")
        yield f"Hashes: {self.hashes()}"

    def access(self):
        yield from self.process("Source", "GUID")
        yield from self.process("Target", "GUID")
        yield f"GrantedAccess: {self.one_of(('0x1000', '0x1400', '0x1410', '0x1fffff'))}"
        calls = (f"{self.one_of(LIBRARIES)}+{self.below(1 << 20):x}" for _ in range(self.below(21)))
        yield "CallTrace: " + "|".join([rf"C:\Windows\SYSTEM32\ntdll.dll+{0x9C534:x}", *calls])

    def registry(self, event_id):
        yield "EventType: " + ("SetValue" if event_id == 13 else self.one_of(("CreateKey", "DeleteKey")))
        yield from self.process()
        key = self.one_of(KEYS)
        yield f"TargetObject: {key % self.guid() if '%' in key else key}"
        if event_id == 13:
            yield f"Details: {self.one_of(('DWORD (0x00000001)', 'Binary Data', IMAGES[0]))}"

    def load(self):
        yield from self.process()
        yield f"ImageLoaded: {self.one_of(LIBRARIES)}"
        yield from ("FileVersion: 10.0.19041.546", "Description: Windows NT BASE API Client DLL")
        yield from ("Company: Microsoft Corporation", "OriginalFileName: kernelbase.dll")
        yield f"Hashes: {self.hashes()}"
        yield from ("Signed: true", "Signature: Microsoft Windows", "SignatureStatus: Valid")

    def connection(self):
        yield from self.process()
        yield from (r"User: CORP\bob", "Protocol: tcp", "Initiated: true", "SourceIp: 10.0.2.15")
        yield f"SourcePort: {40000 + self.below(20000)}"
        yield f"DestinationIp: 52.114.{self.below(255)}.{self.below(255)}"
        yield "DestinationPort: 443"

    def other(self, event_id):
        yield from self.process()
        if event_id in (11, 23):
            yield rf"TargetFilename: C:\Users\bob\AppData\Local\Temp\{self.hexadecimal(8)}\setup.tmp"
        elif event_id == 22:
            yield from ("QueryName: v10.events.data.microsoft.com", "QueryStatus: 0")
        elif event_id == 17:
            yield rf"PipeName: \mojo.{self.below(16384)}.{self.below(1 << 31)}"
        else:
            yield r"User: CORP\bob"

    def fields(self, event_id):
        makers = {1: self.start, 3: self.connection, 7: self.load, 10: self.access}
        if event_id in makers:
            return makers[event_id]()
        return self.registry(event_id) if event_id in (12, 13) else self.other(event_id)


def shares_with(starts):
    """The shares where so many percent are process creations; the real ones for None."""
    if starts is None:
        return SHARES
    others = sum(share for event_id, share in SHARES.items() if event_id != 1)
    return {i: starts if i == 1 else s * (100 - starts) / others for i, s in SHARES.items()}


def mix_case(name, starts, count):
    """The lines of a case with the log NAME.evtx of `count` events."""
    machine = Machine()
    shares = shares_with(starts)
    ids = machine.random.choices(list(shares), shares.values(), k=count)
    milliseconds = 8 * 3600 * 1000
    yield f"log {name}.evtx"
    for event_id in ids:
        milliseconds += 1 + machine.below(30)
        seconds = milliseconds // 1000
        time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds % 1000:03}"
        yield f"event {event_id} {time}"
        yield f"  UtcTime: 2024-05-01 {time}"
        yield from (f"  {line}" for line in machine.fields(event_id))
