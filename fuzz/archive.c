// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: archives, by libarchive and what gets over its errors, as a file and as a stream.
#include "scan/unpack.h"

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

// What one input may come to; an archive may be given out twice where its list of members fails.
enum { MEMBERS_MOST = 2 * UNPACK_MEMBERS_MAX, READ_MOST = 8 << 20 };

static void read_member(struct unpacker *unpacker) {
    const uint8_t *data = NULL;
    size_t size = 0;
    size_t all = 0;
    volatile uint8_t last = 0;
    while (all < READ_MOST && unpacker_read(unpacker, &data, &size)) {
        must(size > 0);
        last = data[size - 1];
        all += size;
    }
    (void)last;
    must(unpacker_member_trouble(unpacker) < UNPACK_TROUBLES);
}

static void unpack(int fd, size_t size, bool is_stream, bool takes_any) {
    uint64_t progress = 0;
    const struct unpack_input input = {.fd = fd,
                                       .is_stream = is_stream,
                                       .size = is_stream ? 0 : size,
                                       .takes_any = takes_any,
                                       .name = "input.gz",
                                       .progress = &progress};
    struct unpacker *unpacker = unpacker_new(&input);
    struct unpack_report report;
    must(unpacker != NULL && lseek(fd, 0, SEEK_SET) == 0);
    enum unpack_result result = UNPACK_END;
    for (size_t i = 0; (result = unpacker_next(unpacker, &report)) != UNPACK_END; i++) {
        must(i < MEMBERS_MOST && strnlen(report.name, UNPACK_NAME_MAX) < UNPACK_NAME_MAX);
        if (result == UNPACK_TROUBLE) {
            must(report.trouble > UNPACK_WHOLE && report.trouble < UNPACK_TROUBLES);
        } else if (i % 3 != 2) {
            read_member(unpacker); // the others are passed over
        }
    }
    unpacker_free(unpacker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int fd = -1;
    if (fd < 0) {
        unpack_prepare();
        fd = memfd_create("input", MFD_CLOEXEC);
    }
    must(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    unpack(fd, size, false, false);
    unpack(fd, size, true, true);
    return 0;
}
