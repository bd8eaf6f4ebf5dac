/*
 * binary.c -- claims about binary histories: they come back as they were written, or not at all.
 */
#define _POSIX_C_SOURCE 200809L /* setrlimit, truncate */

#include "histories.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "file.h"

static const char path[] = "binary_test.mst";
static const char damaged[] = "binary_test_damaged.mst";

/* Where the first block of a file begins that has some_header(): head, four texts, the chain's
 * start. */
enum { FIRST_BLOCK = 52 + 15 + 3 + 21 + 26 + 8 };

/* Writes in batches of odd sizes. Returns the chain. */
static uint64_t write_history(const struct trace_record *records, size_t count)
{
    struct trace_header header = some_header();
    struct trace_writer *writer;
    struct trace_err err;
    assert_int_equal(trace_writer_open(path, &header, &writer, &err), TRACE_OK);
    for (size_t done = 0, batch; done < count; done += batch) {
        batch = 1 + done % 1777;
        if (batch > count - done)
            batch = count - done;
        assert_int_equal(trace_writer_put(writer, records + done, batch, &err), TRACE_OK);
    }
    uint64_t chain = trace_writer_chain(writer);
    assert_int_equal(trace_writer_close(writer, &err), TRACE_OK);
    return chain;
}

static const size_t sizes[] = {1, 255, 256, 4095, 4096, 4097, 100000};
enum { SIZES = sizeof sizes / sizeof sizes[0], MOST = 100000 };
static struct trace_record back[MOST];

static void a_history_comes_back_as_it_was_written(void **state)
{
    (void)state;
    for (size_t s = 0; s < SIZES; s++) {
        struct trace_record *records = mild_history(sizes[s], s);
        struct trace_header header = some_header();
        uint64_t chain = write_history(records, sizes[s]);
        assert_true(chain == trace_chain_many(trace_chain_start(&header), records, sizes[s]));
        size_t count;
        struct trace_err err;
        assert_int_equal(read_all(path, back, MOST, &count, &err), TRACE_OK);
        assert_int_equal(count, sizes[s]);
        assert_memory_equal(back, records, count * sizeof *records);
        free(records);
    }
}

static void the_reader_knows_header_and_chain(void **state)
{
    (void)state;
    struct trace_record *records = mild_history(5000, 3);
    uint64_t chain = write_history(records, 5000);
    struct trace_header header = some_header();
    uint64_t expected = trace_chain_start(&header);
    struct trace_reader *reader;
    struct trace_err err;
    assert_int_equal(trace_reader_open(path, &reader, &err), TRACE_OK);
    assert_true(trace_reader_is_binary(reader));
    assert_same_header(trace_reader_header(reader), &header);
    assert_true(trace_reader_chain(reader) == expected);
    size_t count;
    do { /* one by one over the border of a block */
        assert_int_equal(trace_reader_next(reader, back, 1, &count, &err), TRACE_OK);
        expected = trace_chain_many(expected, back, count);
        assert_true(trace_reader_chain(reader) == expected);
    } while (count > 0);
    assert_true(expected == chain);
    assert_int_equal(trace_reader_next(reader, back, 1, &count, &err), TRACE_OK);
    assert_int_equal(count, 0);
    trace_reader_close(reader);
    free(records);
}

static void the_layout_of_a_file_is_fixed(void **state)
{
    (void)state;
    struct trace_record *records = mild_history(1, 5);
    write_history(records, 1);
    struct bytes file = file_bytes(path);
    static const unsigned char head[] = {
        'M',  'U',  'S', 'T', 'E', 'R', 'H', '1', /* magic */
        1,    0,    0,   0,                       /* version */
        15,   0,    0,   0,   3,   0,   0,   0,   /* lengths: core, target, */
        21,   0,    0,   0,   26,  0,   0,   0,   /* policy, plan */
        197,  255,  255, 255, 255, 255, 255, 255, /* seed */
        0x20, 0x04, 0,   0,   0,   0,   0,   0    /* observes: start and end */
    };
    assert_memory_equal(file.at, head, sizeof head);
    assert_memory_equal(file.at + 52, "muster-core 0.1simspark rounds=on_eventplan 1\n", 46);
    assert_int_equal(file.at[FIRST_BLOCK], 1); /* one record */
    assert_int_equal(file.size, FIRST_BLOCK + 40 + file.at[FIRST_BLOCK + 4] + 40);
    assert_memory_equal(file.at + FIRST_BLOCK + 40, "\x28\xb5\x2f\xfd", 4); /* a zstd frame */
    free(file.at);
    free(records);
}

