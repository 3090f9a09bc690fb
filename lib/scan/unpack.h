// SPDX-License-Identifier: GPL-3.0-or-later
// Opens an archive or a compressed file by libarchive and gives out its members that are logs,
// those of archives within it too. To be called in a process of its own, in a sandbox: see
// opener.h. Reads with plain reads, and writes nothing.
//
// A member is a log if it has a log's signature or is named *.evtx, an archive if its first bytes
// say so. Names come as they are, in the bytes of the archive (UTF-8 where its format says what
// they are): any bytes but NUL, never to be used as a path.
#ifndef EVTXSEQ_UNPACK_H
#define EVTXSEQ_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Why not all of an archive or of a member is there.
enum unpack_trouble {
    UNPACK_WHOLE, // all of it is
    UNPACK_DAMAGED,
    UNPACK_ENCRYPTED,
    UNPACK_METHOD,     // compressed in a way that libarchive does not know
    UNPACK_UNREADABLE, // the file itself cannot be read
    UNPACK_MEMORY,
    UNPACK_NO_SEEK, // a 7z archive that is too large to be held in memory where it cannot be sought
    UNPACK_IMAGE,   // a forensic image, which may lie in several files
    UNPACK_DEPTH,   // the limits below
    UNPACK_MEMBER_SIZE,
    UNPACK_SIZE,
    UNPACK_RATIO,
    UNPACK_MEMBERS,
    UNPACK_TROUBLES
};

// Constant text for people.
const char *unpack_trouble_text(enum unpack_trouble trouble);

enum {
    // Archives within the outermost one. A collection of hosts' collections of compressed logs has
    // two; a file that unpacks to itself has no end.
    UNPACK_DEPTH_MAX = 3,
    // Bytes of a name, with those of the archives that it is in. Windows' paths have 32,767 units
    // at most; of names that are longer than any tool writes the start is enough.
    UNPACK_NAME_MAX = 4096,
    // Once much has come out, not more than so many times what went in. Logs are compressed to a
    // tenth or a twentieth, zeros by deflate to a thousandth.
    UNPACK_RATIO_MAX = 1000,
#ifdef EVTXSEQ_FAULTS
    UNPACK_MEMBERS_MAX = 1000,
#else
    UNPACK_MEMBERS_MAX = 1000000, // ten times those of a large collection
#endif
    // Places in a damaged zip archive at which reading begins anew.
    UNPACK_RESUMED_MAX = 10000,
};

#ifdef EVTXSEQ_FAULTS
#define UNPACK_MEMBER_SIZE_MAX (UINT64_C(8) << 20)
#define UNPACK_SIZE_MAX (UINT64_C(32) << 20)
#define UNPACK_RATIO_FROM (UINT64_C(4) << 20)
#define UNPACK_HELD_MAX ((size_t)1 << 20)
#else
// Bytes of a member: a log has 4 GiB at most, a disk image to be carved as much as a disk has.
#define UNPACK_MEMBER_SIZE_MAX (UINT64_C(4) << 40)
// Bytes unpacked from an archive in all, the members that are passed over included.
#define UNPACK_SIZE_MAX (UINT64_C(16) << 40)
// So much may come out of any archive: a second's work.
#define UNPACK_RATIO_FROM (UINT64_C(1) << 30)
// A zip or 7z archive that cannot be sought in, as it is within another or comes by a pipe, is held
// in memory up to this size: the list of its members is at its end. A larger zip archive is read as
// it comes.
#define UNPACK_HELD_MAX ((size_t)64 << 20)
#endif

// Memory that unpacking may take: the largest dictionary that 7-Zip offers as a level, 256 MiB, and
// three archives held, with something to spare.
#define UNPACK_MEMORY_MAX ((size_t)640 << 20)

struct unpack_input {
    int fd;                      // not closed by the unpacker
    bool is_stream;              // cannot seek
    uint64_t size;               // of the file; 0 for a stream
    bool takes_any;              // every member is to be given out, as if it were a log
    const char *name;            // of the file, without directories
    volatile uint64_t *progress; // counts up as long as it goes on
};

struct unpacker;

// To be called once in a process before it enters a sandbox: what libarchive would look up in files
// later.
void unpack_prepare(void);

// NULL when memory ran out. What the input points to must outlive the unpacker.
struct unpacker *unpacker_new(const struct unpack_input *input);
void unpacker_free(struct unpacker *unpacker);

enum unpack_result {
    UNPACK_MEMBER,  // a log: to be read before the next call, or passed over
    UNPACK_TROUBLE, // with the archive or member of the name
    UNPACK_END,
};

struct unpack_report {
    const char *name; // in the archive; empty: the input itself. Valid until the next call
    enum unpack_trouble trouble; // of UNPACK_TROUBLE
};

// An input that is no archive is a member without a name.
enum unpack_result unpacker_next(struct unpacker *unpacker, struct unpack_report *report);

// The next bytes of the member; valid until the next call. False at its end.
bool unpacker_read(struct unpacker *unpacker, const uint8_t **data, size_t *size);

// What was wrong with the member, when it has been read to its end.
enum unpack_trouble unpacker_member_trouble(const struct unpacker *unpacker);

// Members that are neither logs nor archives, so far.
uint64_t unpacker_passed_over(const struct unpacker *unpacker);

#endif
