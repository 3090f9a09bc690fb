// SPDX-License-Identifier: GPL-3.0-or-later
// The guides of the rules.
#include "rules/guides.h"

#define SECTION(title, array)                                                                      \
    { .heading = (title), .parts = (array), .part_count = sizeof(array) / sizeof *(array) }

// What more than one rule needs.

static const struct guide_part load_logging[] = {
    {GUIDE_TEXT, "Event ID 7 (image loaded), at least of wmiutils.dll. Sysmon logs no image loads "
                 "unless its configuration asks for them; this asks for this one library:"},
    {GUIDE_VERBATIM, "<RuleGroup name=\"\" groupRelation=\"or\">\n"
                     "  <ImageLoad onmatch=\"include\">\n"
                     "    <ImageLoaded condition=\"end with\">\\wmiutils.dll</ImageLoaded>\n"
                     "  </ImageLoad>\n"
                     "</RuleGroup>\n"},
    {GUIDE_TEXT, "The group goes into <EventFiltering> of the configuration; 'Sysmon64.exe -c "
                 "FILE' makes a configuration effective. Look for an ImageLoad group with "
                 "onmatch=\"exclude\" too: what it excludes is not logged, whatever is included."},
};
static const struct guide_section load_logging_section =
    SECTION("Sysmon must log: the load", load_logging);

static const struct guide_part start_logging[] = {
    {GUIDE_TEXT, "Event ID 1 (process creation). Sysmon 10 and later log OriginalFileName, by "
                 "which a renamed program is still known; before that the image's own name has to "
                 "do. An empty list of exceptions logs every process, which is what tells who "
                 "started the script and what came after:"},
    {GUIDE_VERBATIM, "<RuleGroup name=\"\" groupRelation=\"or\">\n"
                     "  <ProcessCreate onmatch=\"exclude\"/>\n"
                     "</RuleGroup>\n"},
    {GUIDE_TEXT, "Where that is too much, the least is what WMI starts:"},
    {GUIDE_VERBATIM, "<RuleGroup name=\"\" groupRelation=\"or\">\n"
                     "  <ProcessCreate onmatch=\"include\">\n"
                     "    <ParentImage condition=\"end with\">\\WmiPrvSE.exe</ParentImage>\n"
                     "  </ProcessCreate>\n"
                     "</RuleGroup>\n"},
};
static const struct guide_section start_logging_section =
    SECTION("Sysmon must log: the start", start_logging);

static const struct guide_part response[] = {
    {GUIDE_STEP, "If it is an attack, cut the host off the network, but keep it running until its "
                 "memory has been taken."},
    {GUIDE_STEP, "Keep the script, the started program and the message or download that brought "
                 "the script. The program's hashes are in the finding if Sysmon logged them."},
    {GUIDE_STEP, "End the started process and its children. To end the script is not enough: they "
                 "belong to WmiPrvSE.exe and live on without it."},
    {GUIDE_STEP, "Look for what outlasts a restart: Run keys, scheduled tasks, services, WMI event "
                 "consumers (Sysmon Event IDs 19 to 21)."},
    {GUIDE_STEP, "Take the user's credentials for known to the attacker, and those of others who "
                 "were logged on; change them."},
    {GUIDE_STEP, "Search the other hosts for the same hashes, command line, sender and addresses."},
};
static const struct guide_section response_section = SECTION("Response", response);

// wmi-script-execution

static const struct guide_part execution_detects[] = {
    {GUIDE_TEXT, "Two events of one host, the second at most five seconds after the first: "
                 "wscript.exe or cscript.exe loads wmiutils.dll, then WmiPrvSE.exe creates a "
                 "process for a user outside the domain NT AUTHORITY. The process is one of "
                 "sixteen programs that attackers like to start, known by OriginalFileName, or "
                 "its image is an .exe below C:\\Users or C:\\ProgramData."},
    {GUIDE_TEXT, "A script that starts a program by itself is the program's parent, and many "
                 "defences look for just that. A script that asks WMI instead (Create of the class "
                 "Win32_Process) hides behind WMI's provider host: the program's parent is "
                 "WmiPrvSE.exe, and nothing in its creation tells of the script. What remains is "
                 "that the script had to load WMI's client library right before. Malicious "
                 "attachments use this to get from a script to a shell or a first payload."},
};
static const struct guide_section execution_detects_section =
    SECTION("What it detects, and why", execution_detects);

