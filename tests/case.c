// SPDX-License-Identifier: GPL-3.0-or-later
// Reads case files: lines, files and runs. Events are read by case_event.c.
#include "case.h"

#include <stdlib.h>
#include <string.h>

#include "case_event.h"
#include "notation.h"
#include "xmem.h"

// What the lines being read belong to.
enum part {
    PART_NONE,
    PART_LOG,
    PART_TEXT_FILE,
    PART_RUN,        // rows of its table may follow
    PART_RUN_OUTPUT, // lines of its standard output may follow
};

struct reader {
    struct test_case *test;
    unsigned line;
    enum part part;
    struct evtx_log *log;
    struct attributes defaults; // of the log's events
    struct event_text event;
    uint64_t record_id; // of the log's last event
    size_t fillers;
};

_Noreturn static void fail(const struct reader *reader, const char *problem) {
    die("%s:%u: %s", reader->test->path, reader->line, problem);
}

static void require(const struct reader *reader, bool condition, const char *problem) {
    if (!condition) {
        fail(reader, problem);
    }
}

static void check(const struct reader *reader, const char *problem) {
    if (problem) {
        fail(reader, problem);
    }
}

// Files.

static struct case_file *last_file(const struct reader *reader) {
    return &reader->test->files[reader->test->file_count - 1];
}

static struct case_run *last_run(const struct reader *reader) {
    return &reader->test->runs[reader->test->run_count - 1];
}

static struct case_file *find_file(const struct reader *reader, const char *name) {
    if (!name) {
        fail(reader, "the name of a file is missing");
    }
    for (size_t i = 0; i < reader->test->file_count; i++) {
        if (strcmp(reader->test->files[i].name, name) == 0) {
            return &reader->test->files[i];
        }
    }
    fail(reader, "the case has no such file");
}

static struct case_file *add_file(struct reader *reader, const char *name) {
    if (!name || name[0] == '/' || strstr(name, "..")) {
        fail(reader, "the name of a file is missing, or leads out of the case");
    }
    struct test_case *test = reader->test;
    test->files = xgrow(test->files, test->file_count, sizeof *test->files);
    struct case_file *file = &test->files[test->file_count++];
    file->name = xstrdup(name);
    file->bytes = xmalloc(0);
    file->size = 0;
    return file;
}

static void append(struct case_file *file, const void *bytes, size_t size) {
    file->bytes = xrealloc(file->bytes, file->size + size);
    if (size) {
        memcpy(file->bytes + file->size, bytes, size);
    }
    file->size += size;
}

static uint64_t number(const struct reader *reader, char **rest) {
    uint64_t value = 0;
    const char *word = next_word(rest);
    require(reader, word && parse_number(word, SIZE_MAX, &value), "a number is missing");
    return value;
}

static void copy_file(struct reader *reader, char *words) {
    const char *name = next_word(&words);
    struct case_file copy = {0};
    const char *from = next_word(&words);
    do {
        const struct case_file *source = find_file(reader, from);
        append(&copy, source->bytes, source->size);
        from = next_word(&words);
    } while (from != NULL);
    struct case_file *file = add_file(reader, name);
    append(file, copy.bytes, copy.size);
    free(copy.bytes);
}

static void truncate_file(struct reader *reader, char *words) {
    struct case_file *file = find_file(reader, next_word(&words));
    size_t size = number(reader, &words);
    require(reader, size <= file->size, "the file is not that long");
    file->size = size;
}

static void behead_file(struct reader *reader, char *words) {
    struct case_file *file = find_file(reader, next_word(&words));
    size_t size = number(reader, &words);
    require(reader, size <= file->size, "the file is not that long");
    file->size -= size;
    memmove(file->bytes, file->bytes + size, file->size);
}

static void patch_file(struct reader *reader, char *words) {
    struct case_file *file = find_file(reader, next_word(&words));
    size_t offset = number(reader, &words);
    size_t size;
    uint8_t *bytes = parse_hex(words, &size);
    require(reader, offset <= file->size && size <= file->size - offset, "that is past the end");
    if (size) {
        memcpy(file->bytes + offset, bytes, size);
    }
    free(bytes);
}

static void seal_file(struct reader *reader, char *words) {
    struct case_file *file = find_file(reader, next_word(&words));
    require(reader, file->size >= EVTX_HEADER_SIZE, "the file is not a log");
    evtx_seal_header(file->bytes);
    for (size_t at = EVTX_HEADER_SIZE; at + EVTX_CHUNK_SIZE <= file->size; at += EVTX_CHUNK_SIZE) {
        evtx_seal_chunk(file->bytes + at);
    }
}

// Logs.

static void end_event(struct reader *reader) {
    if (reader->event.present) {
        check(reader, event_text_add(&reader->event, reader->log, &reader->record_id));
    }
}

