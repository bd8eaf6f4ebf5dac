/*
 * reader.h -- what the two sides of the reader share: the binary one (reader.c) and the NDJSON one
 * (ndjson_in.c).
 */
#ifndef TRACE_READER_H
#define TRACE_READER_H

#include "block.h"
#include "fail.h"
#include "trace/trace.h"

/* Where an NDJSON history is being read. */
struct trace_lines {
    FILE *file;       /* the reader's, and so is path */
    const char *path; /* for errors of the operating system */
    char *line;       /* getline()'s; the reader frees it */
    size_t capacity;
    uint64_t number; /* of the line read last, from 1 */
    int64_t at_ns;   /* of the record read last: what a line without "at" means */
};

/* Reads the header line. The strings in *header are malloc'ed; the reader frees them, after an
 * error too. */
enum trace_status trace_lines_header(struct trace_lines *lines, struct trace_header *header,
                                     struct trace_err *err);
/* Reads the record with this number; *ended at the end of the file. */
enum trace_status trace_lines_record(struct trace_lines *lines, uint64_t number,
                                     struct trace_record *record, bool *ended,
                                     struct trace_err *err);

#endif