/* In place: writing a file anew for every bit would be most of the test's time. */
static void flip_bit(size_t bit)
{
    FILE *file = fopen(damaged, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)(bit / 8), SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_not_equal(byte, EOF);
    assert_int_equal(fseek(file, (long)(bit / 8), SEEK_SET), 0);
    fputc(byte ^ (int)(1u << bit % 8), file);
    assert_int_equal(fclose(file), 0);
}

static void assert_refused(const char *what, size_t where, const struct trace_record *records)
{
    size_t count;
    struct trace_err err = {.code = TRACE_OK};
    enum trace_status status = read_all(damaged, back, MOST, &count, &err);
    if (status != TRACE_E_CHAIN && status != TRACE_E_FORMAT)
        fail_msg("%s at %zu: status %d, %s", what, where, status, err.detail);
    assert_int_equal(err.code, status);
    assert_true(strlen(err.detail) > 0);
    /* What was handed out before is as it was written. */
    assert_memory_equal(back, records, count * sizeof *records);
}

static void a_flipped_bit_anywhere_is_refused(void **state)
{
    (void)state;
    for (size_t s = 0; s < SIZES; s++) {
        struct trace_record *records = mild_history(sizes[s], 100 + s);
        write_history(records, sizes[s]);
        struct bytes file = file_bytes(path);
        put_file(damaged, file.at, file.size);
        uint64_t dice = s;
        size_t flips = sizes[s] == 1 ? 8 * file.size : sizes[s] <= 256 ? 300 : 60;
        for (size_t i = 0; i < flips; i++) {
            size_t bit = sizes[s] == 1 ? i : roll(&dice) % (8 * file.size);
            flip_bit(bit);
            assert_refused("bit", bit, records);
            flip_bit(bit);
        }
        free(file.at);
        free(records);
    }
}

static void every_bit_of_a_blocks_head_and_of_the_trailer_counts(void **state)
{
    (void)state;
    struct trace_record *records = mild_history(10, 9);
    write_history(records, 10);
    struct bytes file = file_bytes(path);
    put_file(damaged, file.at, file.size);
    const size_t from[] = {0, FIRST_BLOCK, file.size - 40};
    for (size_t part = 0; part < 3; part++) {
        for (size_t bit = 8 * from[part]; bit < 8 * (from[part] + 40); bit++) {
            flip_bit(bit);
            assert_refused("bit", bit, records);
            flip_bit(bit);
        }
    }
    free(file.at);
    free(records);
}

/* A writer that is wrong, not a disk: all digests and checks are right. */
static void assert_forgery_refused(struct bytes file, size_t at, struct trace_block_head head,
                                   enum trace_status expected)
{
    unsigned char original[TRACE_FILE_BLOCK_HEAD_BYTES];
    memcpy(original, file.at + at, sizeof original);
    trace_block_head_put(&head, file.at + at);
    put_file(damaged, file.at, file.size);
    memcpy(file.at + at, original, sizeof original);
    size_t count;
    struct trace_err err;
    assert_int_equal(read_all(damaged, back, MOST, &count, &err), expected);
    assert_int_equal(count, at == FIRST_BLOCK ? 0 : 100);
}

static void a_file_whose_numbers_do_not_agree_is_refused(void **state)
{
    (void)state;
    struct trace_record *records = mild_history(100, 12);
    write_history(records, 100);
    struct bytes file = file_bytes(path);
    size_t trailer = file.size - TRACE_FILE_BLOCK_HEAD_BYTES;
    struct trace_block_head block, end, head;
    assert_true(trace_block_head_get(file.at + FIRST_BLOCK, &block));
    assert_true(trace_block_head_get(file.at + trailer, &end));

    head = block, head.chain++;
    assert_forgery_refused(file, FIRST_BLOCK, head, TRACE_E_CHAIN);
    head = block, head.total++;
    assert_forgery_refused(file, FIRST_BLOCK, head, TRACE_E_FORMAT);
    head = block, head.count++, head.total++;
    assert_forgery_refused(file, FIRST_BLOCK, head, TRACE_E_FORMAT);
    head = block, head.count--, head.total--;
    assert_forgery_refused(file, FIRST_BLOCK, head, TRACE_E_FORMAT);
    head = block, head.count = TRACE_BLOCK_RECORDS + 1, head.total = head.count;
    assert_forgery_refused(file, FIRST_BLOCK, head, TRACE_E_FORMAT);
    head = block, head.bytes = UINT32_MAX;
    assert_forgery_refused(file, FIRST_BLOCK, head, TRACE_E_FORMAT);
    head = block, head.bytes--; /* not a whole zstd frame */
    head.digest = trace_bytes_digest(file.at + FIRST_BLOCK + 40, head.bytes);
    assert_forgery_refused(file, FIRST_BLOCK, head, TRACE_E_FORMAT);
    head = end, head.chain++;
    assert_forgery_refused(file, trailer, head, TRACE_E_CHAIN);
    head = end, head.total++;
    assert_forgery_refused(file, trailer, head, TRACE_E_CHAIN);
    head = end, head.bytes++;
    assert_forgery_refused(file, trailer, head, TRACE_E_FORMAT);
    free(file.at);
    free(records);
}