static void end_part(struct reader *reader) {
    if (reader->part == PART_LOG) {
        end_event(reader);
        size_t size;
        const uint8_t *bytes = evtx_log_bytes(reader->log, &size);
        append(last_file(reader), bytes, size);
        evtx_log_free(reader->log);
        reader->log = NULL;
        attributes_free(&reader->defaults);
        reader->record_id = 0;
    }
    require(reader, reader->part != PART_RUN && reader->part != PART_RUN_OUTPUT,
            "the run above has no `exit`");
    reader->part = PART_NONE;
}

// Process terminations: events of no interest that take up room.
static void add_filler(struct reader *reader, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char words[] = "5 09:00:00.000";
        const char *problem = NULL;
        event_text_begin(&reader->event, "event", words, &reader->defaults, &problem);
        check(reader, problem);
        char *process = xformat("ProcessId: %zu", 1000 + reader->fillers++);
        char image[] = "Image: C:\\Windows\\System32\\svchost.exe";
        check(reader, event_text_field(&reader->event, process));
        check(reader, event_text_field(&reader->event, image));
        free(process);
        end_event(reader);
    }
}

static bool log_option(struct reader *reader, const char *keyword, char *words) {
    if (strcmp(keyword, "with") == 0) {
        check(reader, attributes_read(&reader->defaults, words));
    } else if (strcmp(keyword, "chunk") == 0) {
        evtx_log_break(reader->log);
    } else if (strcmp(keyword, "slack") == 0) {
        evtx_log_slack(reader->log);
    } else if (strcmp(keyword, "filler") == 0) {
        add_filler(reader, number(reader, &words));
    } else if (strcmp(keyword, "rotate") == 0) {
        evtx_log_rotate(reader->log, number(reader, &words));
    } else if (strcmp(keyword, "flags") == 0) {
        evtx_log_set_flags(reader->log, (uint32_t)number(reader, &words));
    } else if (strcmp(keyword, "chunk-count") == 0) {
        evtx_log_set_chunk_count(reader->log, (uint16_t)number(reader, &words));
    } else {
        return false;
    }
    return true;
}

static bool log_line(struct reader *reader, const char *keyword, char *words) {
    if (reader->part != PART_LOG) {
        return false;
    }
    end_event(reader);
    const char *problem = NULL;
    if (event_text_begin(&reader->event, keyword, words, &reader->defaults, &problem)) {
        check(reader, problem);
        return true;
    }
    return log_option(reader, keyword, words);
}

// Runs.

static void begin_run(struct reader *reader, char *words) {
    struct test_case *test = reader->test;
    test->runs = xgrow(test->runs, test->run_count, sizeof *test->runs);
    struct case_run *run = &test->runs[test->run_count++];
    memset(run, 0, sizeof *run);
    run->line = reader->line;
    for (char *word = next_word(&words); word; word = next_word(&words)) {
        run->arguments = xgrow(run->arguments, run->argument_count, sizeof *run->arguments);
        run->arguments[run->argument_count++] = xstrdup(word);
    }
    reader->part = PART_RUN;
}

// Cuts the next cell off a row; false after the last.
static bool next_cell(char **rest, char **cell) {
    if (!*rest) {
        return false;
    }
    *cell = *rest;
    *rest = strchr(*rest, '|');
    if (*rest) {
        *(*rest)++ = '\0';
    }
    return true;
}

static void table_row(struct reader *reader, char *line) {
    struct expected_table *table = &last_run(reader)->table;
    size_t columns = 0;
    char *cell;
    while (next_cell(&line, &cell)) {
        size_t count = table->rows * table->columns + columns++;
        table->cells = xgrow(table->cells, count, sizeof *table->cells);
        table->cells[count] = text_to_utf8(trim(cell));
    }
    if (table->rows++ == 0) {
        table->columns = columns;
    }
    require(reader, columns == table->columns, "the row has another number of cells");
}

static void add_text(char ***texts, size_t *count, const char *text) {
    *texts = xgrow(*texts, *count, sizeof **texts);
    (*texts)[(*count)++] = text_to_utf8(text);
}

// `stdout` or `stderr`, then nothing, `contains TEXT` or `lacks TEXT`.
static void expect_text(struct reader *reader, struct expected_text *text, char *words) {
    words = trim(words);
    text->given = true;
    if (strncmp(words, "contains ", 9) == 0) {
        add_text(&text->contains, &text->contains_count, trim(words + 9));
    } else if (strncmp(words, "lacks ", 6) == 0) {
        add_text(&text->lacks, &text->lacks_count, trim(words + 6));
    } else if (!*words && !text->exact) {
        text->exact = xstrdup("");
    } else {
        fail(reader, "expected `contains TEXT`, `lacks TEXT` or nothing");
    }
}

static void output_line(struct reader *reader, const char *line) {
    struct expected_text *output = &last_run(reader)->output;
    char *text = text_to_utf8(line);
    char *longer = xformat("%s%s\n", output->exact, text);
    free(output->exact);
    free(text);
    output->exact = longer;
}

