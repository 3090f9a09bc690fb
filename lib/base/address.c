// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/address.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

enum { IPV4_SIZE = 4, BYTE_BITS = 8, MAPPED_BITS = (ADDRESS_SIZE - IPV4_SIZE) * BYTE_BITS };

static bool read_address(struct text text, struct address *address, bool *is_ipv4) {
    char terminated[INET6_ADDRSTRLEN];
    unsigned char ipv4[IPV4_SIZE];
    if (!text_to_string(text, terminated, sizeof terminated)) {
        return false;
    }
    *is_ipv4 = inet_pton(AF_INET, terminated, ipv4) == 1;
    if (!*is_ipv4) {
        return inet_pton(AF_INET6, terminated, address->bytes) == 1;
    }
    memset(address->bytes, 0, sizeof address->bytes);
    memset(address->bytes + ADDRESS_SIZE - IPV4_SIZE - 2, 0xff, 2);
    memcpy(address->bytes + ADDRESS_SIZE - IPV4_SIZE, ipv4, IPV4_SIZE);
    return true;
}

bool address_read(struct text text, struct address *address) {
    bool is_ipv4 = false;
    return read_address(text, address, &is_ipv4);
}

void address_write(const struct address *address, char text[ADDRESS_TEXT_SIZE]) {
    static const unsigned char mapped[ADDRESS_SIZE - IPV4_SIZE] = {[10] = 0xff, [11] = 0xff};
    bool is_ipv4 = memcmp(address->bytes, mapped, sizeof mapped) == 0;
    // Neither fails: the family is known and there is room.
    (void)inet_ntop(is_ipv4 ? AF_INET : AF_INET6, address->bytes + (is_ipv4 ? sizeof mapped : 0),
                    text, ADDRESS_TEXT_SIZE);
}

bool network_read(struct text text, struct network *network) {
    const char *slash = memchr(text.data, '/', text.size);
    const struct text address = {text.data,
                                 slash == NULL ? text.size : (size_t)(slash - text.data)};
    bool is_ipv4 = false;
    uint64_t bits = 0;
    if (!read_address(address, &network->address, &is_ipv4)) {
        return false;
    }
    uint64_t most = (uint64_t)BYTE_BITS * (is_ipv4 ? IPV4_SIZE : ADDRESS_SIZE);
    if (slash == NULL) {
        bits = most;
    } else if (!ascii_number(slash + 1, text.size - address.size - 1, &bits) || bits > most) {
        return false;
    }
    network->prefix = (unsigned)bits + (is_ipv4 ? MAPPED_BITS : 0);
    return true;
}

bool network_has(const struct network *network, const struct address *address) {
    size_t whole = network->prefix / BYTE_BITS;
    unsigned rest = network->prefix % BYTE_BITS;
    if (memcmp(network->address.bytes, address->bytes, whole) != 0) {
        return false;
    }
    return rest == 0 ||
           (network->address.bytes[whole] ^ address->bytes[whole]) >> (BYTE_BITS - rest) == 0;
}