static void a_wrong_chain_is_told_with_the_records_and_both_values(void **state)
{
    (void)state;
    struct trace_record *records = mild_history(100, 13);
    uint64_t chain = write_history(records, 100);
    struct bytes file = file_bytes(path);
    struct trace_block_head head;
    assert_true(trace_block_head_get(file.at + FIRST_BLOCK, &head));
    head.chain = 0x123;
    trace_block_head_put(&head, file.at + FIRST_BLOCK);
    put_file(damaged, file.at, file.size);
    size_t count;
    struct trace_err err;
    assert_int_equal(read_all(damaged, back, MOST, &count, &err), TRACE_E_CHAIN);
    char expected[200];
    snprintf(expected, sizeof expected,
             "after 100 records the chain is %016llx, written was 0000000000000123",
             (unsigned long long)chain);
    assert_string_equal(err.detail, expected);
    free(file.at);
    free(records);
}

static void bytes_after_the_end_are_refused(void **state)
{
    (void)state;
    struct trace_record *records = mild_history(10, 4);
    write_history(records, 10);
    struct bytes file = file_bytes(path);
    put_file(damaged, file.at, file.size + 1); /* file_bytes() adds a byte */
    assert_refused("appended", file.size, records);
    free(file.at);
    free(records);
}

static void blocks_in_another_order_are_refused(void **state)
{
    (void)state;
    struct trace_record *records = mild_history(3 * 4096, 6);
    write_history(records, 3 * 4096);
    struct bytes file = file_bytes(path);
    uint32_t bytes;
    memcpy(&bytes, file.at + FIRST_BLOCK + 4, 4);
    memmove(file.at + FIRST_BLOCK, file.at + FIRST_BLOCK + 40 + bytes,
            file.size - FIRST_BLOCK - 40 - bytes);
    put_file(damaged, file.at, file.size - 40 - bytes); /* without its first block */
    assert_refused("block", FIRST_BLOCK, records);
    free(file.at);
    free(records);
}

static void a_file_cut_off_hands_out_what_is_whole_and_says_so(void **state)
{
    (void)state;
    for (size_t s = 0; s < SIZES; s++) {
        struct trace_record *records = mild_history(sizes[s], 200 + s);
        write_history(records, sizes[s]);
        struct bytes file = file_bytes(path);
        put_file(damaged, file.at, file.size);
        size_t count;
        struct trace_err err;
        /* The trailer alone is hurt: all records are whole. */
        assert_int_equal(truncate(damaged, (off_t)file.size - 1), 0);
        assert_int_equal(read_all(damaged, back, MOST, &count, &err), TRACE_E_TRUNCATED);
        assert_int_equal(count, sizes[s]);
        uint64_t dice = s;
        size_t size = file.size - 1, step = 1 + file.size / 200, most = 0;
        while (size > step) {
            size -= 1 + roll(&dice) % step;
            assert_int_equal(truncate(damaged, (off_t)size), 0);
            assert_int_equal(read_all(damaged, back, MOST, &count, &err), TRACE_E_TRUNCATED);
            assert_true(count % 4096 == 0 || count == sizes[s]);
            assert_memory_equal(back, records, count * sizeof *records);
            if (count > most && count < sizes[s])
                most = count;
        }
        assert_true(most >= 4096 || sizes[s] < 100000);
        free(file.at);
        free(records);
    }
}

static void a_history_that_was_not_closed_says_so_at_its_end(void **state)
{
    (void)state;
    struct trace_record *records = mild_history(300, 8);
    records[299].kind = TRACE_NOTE;
    write_history(records, 300);
    size_t count;
    struct trace_err err;
    assert_int_equal(read_all(path, back, MOST, &count, &err), TRACE_E_TRUNCATED);
    assert_int_equal(count, 300);
    assert_string_equal(err.detail, "the last of 300 records is not the closing one");
    write_history(NULL, 0);
    assert_int_equal(read_all(path, back, MOST, &count, &err), TRACE_E_TRUNCATED);
    assert_int_equal(count, 0);
    free(records);
}

static void a_full_disk_is_an_error_with_its_errno(void **state)
{
    (void)state;
    struct trace_header header = some_header();
    struct trace_writer *writer = (struct trace_writer *)&header;
    struct trace_err err;
    assert_int_equal(trace_writer_open("/dev/full", &header, &writer, &err), TRACE_E_IO);
    assert_int_equal(err.os_errno, ENOSPC);
    assert_null(writer);
    assert_int_equal(trace_writer_open("no/such/directory/x.mst", &header, &writer, &err),
                     TRACE_E_IO);
    assert_int_equal(err.os_errno, ENOENT);
    assert_null(writer);
}