static const struct guide_part execution_benign[] = {
    {GUIDE_ITEM, "Software deployment: an agent or an installer whose VBScript starts set-up "
                 "programs through WMI, msiexec.exe above all. The same command line then comes up "
                 "on many hosts within hours."},
    {GUIDE_ITEM, "Inventory and monitoring: scripts that query WMI all day. They load the library "
                 "and start nothing; a finding comes about when something else that WMI starts "
                 "falls into the same five seconds."},
    {GUIDE_ITEM, "Logon scripts: cscript.exe right after a user has logged on, run from NETLOGON "
                 "or SYSVOL, for every user alike."},
    {GUIDE_ITEM, "An administrator who starts a program on this host through remote WMI while a "
                 "script of the system's own, such as slmgr.vbs, happens to run."},
};
static const struct guide_section execution_benign_section =
    SECTION("Known benign causes", execution_benign);

static const struct guide_part execution_triage[] = {
    {GUIDE_STEP, "Which script? Find Event ID 1 with the script's ProcessGuid: its command line "
                 "names the script file, its parent says how it came to run. A mail client, "
                 "browser, archiver or Office program as parent, or a file below Downloads or "
                 "Temp, speaks for an attack."},
    {GUIDE_STEP, "What was started? Read the whole command line: encoded or hidden PowerShell, "
                 "downloads, rundll32.exe and regsvr32.exe with unusual files. An image name that "
                 "differs from OriginalFileName is a renamed program."},
    {GUIDE_STEP, "Do the two belong together? The rule pairs by host and time alone. The same user "
                 "in both and a gap of less than a second make it likely; another user, or many "
                 "loads around, make it doubtful."},
    {GUIDE_STEP, "What came after? Follow the started process's ProcessGuid: children, network "
                 "connections (Event ID 3), files written (11), registry values set (13)."},
    {GUIDE_STEP, "Is it known here? The same script and command line on many hosts, and a file "
                 "that only administrators can write, speak for one of the benign causes; ask "
                 "whoever runs it."},
};
static const struct guide_section execution_triage_section = SECTION("Triage", execution_triage);

const struct guide guide_script_execution = {
    .summary = "A Windows script interpreter loads WMI's client library, and within five seconds "
               "WMI's provider host starts a program that attackers like to use.",
    .sections = {&execution_detects_section, &load_logging_section, &start_logging_section,
                 &execution_benign_section, &execution_triage_section, &response_section},
    .section_count = 6,
};

// wmi-script-image-load

static const struct guide_part load_detects[] = {
    {GUIDE_TEXT, "One event: wscript.exe or cscript.exe loads wmiutils.dll. This is the first half "
                 "of wmi-script-execution, whatever follows it."},
    {GUIDE_TEXT, "A script loads this library when it uses WMI in any way: to learn about the "
                 "machine and its defences, to reach other machines, to start processes. On its "
                 "own the event proves no attack. Use the rule to hunt, or where process creations "
                 "are missing from the logs."},
};
static const struct guide_section load_detects_section =
    SECTION("What it detects, and why", load_detects);

static const struct guide_part load_benign[] = {
    {GUIDE_ITEM, "Scripts of Windows and Office themselves: slmgr.vbs, winrm.vbs, the printing "
                 "scripts prn*.vbs, ospp.vbs."},
    {GUIDE_ITEM, "Inventory and monitoring: scripts that query hardware, software or performance "
                 "by schedule."},
    {GUIDE_ITEM, "Software deployment: scripts that look for a version before they install."},
    {GUIDE_ITEM, "Logon scripts that map drives and printers by what WMI tells of the machine."},
};
static const struct guide_section load_benign_section = SECTION("Known benign causes", load_benign);

