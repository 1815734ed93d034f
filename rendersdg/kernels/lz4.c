/* Blocks of LZ4, decoded: what a crate file of OpenUSD holds compressed.
 *
 * Source: the LZ4 block format description (lz4.org). A block is a row of sequences: a token, whose high half is the
 * number of literals and whose low half that of matching bytes less 4 (15: more bytes follow, up to one that is not
 * 255), the literals, and how far back the match begins (16 bits, little-endian). The last one ends with its literals.
 */
#include <string.h>

#include "small.h"

enum { MORE = 15, FULL = 255, LEAST_MATCH = 4 };

/* Return a length whose first part is given, with what follows of it; -1 where the block ends within. */
static int64_t length_of(int64_t first, const uint8_t *data, int64_t size, int64_t *at)
{
    if (first < MORE)
        return first;
    uint8_t more;
    do {
        if (*at >= size)
            return -1;
        more = data[(*at)++];
        first += more;
    } while (more == FULL);
    return first;
}

/* Decode a block of size bytes into out, which has room for room bytes. Return how many it holds, -1 where it is
 * damaged or holds more. */
int64_t rendersdg_lz4_block(int64_t size, const uint8_t *data, int64_t room, uint8_t *out)
{
    int64_t at = 0, made = 0;
    while (at < size) {
        int token = data[at++];
        int64_t literals = length_of(token >> 4, data, size, &at);
        if (literals < 0 || literals > size - at || literals > room - made)
            return -1;
        if (literals > 0)
            memcpy(out + made, data + at, (size_t)literals);
        at += literals;
        made += literals;
        if (at == size)
            return made;
        if (size - at < 2)
            return -1;
        int64_t back = data[at] | data[at + 1] << 8;
        at += 2;
        int64_t match = length_of(token & MORE, data, size, &at);
        if (match < 0 || back == 0 || back > made || match + LEAST_MATCH > room - made)
            return -1;
        for (int64_t k = 0; k < match + LEAST_MATCH; k++, made++)
            out[made] = out[made - back];
    }
    return -1;
}
