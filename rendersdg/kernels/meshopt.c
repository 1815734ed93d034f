/* The bitstreams of EXT_meshopt_compression, decoded: vertices (version 0), triangles (versions 0 and 1), indices
 * (version 1).
 *
 * Source: the extension's appendix A, "Bitstream". Data hold size bytes; a read beyond them makes the result an error.
 * All functions return 1 where the data were right, else 0.
 */
#include <string.h>

#include "bounds.h"
#include "small.h"

enum { GROUP = 16, MOST_VERTICES = 256, MOST_STRIDE = 256, BLOCK_BYTES = 8192, FIFO = 16, TABLE = 16 };

typedef struct {
    const uint8_t *at;
    const uint8_t *end;
    int is_short; /* whether more was read than there is */
} Reader;

static uint8_t byte_of(Reader *reader)
{
    if (reader->at >= reader->end) {
        reader->is_short = 1;
        return 0;
    }
    return *reader->at++;
}

/* Decode a group of 16 bytes: mode is the logarithm of their bits, 0 for none; the largest value of fewer than 8 bits
 * stands for a byte behind the group. */
static void read_group(Reader *reader, int mode, uint8_t out[GROUP])
{
    static const int BITS[4] = {0, 2, 4, 8};
    int bits = BITS[mode];
    if (bits == 0) {
        memset(out, 0, GROUP);
        return;
    }
    int sentinel = (1 << bits) - 1, each = 8 / bits;
    for (int k = 0; k < GROUP; k += each) {
        int packed = byte_of(reader);
        for (int j = 0; j < each; j++)
            out[k + j] = (uint8_t)((packed >> (8 - bits * (j + 1))) & sentinel);
    }
    if (bits == 8)
        return;
    for (int k = 0; k < GROUP; k++)
        if (out[k] == sentinel)
            out[k] = byte_of(reader);
}

/* Decode byte k of the vertices of a block: differences from one vertex to the next, as zigzag numbers. */
static void read_bytes(Reader *reader, int64_t count, int64_t stride, uint8_t *last, uint8_t *out)
{
    int64_t groups = (count + GROUP - 1) / GROUP;
    uint8_t header[MOST_VERTICES / GROUP / 4];
    for (int64_t k = 0; k < (groups + 3) / 4; k++)
        header[k] = byte_of(reader);
    uint8_t value = *last;
    for (int64_t g = 0; g < groups; g++) {
        uint8_t deltas[GROUP];
        read_group(reader, (header[g / 4] >> (2 * (g % 4))) & 3, deltas);
        for (int64_t k = 0; k < GROUP && g * GROUP + k < count; k++) {
            value = (uint8_t)(value + ((deltas[k] >> 1) ^ -(deltas[k] & 1)));
            out[(g * GROUP + k) * stride] = value;
        }
    }
    *last = value;
}

/* Decode count vertices of stride bytes each, 4 to 256 by fours, into out. */
int rendersdg_meshopt_vertices(int64_t size, const uint8_t *data, int64_t count, int64_t stride, uint8_t *out)
{
    int64_t tail = stride < 32 ? 32 : stride, block = (BLOCK_BYTES / stride) & ~(int64_t)(GROUP - 1);
    if (block > MOST_VERTICES)
        block = MOST_VERTICES;
    if (stride > MOST_STRIDE || size < 1 + tail || data[0] != 0xa0)
        return 0;
    uint8_t last[MOST_STRIDE];
    memcpy(last, data + size - stride, (size_t)stride);
    Reader reader = {data + 1, data + size - tail, 0};
    for (int64_t from = 0; from < count && !reader.is_short; from += block) {
        int64_t here = count - from < block ? count - from : block;
        for (int64_t k = 0; k < stride; k++)
            read_bytes(&reader, here, stride, last + k, out + from * stride + k);
    }
    return !reader.is_short && reader.at == reader.end;
}

/* Decode a number of 7 bits a byte, the lowest first. */
static uint32_t read_number(Reader *reader)
{
    uint32_t value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        uint32_t byte = byte_of(reader);
        value |= shift < 32 ? (byte & 127) << shift : 0;
        if (byte < 128)
            break;
    }
    return value;
}

static uint32_t signed_of(uint32_t zigzag) { return (zigzag >> 1) ^ (0u - (zigzag & 1)); }