static void a_disk_that_fills_up_midway_is_not_forgotten(void **state)
{
    (void)state;
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 20000;
    struct trace_record *records = mild_history(50000, 10);
    struct trace_header header = some_header();
    struct trace_writer *writer;
    struct trace_err err, again;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(trace_writer_open(path, &header, &writer, &err), TRACE_OK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    enum trace_status status = trace_writer_put(writer, records, 50000, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    struct bytes then = file_bytes(path);
    enum trace_status put_again = trace_writer_put(writer, records, 50000, NULL);
    enum trace_status closed = trace_writer_close(writer, &again);
    struct bytes now = file_bytes(path);
    assert_int_equal(then.size, now.size); /* what has a hole is not continued */
    free(then.at);
    free(now.at);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, TRACE_E_IO);
    assert_int_equal(err.os_errno, EFBIG);
    assert_int_equal(put_again, TRACE_E_IO);
    assert_int_equal(closed, TRACE_E_IO);
    assert_string_equal(again.detail, err.detail);
    size_t count;
    assert_int_equal(read_all(path, back, MOST, &count, &err), TRACE_E_TRUNCATED);
    assert_memory_equal(back, records, count * sizeof *records);
    free(records);
}

static void files_that_are_none_are_refused(void **state)
{
    (void)state;
    struct trace_reader *reader;
    struct trace_err err;
    assert_int_equal(trace_reader_open("no_such_file.mst", &reader, &err), TRACE_E_IO);
    assert_int_equal(err.os_errno, ENOENT);
    assert_null(reader);
    assert_int_equal(trace_reader_open(".", &reader, &err), TRACE_E_IO);
    assert_int_equal(err.os_errno, EISDIR);
    put_file(damaged, "", 0);
    assert_int_equal(trace_reader_open(damaged, &reader, &err), TRACE_E_FORMAT);
    put_file(damaged, "MUSTERH2 and more", 17);
    assert_int_equal(trace_reader_open(damaged, &reader, &err), TRACE_E_FORMAT);
    put_file(damaged, "hello", 5);
    assert_int_equal(trace_reader_open(damaged, &reader, NULL), TRACE_E_FORMAT);
    put_file(damaged, "MUST", 4);
    assert_int_equal(trace_reader_open(damaged, &reader, &err), TRACE_E_TRUNCATED);
    trace_reader_close(NULL);
}

static void another_version_is_named(void **state)
{
    (void)state;
    struct trace_record *records = mild_history(1, 1);
    write_history(records, 1);
    struct bytes file = file_bytes(path);
    file.at[8] = 2;
    put_file(damaged, file.at, file.size);
    struct trace_reader *reader;
    struct trace_err err;
    assert_int_equal(trace_reader_open(damaged, &reader, &err), TRACE_E_FORMAT);
    assert_string_equal(err.detail, "the file has format 2, this reads 1");
    free(file.at);
    free(records);
}

static void garbage_after_a_good_magic_never_crashes(void **state)
{
    (void)state;
    uint64_t dice = 77;
    unsigned char bytes[600];
    for (unsigned turn = 0; turn < 500; turn++) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)roll(&dice);
        memcpy(bytes, "MUSTERH1\1\0\0\0", 12);
        put_file(damaged, bytes, 8 + roll(&dice) % (sizeof bytes - 8));
        size_t count;
        assert_int_not_equal(read_all(damaged, back, MOST, &count, NULL), TRACE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_history_comes_back_as_it_was_written),
        cmocka_unit_test(the_reader_knows_header_and_chain),
        cmocka_unit_test(the_layout_of_a_file_is_fixed),
        cmocka_unit_test(a_flipped_bit_anywhere_is_refused),
        cmocka_unit_test(every_bit_of_a_blocks_head_and_of_the_trailer_counts),
        cmocka_unit_test(a_file_whose_numbers_do_not_agree_is_refused),
        cmocka_unit_test(a_wrong_chain_is_told_with_the_records_and_both_values),
        cmocka_unit_test(bytes_after_the_end_are_refused),
        cmocka_unit_test(blocks_in_another_order_are_refused),
        cmocka_unit_test(a_file_cut_off_hands_out_what_is_whole_and_says_so),
        cmocka_unit_test(a_history_that_was_not_closed_says_so_at_its_end),
        cmocka_unit_test(a_full_disk_is_an_error_with_its_errno),
        cmocka_unit_test(a_disk_that_fills_up_midway_is_not_forgotten),
        cmocka_unit_test(files_that_are_none_are_refused),
        cmocka_unit_test(another_version_is_named),
        cmocka_unit_test(garbage_after_a_good_magic_never_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
