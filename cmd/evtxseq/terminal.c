// SPDX-License-Identifier: GPL-3.0-or-later
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static size_t width_in_environment(void) {
    const char *columns = getenv("COLUMNS");
    char *end = NULL;
    if (columns == NULL || *columns < '0' || *columns > '9') {
        return 0;
    }
    unsigned long width = strtoul(columns, &end, 10);
    return *end == '\0' && width < 1000000 ? width : 0;
}

static size_t width_of(FILE *stream) {
    struct winsize size;
    size_t width = width_in_environment();
    if (width == 0 && isatty(fileno(stream)) && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0) {
        width = size.ws_col;
    }
    return width;
}

bool terminal_redraws(FILE *stream) {
    const char *terminal = getenv("TERM");
    return isatty(fileno(stream)) && (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

size_t terminal_columns(FILE *stream) {
    struct winsize size;
    return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static bool has_colour(enum colour_option colour, FILE *stream) {
    const char *no_color = getenv("NO_COLOR");
    switch (colour) {
    case COLOUR_ALWAYS:
        return true;
    case COLOUR_NEVER:
        return false;
    case COLOUR_AUTO:
        break;
    }
    return (no_color == NULL || *no_color == '\0') && terminal_redraws(stream);
}

struct evtxseq_style terminal_style(const struct options *options, FILE *stream) {
    struct evtxseq_style style = options->style;
    style.width = width_of(stream);
    style.is_colour = has_colour(options->colour, stream);
    return style;
}
