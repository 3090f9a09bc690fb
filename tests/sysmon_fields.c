// SPDX-License-Identifier: GPL-3.0-or-later
#include "sysmon_fields.h"

enum { PROCESS_CREATE = 1, IMAGE_LOAD = 7 };

static const struct sysmon_field new_load[] = {
    {"RuleName", "-"},
    {"UtcTime", "$T"},
    {"ProcessGuid", "{$M-10A0-6632-4101-000000001100}"},
    {"ProcessId", "4100"},
    {"Image", "C:\\Windows\\System32\\cscript.exe"},
    {"ImageLoaded", "C:\\Windows\\System32\\wbem\\wmiutils.dll"},
    {"FileVersion", "10.0.19041.1 (WinBuild.160101.0800)"},
    {"Description", "WMI"},
    {"Product", "Microsoft® Windows® Operating System"},
    {"Company", "Microsoft Corporation"},
    {"OriginalFileName", "wmiutils.dll"},
    {"Hashes", "SHA256=3D77E7769CFC8B4A1098E9A1F2BDE4432A6A70253EA6C2A58C8F8403A9038288"},
    {"Signed", "true"},
    {"Signature", "Microsoft Windows"},
    {"SignatureStatus", "Valid"},
    {"User", "CORP\\alice"},
};

static const struct sysmon_field old_load[] = {
    {"UtcTime", "$T"},
    {"ProcessGuid", "{$M-10A0-6632-4101-000000001100}"},
    {"ProcessId", "4100"},
    {"Image", "C:\\Windows\\System32\\cscript.exe"},
    {"ImageLoaded", "C:\\Windows\\System32\\wbem\\wmiutils.dll"},
    {"Hashes", "SHA256=3D77E7769CFC8B4A1098E9A1F2BDE4432A6A70253EA6C2A58C8F8403A9038288"},
    {"Signed", "true"},
    {"Signature", "Microsoft Windows"},
};

static const struct sysmon_field new_start[] = {
    {"RuleName", "-"},
    {"UtcTime", "$T"},
    {"ProcessGuid", "{$M-10A0-6632-4201-000000001100}"},
    {"ProcessId", "4200"},
    {"Image", "C:\\Windows\\System32\\cmd.exe"},
    {"FileVersion", "10.0.19041.746 (WinBuild.160101.0800)"},
    {"Description", "Windows Command Processor"},
    {"Product", "Microsoft® Windows® Operating System"},
    {"Company", "Microsoft Corporation"},
    {"OriginalFileName", "Cmd.Exe"},
    {"CommandLine", "cmd.exe /c whoami"},
    {"CurrentDirectory", "C:\\Windows\\system32\\"},
    {"User", "CORP\\alice"},
    {"LogonGuid", "{$M-0E00-6632-E503-020000000000}"},
    {"LogonId", "0x203e5"},
    {"TerminalSessionId", "1"},
    {"IntegrityLevel", "Medium"},
    {"Hashes", "SHA256=B99D61D874728EDC0918CA0EB10EAB93D381E7367E377406E65963366C874450"},
    {"ParentProcessGuid", "{$M-0F00-6632-2000-000000001100}"},
    {"ParentProcessId", "700"},
    {"ParentImage", "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe"},
    {"ParentCommandLine", "C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding"},
    {"ParentUser", "NT AUTHORITY\\NETWORK SERVICE"},
};

static const struct sysmon_field old_start[] = {
    {"UtcTime", "$T"},
    {"ProcessGuid", "{$M-10A0-6632-4201-000000001100}"},
    {"ProcessId", "4200"},
    {"Image", "C:\\Windows\\System32\\cmd.exe"},
    {"CommandLine", "cmd.exe /c whoami"},
    {"CurrentDirectory", "C:\\Windows\\system32\\"},
    {"User", "CORP\\alice"},
    {"LogonGuid", "{$M-0E00-6632-E503-020000000000}"},
    {"LogonId", "0x203e5"},
    {"TerminalSessionId", "1"},
    {"IntegrityLevel", "Medium"},
    {"Hashes", "SHA256=B99D61D874728EDC0918CA0EB10EAB93D381E7367E377406E65963366C874450"},
    {"ParentProcessGuid", "{$M-0F00-6632-2000-000000001100}"},
    {"ParentProcessId", "700"},
    {"ParentImage", "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe"},
    {"ParentCommandLine", "C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding"},
};

struct schema {
    uint16_t event_id;
    bool old;
    uint8_t version;
    const struct sysmon_field *fields;
    size_t count;
};

static const struct schema schemas[] = {
    {IMAGE_LOAD, false, 3, new_load, sizeof new_load / sizeof *new_load},
    {IMAGE_LOAD, true, 2, old_load, sizeof old_load / sizeof *old_load},
    {PROCESS_CREATE, false, 5, new_start, sizeof new_start / sizeof *new_start},
    {PROCESS_CREATE, true, 5, old_start, sizeof old_start / sizeof *old_start},
};

static const struct schema *find_schema(uint16_t event_id, bool old) {
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        if (schemas[i].event_id == event_id && schemas[i].old == old) {
            return &schemas[i];
        }
    }
    return NULL;
}

const struct sysmon_field *sysmon_fields(uint16_t event_id, bool old, size_t *count) {
    const struct schema *schema = find_schema(event_id, old);
    *count = schema ? schema->count : 0;
    return schema ? schema->fields : NULL;
}

uint8_t sysmon_version(uint16_t event_id, bool old) {
    const struct schema *schema = find_schema(event_id, old);
    return schema ? schema->version : 3;
}
