// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses of IPv4 and IPv6, and networks of them. An IPv4 address is the same as the IPv6 address
// that it is mapped to: 1.2.3.4 and ::ffff:1.2.3.4.
#ifndef EVTXSEQ_ADDRESS_H
#define EVTXSEQ_ADDRESS_H

#include <stdbool.h>

#include "base/text.h"

enum { ADDRESS_SIZE = 16, ADDRESS_TEXT_SIZE = 46 };

struct address {
    unsigned char bytes[ADDRESS_SIZE];
};

struct network {
    struct address address;
    unsigned prefix; // bits of it that count, 0 to 128
};

// Reads an address. False for any other text.
bool address_read(struct text text, struct address *address);

// Writes an address in its usual form, as 1.2.3.4 and ::1, with a NUL: one text an address, which
// reads as that again.
void address_write(const struct address *address, char text[ADDRESS_TEXT_SIZE]);

// Reads an address, which is a network of its own, or ADDRESS/BITS.
bool network_read(struct text text, struct network *network);

bool network_has(const struct network *network, const struct address *address);

#endif