/* Decode count indices into out. */
int rendersdg_meshopt_indices(int64_t size, const uint8_t *data, int64_t count, uint32_t *out)
{
    if (size < 1 + 4 || data[0] != 0xd1)
        return 0;
    uint32_t last[2] = {0, 0};
    Reader reader = {data + 1, data + size - 4, 0};
    for (int64_t k = 0; k < count && !reader.is_short; k++) {
        uint32_t number = read_number(&reader);
        last[number & 1] += signed_of(number >> 1);
        out[k] = last[number & 1];
    }
    return !reader.is_short && reader.at == reader.end;
}

typedef struct {
    uint32_t edges[FIFO][2];
    uint32_t vertices[FIFO];
    unsigned edge_end;
    unsigned vertex_end;
    uint32_t next; /* the first vertex that was not named yet */
    uint32_t last; /* the last one that was named by its difference */
} Recent;

static void push_vertex(Recent *recent, uint32_t vertex) { recent->vertices[recent->vertex_end++ % FIFO] = vertex; }

static void push_edge(Recent *recent, uint32_t a, uint32_t b)
{
    recent->edges[recent->edge_end % FIFO][0] = a;
    recent->edges[recent->edge_end++ % FIFO][1] = b;
}

static uint32_t by_difference(Recent *recent, Reader *reader) { return recent->last += signed_of(read_number(reader)); }

/* A triangle over an edge of a recent one: the code's high half names the edge, its low half the third vertex. */
static void over_edge(Recent *recent, Reader *reader, int code, int most_named, uint32_t out[3])
{
    const uint32_t *edge = recent->edges[(recent->edge_end - 1 - (unsigned)(code >> 4)) % FIFO];
    uint32_t a = edge[0], b = edge[1], c;
    int which = code & 15;
    if (which < most_named) {
        c = which == 0 ? recent->next++ : recent->vertices[(recent->vertex_end - 1 - (unsigned)which) % FIFO];
        if (which == 0)
            push_vertex(recent, c);
    } else {
        if (which == 15)
            c = by_difference(recent, reader);
        else
            c = recent->last += (uint32_t)(which - (which ^ 3)); /* 13 is one less, 14 one more */
        push_vertex(recent, c);
    }
    push_edge(recent, c, b);
    push_edge(recent, a, c);
    out[0] = a, out[1] = b, out[2] = c;
}

/* A triangle of its own: how each vertex is named, 0 for the next one, 15 by its difference, else a recent one. */
static void alone(Recent *recent, Reader *reader, const int how[3], uint32_t out[3])
{
    unsigned end = recent->vertex_end;
    for (int k = 0; k < 3; k++)
        if (how[k] < 15) /* recent ones are those from before this triangle */
            out[k] = how[k] == 0 ? recent->next++ : recent->vertices[(end - (unsigned)how[k]) % FIFO];
    for (int k = 0; k < 3; k++)
        if (how[k] == 15)
            out[k] = by_difference(recent, reader);
    for (int k = 0; k < 3; k++)
        if (how[k] == 0 || how[k] == 15)
            push_vertex(recent, out[k]);
    push_edge(recent, out[1], out[0]);
    push_edge(recent, out[2], out[1]);
    push_edge(recent, out[0], out[2]);
}

/* Decode count triangles into out (count, 3). */
int rendersdg_meshopt_triangles(int64_t size, const uint8_t *data, int64_t count, uint32_t *out)
{
    if (size < 1 + count + TABLE || (data[0] != 0xe0 && data[0] != 0xe1))
        return 0;
    const uint8_t *codes = data + 1, *table = data + size - TABLE;
    int most_named = data[0] == 0xe1 ? 13 : 15;
    Reader reader = {codes + count, table, 0};
    Recent recent;
    memset(&recent, 0, sizeof recent);
    for (int64_t t = 0; t < count && !reader.is_short; t++) {
        int code = codes[t];
        if (code < 0xf0) {
            over_edge(&recent, &reader, code, most_named, out + 3 * t);
            continue;
        }
        int more = code < 0xfe ? table[code & 15] : byte_of(&reader);
        if (code >= 0xfe && more == 0)
            recent.next = 0;
        int how[3] = {code == 0xff ? 15 : 0, more >> 4, more & 15};
        alone(&recent, &reader, how, out + 3 * t);
    }
    return !reader.is_short && reader.at == reader.end;
}
