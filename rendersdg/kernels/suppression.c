/* Greedy non-maximum suppression (Felzenszwalb et al. 2010): of boxes that come best first, those that no kept box
 * before them of their class overlaps too much.
 *
 * Boxes (N, 4) are left, top, right, bottom; gone (N,) holds zeros on entry, kept has room for the least of N and
 * limit.
 */
#include "bounds.h"
#include "small.h"

static double area_of(const double *box) { return most(box[2] - box[0], 0.0) * most(box[3] - box[1], 0.0); }

static int overlaps(const double a[4], double area, const double *b, double iou)
{
    double width = least(a[2], b[2]) - most(a[0], b[0]);
    double height = least(a[3], b[3]) - most(a[1], b[1]);
    double shared = most(width, 0.0) * most(height, 0.0);
    return shared > iou * most(area + area_of(b) - shared, 1e-12);
}

/* Sets kept to the places of the first limit boxes that stay, and returns their count. */
int64_t rendersdg_thinned(
    int64_t count, const double *xyxy, const int64_t *labels, double iou, int64_t limit, uint8_t *gone, int64_t *kept)
{
    int64_t found = 0;
    for (int64_t i = 0; i < count && found < limit; i++) {
        if (gone[i])
            continue;
        kept[found++] = i;
        /* copies, since for all C knows gone may lie where the box does */
        const double *at = xyxy + 4 * i, box[4] = {at[0], at[1], at[2], at[3]}, area = area_of(box);
        const int64_t label = labels[i];
        for (int64_t j = i + 1; j < count; j++)
            if (!gone[j] && labels[j] == label)
                gone[j] = (uint8_t)overlaps(box, area, xyxy + 4 * j, iou);
    }
    return found;
}