static const struct guide_part load_triage[] = {
    {GUIDE_STEP, "Sort by script: count the command lines of the interpreters (Event ID 1 with the "
                 "same ProcessGuid). What runs everywhere by schedule is routine; look at what is "
                 "rare."},
    {GUIDE_STEP, "Look at the script's parent and at where its file lies. Mail clients, browsers "
                 "and Office programs seldom start a script for good reasons."},
    {GUIDE_STEP, "Look at what WMI did next on this host, and on others that the script may have "
                 "reached: processes whose parent is WmiPrvSE.exe."},
    {GUIDE_STEP,
     "Read the script. If its file is gone, the start of its text may be in the AMSI or "
     "antivirus logs."},
};
static const struct guide_section load_triage_section = SECTION("Triage", load_triage);

const struct guide guide_script_image_load = {
    .summary = "A Windows script interpreter loads WMI's client library, whatever follows.",
    .sections = {&load_detects_section, &load_logging_section, &load_benign_section,
                 &load_triage_section, &response_section},
    .section_count = 5,
};

// wmi-process-creation

static const struct guide_part creation_detects[] = {
    {GUIDE_TEXT, "One event: WmiPrvSE.exe creates a process for a user outside the domain NT "
                 "AUTHORITY, and the process is one of sixteen programs that attackers like to "
                 "start, known by OriginalFileName, or its image is an .exe below C:\\Users or "
                 "C:\\ProgramData. This is the second half of wmi-script-execution, whatever came "
                 "before it."},
    {GUIDE_TEXT, "WMI starts processes for whoever asks: a script or program on this host, or "
                 "somebody on another one, which is a usual way to move through a network. The "
                 "rule finds both, and works where Sysmon logs no image loads."},
};
static const struct guide_section creation_detects_section =
    SECTION("What it detects, and why", creation_detects);

static const struct guide_part creation_benign[] = {
    {GUIDE_ITEM, "Software deployment: agents and consoles that start msiexec.exe or cmd.exe on "
                 "their clients through remote WMI, under an account of their own."},
    {GUIDE_ITEM, "Inventory and vulnerability scanners that log on and run commands through WMI, "
                 "from one known address, on all hosts."},
    {GUIDE_ITEM, "Logon scripts and installers that start programs with Win32_Process."},
    {GUIDE_ITEM, "Administrators: wmic process call create, or Invoke-CimMethod in PowerShell."},
};
static const struct guide_section creation_benign_section =
    SECTION("Known benign causes", creation_benign);

static const struct guide_part creation_triage[] = {
    {GUIDE_STEP, "Read the command line. Output redirected to a share of the host itself, such as "
                 "\\\\127.0.0.1\\ADMIN$, encoded PowerShell and cmd.exe /Q /c are marks of attack "
                 "tools."},
    {GUIDE_STEP, "Who asked? Compare with logons at that moment: a network logon (Security Event "
                 "ID 4624, type 3) of the same user names the host it came from. Without one, look "
                 "for a script or program on this host."},
    {GUIDE_STEP, "Is the account one that administers this host, from where it usually does?"},
    {GUIDE_STEP, "What came after? Follow the process's ProcessGuid: children, network connections "
                 "(Event ID 3), files written (11)."},
};
static const struct guide_section creation_triage_section = SECTION("Triage", creation_triage);

const struct guide guide_process_creation = {
    .summary = "WMI's provider host starts a program that attackers like to use, for an account "
               "that is not the system's own.",
    .sections = {&creation_detects_section, &start_logging_section, &creation_benign_section,
                 &creation_triage_section, &response_section},
    .section_count = 5,
};
