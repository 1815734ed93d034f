/* Equal rows of a table get one number, by their order: a hash table finds which rows are distinct, and a merge sort
 * puts those in order, of which there are fewer than of rows. Where rows belong to many small groups, such as the
 * corners at a mesh's points, each group is sorted by itself instead.
 *
 * Rows hold 32-bit integers and are compared from the first column on.
 */
#include <string.h>

#include "small.h"

#define EMPTY (-1)

typedef struct { /* rows (N, width), and the first row of each distinct one, in the order in which they are met */
    const int32_t *rows;
    const int32_t *first;
    int64_t width;
} Table;

static uint64_t hash_of(const int32_t *row, int64_t width)
{
    uint64_t hash = UINT64_C(0x9E3779B97F4A7C15);
    for (int64_t k = 0; k < width; k++) {
        hash = (hash ^ (uint32_t)row[k]) * UINT64_C(0xC2B2AE3D27D4EB4F);
        hash ^= hash >> 29;
    }
    return hash;
}

static int comes_after(const Table *table, int32_t a, int32_t b)
{
    const int32_t *one = table->rows + table->first[a] * table->width;
    const int32_t *other = table->rows + table->first[b] * table->width;
    for (int64_t k = 0; k < table->width; k++)
        if (one[k] != other[k])
            return one[k] > other[k];
    return 0;
}

static void merge(const Table *table, const int32_t *from, int32_t *into, int64_t low, int64_t middle, int64_t high)
{
    int64_t left = low, right = middle;
    for (int64_t k = low; k < high; k++) {
        int takes_right = left >= middle || (right < high && comes_after(table, from[left], from[right]));
        into[k] = takes_right ? from[right++] : from[left++];
    }
}

/* Numbers the distinct ones of rows (count, width) as they are met, and returns how many there are. which (count,) gets
 * the number of each row, first (count,) the row of each number. `table` has a power of two of places, 2 count or more.
 */
int64_t rendersdg_number_rows(int64_t count, int64_t width, const int32_t *rows, int64_t table_size, int32_t *table,
    int32_t *first, int32_t *which)
{
    int32_t found = 0;
    for (int64_t k = 0; k < table_size; k++)
        table[k] = EMPTY;
    for (int64_t r = 0; r < count; r++) {
        const int32_t *row = rows + r * width;
        int64_t slot = (int64_t)(hash_of(row, width) & (uint64_t)(table_size - 1));
        while (table[slot] != EMPTY && memcmp(rows + first[table[slot]] * width, row, (size_t)width * sizeof *row) != 0)
            slot = (slot + 1) & (table_size - 1);
        if (table[slot] == EMPTY) {
            first[found] = (int32_t)r;
            table[slot] = found++;
        }
        which[r] = table[slot];
    }
    return found;
}

/* Sorts the numbers 0 to count - 1 by their rows, which are those of rows (*, width) that first (count,) names. They
 * come to lie in the half of scratch (2, count) that is returned. */
int rendersdg_order_rows(int64_t count, int64_t width, const int32_t *rows, const int32_t *first, int32_t *scratch)
{
    const Table table = {rows, first, width};
    int32_t *from = scratch, *into = scratch + count;
    for (int64_t k = 0; k < count; k++)
        from[k] = (int32_t)k;
    for (int64_t run = 1; run < count; run *= 2) {
        for (int64_t low = 0; low < count; low += 2 * run) {
            int64_t middle = low + run < count ? low + run : count;
            int64_t high = low + 2 * run < count ? low + 2 * run : count;
            merge(&table, from, into, low, middle, high);
        }
        int32_t *other = from;
        from = into;
        into = other;
    }
    return from != scratch;
}

/* Sorts members (count,), numbers of rows, by these: short runs by insertion, which are then merged. Equal rows stay in
 * the order that they are in. scratch (count,) is room. */
static void sort_members(const Table *table, int32_t *members, int64_t count, int32_t *scratch)
{
    const int64_t few = 16;
    for (int64_t low = 0; low < count; low += few) {
        int64_t high = low + few < count ? low + few : count;
        for (int64_t k = low + 1; k < high; k++) {
            int32_t member = members[k];
            int64_t at = k;
            for (; at > low && comes_after(table, members[at - 1], member); at--)
                members[at] = members[at - 1];
            members[at] = member;
        }
    }
    int32_t *from = members, *into = scratch;
    for (int64_t run = few; run < count; run *= 2) {
        for (int64_t low = 0; low < count; low += 2 * run) {
            int64_t middle = low + run < count ? low + run : count;
            int64_t high = low + 2 * run < count ? low + 2 * run : count;
            merge(table, from, into, low, middle, high);
        }
        int32_t *other = from;
        from = into;
        into = other;
    }
    if (from != members)
        memcpy(members, from, (size_t)count * sizeof *members);
}

/* Puts the numbers of rows into members (count,) by their groups, and where each group starts into starts
 * (group_count + 1,). Returns 0 where a group is none of 0 to group_count - 1. */
static int gather_groups(int64_t count, const int32_t *group, int64_t group_count, int64_t *starts, int32_t *members)
{
    for (int64_t g = 0; g <= group_count; g++)
        starts[g] = 0;
    for (int64_t r = 0; r < count; r++) {
        if (group[r] < 0 || group[r] >= group_count)
            return 0;
        starts[group[r]]++;
    }
    int64_t end = 0;
    for (int64_t g = 0; g < group_count; g++)
        starts[g] = end += starts[g];
    starts[group_count] = count;
    for (int64_t r = count - 1; r >= 0; r--) /* from the last on: so they stay in order, and ends become starts */
        members[--starts[group[r]]] = (int32_t)r;
    return 1;
}

/* Numbers the distinct ones of rows (count, width) with their group (count,), by group and then by row, and returns how
 * many there are, -1 where a group is none of 0 to group_count - 1. The halves of found (2, count) get the first row of
 * each number, and the number of each row. starts (group_count + 1,) and room (3, count) are room.
 */
int64_t rendersdg_number_grouped_rows(int64_t count, int64_t width, const int32_t *rows, const int32_t *group,
    int64_t group_count, int64_t *starts, int32_t *room, int32_t *found)
{
    int32_t *members = room, *scratch = room + count, *identity = room + 2 * count;
    int32_t *first = found, *which = found + count;
    int64_t met = 0;
    if (!gather_groups(count, group, group_count, starts, members))
        return -1;
    for (int64_t r = 0; r < count; r++)
        identity[r] = (int32_t)r;
    const Table table = {rows, identity, width};
    for (int64_t g = 0; g < group_count; g++) {
        int32_t *own = members + starts[g];
        int64_t size = starts[g + 1] - starts[g];
        sort_members(&table, own, size, scratch);
        for (int64_t k = 0; k < size; k++) {
            if (k == 0 || comes_after(&table, own[k], own[k - 1]))
                first[met++] = own[k];
            which[own[k]] = (int32_t)(met - 1);
        }
    }
    return met;
}