static bool run_line(struct reader *reader, const char *keyword, char *words) {
    if (reader->part != PART_RUN && reader->part != PART_RUN_OUTPUT) {
        return false;
    }
    struct case_run *run = last_run(reader);
    reader->part = PART_RUN;
    if (strcmp(keyword, "stdin") == 0) {
        run->input = xstrdup(find_file(reader, next_word(&words))->name);
    } else if (strcmp(keyword, "stdout") == 0) {
        expect_text(reader, &run->output, words);
        reader->part = run->output.exact ? PART_RUN_OUTPUT : PART_RUN;
    } else if (strcmp(keyword, "stderr") == 0) {
        expect_text(reader, &run->errors, words);
    } else if (strcmp(keyword, "exit") == 0) {
        run->status = (int)number(reader, &words);
        reader->part = PART_NONE;
    } else {
        return false;
    }
    return true;
}

// Lines.

static void file_line(struct reader *reader, const char *keyword, char *words) {
    end_part(reader);
    if (strcmp(keyword, "log") == 0) {
        add_file(reader, next_word(&words));
        reader->log = evtx_log_new();
        reader->part = PART_LOG;
    } else if (strcmp(keyword, "file") == 0) {
        add_file(reader, next_word(&words));
        reader->part = PART_TEXT_FILE;
    } else if (strcmp(keyword, "copy") == 0) {
        copy_file(reader, words);
    } else if (strcmp(keyword, "truncate") == 0) {
        truncate_file(reader, words);
    } else if (strcmp(keyword, "behead") == 0) {
        behead_file(reader, words);
    } else if (strcmp(keyword, "patch") == 0) {
        patch_file(reader, words);
    } else if (strcmp(keyword, "seal") == 0) {
        seal_file(reader, words);
    } else if (strcmp(keyword, "run") == 0) {
        begin_run(reader, words);
    } else {
        fail(reader, "there is no such keyword here");
    }
}

static void keyword_line(struct reader *reader, char *line) {
    char *words = line + strcspn(line, " \t");
    if (*words) {
        *words++ = '\0';
    }
    if (!log_line(reader, line, words) && !run_line(reader, line, words)) {
        file_line(reader, line, words);
    }
}

// `text` is the line without its first two blanks.
static void indented_line(struct reader *reader, char *text) {
    switch (reader->part) {
    case PART_LOG:
        require(reader, reader->event.present, "there is no event to have a field");
        check(reader, event_text_field(&reader->event, text));
        break;
    case PART_TEXT_FILE: {
        char *line = text_to_utf8(text);
        append(last_file(reader), line, strlen(line));
        append(last_file(reader), "\n", 1);
        free(line);
        break;
    }
    case PART_RUN:
        table_row(reader, text);
        break;
    case PART_RUN_OUTPUT:
        output_line(reader, text);
        break;
    case PART_NONE:
        fail(reader, "an indented line belongs to nothing");
    }
}

static void read_line(struct reader *reader, char *line) {
    bool indented = strncmp(line, "  ", 2) == 0;
    char *text = line + strspn(line, " \t\r");
    bool is_literal = reader->part == PART_TEXT_FILE || reader->part == PART_RUN_OUTPUT;
    if (indented && is_literal) {
        indented_line(reader, line + 2);
    } else if (!*text || *text == '#') {
        return;
    } else if (indented) {
        indented_line(reader, text);
    } else {
        keyword_line(reader, text);
    }
}

struct test_case *case_read(const char *path) {
    struct test_case *test = xcalloc(1, sizeof *test);
    test->path = xstrdup(path);
    struct reader reader = {.test = test};
    char *content = read_file(path, NULL);
    char *next = content;
    while (next) {
        char *line = next;
        next = strchr(line, '\n');
        if (next) {
            *next++ = '\0';
        }
        reader.line++;
        read_line(&reader, line);
    }
    end_part(&reader);
    free(content);
    return test;
}

void case_write_files(const struct test_case *test, const char *directory) {
    for (size_t i = 0; i < test->file_count; i++) {
        const struct case_file *file = &test->files[i];
        char *path = xformat("%s/%s", directory, file->name);
        make_parents(path);
        write_file(path, file->bytes, file->size);
        free(path);
    }
}

void case_write_text(const char *text, const char *directory) {
    char *path = xformat("%s/test.case", directory);
    write_file(path, text, strlen(text));
    struct test_case *test = case_read(path);
    case_write_files(test, directory);
    case_free(test);
    free(path);
}

static void free_texts(char **texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(texts[i]);
    }
    free(texts);
}

static void free_expected_text(struct expected_text *text) {
    free(text->exact);
    free_texts(text->contains, text->contains_count);
    free_texts(text->lacks, text->lacks_count);
}

static void free_run(struct case_run *run) {
    free_texts(run->arguments, run->argument_count);
    free(run->input);
    free_texts(run->table.cells, run->table.rows * run->table.columns);
    free_expected_text(&run->output);
    free_expected_text(&run->errors);
}

void case_free(struct test_case *test) {
    for (size_t i = 0; i < test->file_count; i++) {
        free(test->files[i].name);
        free(test->files[i].bytes);
    }
    for (size_t i = 0; i < test->run_count; i++) {
        free_run(&test->runs[i]);
    }
    free(test->files);
    free(test->runs);
    free(test->path);
    free(test);
}
