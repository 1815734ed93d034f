/* Fragments of one triangle, interpolated and painted with its material, in loops without branches.
 *
 * A fragment's barycentrics come from the record's edge functions at its ray slope; everything else is a blend of the
 * corners. The uv area of a pixel is that of the triangle times d(barycentrics) / d(ray), which is depth^2 / (sum of
 * the edge functions).
 */
#include "surface.h"

#include <math.h>
#include <string.h>

#include "brdf.h"
#include "numbers.h"

static inline const float *floats_of_material(const Materials *materials, int64_t m)
{
    return materials->floats + MATERIAL_FLOATS * m;
}
static inline const int64_t *ints_of_material(const Materials *materials, int64_t m)
{
    return materials->ints + MATERIAL_INTS * m;
}

/* Texture coordinates of vertex v: its own, or in metres along the two axes that vertex `first` of the triangle faces
 * least. */
static void coordinates(
    const Meshes *meshes, int64_t v, int64_t first, int is_projected, const float *world_from_mesh, float out[2])
{
    if (!is_projected) {
        out[0] = meshes->uvs[2 * v];
        out[1] = meshes->uvs[2 * v + 1];
        return;
    }
    const float *m = world_from_mesh;
    float scale[3];
    for (int k = 0; k < 3; k++)
        scale[k] = sqrtf(m[k] * m[k] + m[4 + k] * m[4 + k] + m[8 + k] * m[8 + k]);
    const float *n = meshes->normals + 3 * first, *p = meshes->vertices + 3 * v;
    float x = fabsf(n[0]), y = fabsf(n[1]), z = fabsf(n[2]);
    int across = z >= x && z >= y ? 0 : x >= y ? 1 : 0, up = z >= x && z >= y ? 1 : 2;
    out[0] = p[across] * scale[across];
    out[1] = p[up] * scale[up];
}

static void set_up_tangents(
    Record *r, const Meshes *meshes, const int64_t v[3], const float *m, float u_b, float v_b, float u_c, float v_c)
{
    float side = u_b * v_c - u_c * v_b > 0.0f ? 1.0f : -1.0f;
    const float *a = meshes->vertices + 3 * v[0], *b = meshes->vertices + 3 * v[1], *c = meshes->vertices + 3 * v[2];
    for (int row = 0; row < 3; row++) {
        float p = 0.0f, q = 0.0f; /* the edges in the world */
        for (int k = 0; k < 3; k++) {
            p += m[4 * row + k] * (b[k] - a[k]);
            q += m[4 * row + k] * (c[k] - a[k]);
        }
        r->tangent[row] = (p * v_c - q * v_b) * side;
        r->bitangent[row] = (q * u_b - p * u_c) * side;
    }
}

/* The second set of coordinates is taken as it is. */
static void set_up_other(Record *r, const Meshes *meshes, const int64_t v[3])
{
    float nothing[2] = {0.0f, 0.0f};
    const float *at[3];
    for (int i = 0; i < 3; i++)
        at[i] = meshes->other_uvs ? meshes->other_uvs + 2 * v[i] : nothing;
    for (int axis = 0; axis < 2; axis++) {
        r->other_uv[axis] = at[0][axis];
        for (int i = 0; i < 2; i++)
            r->other_edge[i][axis] = at[i + 1][axis] - at[0][axis];
    }
    r->other_area = fabsf(r->other_edge[0][0] * r->other_edge[1][1] - r->other_edge[1][0] * r->other_edge[0][1]);
}

void set_up_surface(Record *r, const Scene *scene, const Points *points, const Source *source, int has_tangents)
{
    const Meshes *meshes = scene->meshes;
    int64_t m = scene->instances->material[source->instance];
    const float *f = floats_of_material(scene->materials, m);
    const int64_t *k = ints_of_material(scene->materials, m);
    int64_t v[3];
    for (int i = 0; i < 3; i++)
        v[i] = source->first_vertex + source->corner[i];
    if (k[HAS_COLOURS])
        for (int i = 0; i < 3; i++)
            for (int channel = 0; channel < 3; channel++)
                r->colour[i][channel] = meshes->colours[3 * v[i] + channel];
    if (k[HAS_OPACITIES])
        for (int i = 0; i < 3; i++)
            r->opacity[i] = meshes->opacities ? meshes->opacities[v[i]] : 1.0f;
    if (k[OTHERS] > 0)
        set_up_other(r, meshes, v);
    if (!k[IS_TEXTURED]) {
        r->uv[0] = r->uv[1] = r->uv_area = 0.0f;
        for (int i = 0; i < 2; i++)
            r->uv_edge[i][0] = r->uv_edge[i][1] = 0.0f;
        for (int axis = 0; axis < 3; axis++)
            r->tangent[axis] = r->bitangent[axis] = 0.0f;
        return;
    }
    const float *world_from_mesh = points->world_from_mesh + 16 * source->instance;
    float a[2], b[2], c[2];
    coordinates(meshes, v[0], v[0], k[IS_PROJECTED] != 0, world_from_mesh, a);
    coordinates(meshes, v[1], v[0], k[IS_PROJECTED] != 0, world_from_mesh, b);
    coordinates(meshes, v[2], v[0], k[IS_PROJECTED] != 0, world_from_mesh, c);
    for (int axis = 0; axis < 2; axis++) {
        b[axis] -= a[axis];
        c[axis] -= a[axis];
    }
    /* the material scales, turns and shifts them */
    float m00 = f[UV_SCALE] * f[UV_COSINE], m01 = -f[UV_SCALE + 1] * f[UV_SINE];
    float m10 = f[UV_SCALE] * f[UV_SINE], m11 = f[UV_SCALE + 1] * f[UV_COSINE];
    float u_b = m00 * b[0] + m01 * b[1], v_b = m10 * b[0] + m11 * b[1];
    float u_c = m00 * c[0] + m01 * c[1], v_c = m10 * c[0] + m11 * c[1];
    r->uv[0] = m00 * a[0] + m01 * a[1] + f[UV_SHIFT];
    r->uv[1] = m10 * a[0] + m11 * a[1] + f[UV_SHIFT + 1];
    r->uv_edge[0][0] = u_b;
    r->uv_edge[0][1] = v_b;
    r->uv_edge[1][0] = u_c;
    r->uv_edge[1][1] = v_c;
    r->uv_area = fabsf(u_b * v_c - u_c * v_b);
    const float (*edge)[2] = k[OTHERS] >> NORMAL_TEXTURE & 1 ? r->other_edge : r->uv_edge;
    if (has_tangents)
        set_up_tangents(r, meshes, v, world_from_mesh, edge[0][0], edge[0][1], edge[1][0], edge[1][1]);
}

void interpolate(Chunk *c, const Record *record, int a, int b, const View *view)
{
    const Corners r = record->corners; /* copies: what is written to the chunk cannot change them */
    float m[12];
    memcpy(m, view->world_from_camera, sizeof m);
    float u = record->uv[0], u_b = record->uv_edge[0][0], u_c = record->uv_edge[1][0];
    float v = record->uv[1], v_b = record->uv_edge[0][1], v_c = record->uv_edge[1][1];
    float area = record->uv_area * ((1.0f / view->focal_x) * (1.0f / view->focal_y));
    int end = a + full(b - a);
    for (int i = a; i < end; i++) {
        float x = c->ray_x[i], y = c->ray_y[i];
        Barycentrics t = barycentrics_at(&r, x - r.slope_x, y - r.slope_y);
        float w = t.e[0] * r.w[0] + t.e[1] * r.w[1] + t.e[2] * r.w[2];
        x *= w;
        y *= w;
        c->position[0][i] = m[0] * x + m[1] * y - m[2] * w + m[3];
        c->position[1][i] = m[4] * x + m[5] * y - m[6] * w + m[7];
        c->position[2][i] = m[8] * x + m[9] * y - m[10] * w + m[11];
        c->normal[0][i] = t.e[0] * r.normal[0][0] + t.e[1] * r.normal[1][0] + t.e[2] * r.normal[2][0];
        c->normal[1][i] = t.e[0] * r.normal[0][1] + t.e[1] * r.normal[1][1] + t.e[2] * r.normal[2][1];
        c->normal[2][i] = t.e[0] * r.normal[0][2] + t.e[1] * r.normal[1][2] + t.e[2] * r.normal[2][2];
        c->u[i] = u + t.e[1] * u_b + t.e[2] * u_c;
        c->v[i] = v + t.e[1] * v_b + t.e[2] * v_c;
        c->uv_area[i] = area * w * w * t.scale;
    }
}

void interpolate_bent(
    Chunk *c, const Record *record, int a, int b, const View *view, const Source *source, const int64_t *rays)
{
    const Corners *r = &record->corners;
    const Point *const *p = source->point;
    const float *m = view->world_from_camera;
    float pixel = (1.0f / view->focal_x) * (1.0f / view->focal_y);
    for (int i = a; i < b; i++) {
        int64_t q = rays[i];
        Barycentrics t = across(p, view->ray_x[q], view->ray_y[q], view->ray_z[q]);
        float w = t.e[0] * r->w[0] + t.e[1] * r->w[1] + t.e[2] * r->w[2];
        float x = t.e[0] * p[0]->x + t.e[1] * p[1]->x + t.e[2] * p[2]->x;
        float y = t.e[0] * p[0]->y + t.e[1] * p[1]->y + t.e[2] * p[2]->y;
        for (int k = 0; k < 3; k++) {
            c->position[k][i] = m[4 * k] * x + m[4 * k + 1] * y - m[4 * k + 2] * w + m[4 * k + 3];
            c->normal[k][i] = t.e[0] * r->normal[0][k] + t.e[1] * r->normal[1][k] + t.e[2] * r->normal[2][k];
        }
        c->u[i] = record->uv[0] + t.e[1] * record->uv_edge[0][0] + t.e[2] * record->uv_edge[1][0];
        c->v[i] = record->uv[1] + t.e[1] * record->uv_edge[0][1] + t.e[2] * record->uv_edge[1][1];
        c->uv_area[i] = record->uv_area * pixel * (w * w + x * x + y * y) * t.scale;
    }
}

void interpolate_other(
    Chunk *c, const Record *record, int a, int b, const View *view, const Source *source, const int64_t *rays)
{
    const Corners *r = &record->corners;
    float pixel = (1.0f / view->focal_x) * (1.0f / view->focal_y);
    for (int i = a; i < b; i++) {
        Barycentrics t;
        float square; /* of the distance, by which a pixel grows */
        if (view->ray_x) {
            int64_t q = rays[i];
            t = across(source->point, view->ray_x[q], view->ray_y[q], view->ray_z[q]);
        } else {
            t = barycentrics_at(r, c->ray_x[i] - r->slope_x, c->ray_y[i] - r->slope_y);
        }
        float w = t.e[0] * r->w[0] + t.e[1] * r->w[1] + t.e[2] * r->w[2];
        square = w * w;
        if (view->ray_x) {
            const Point *const *p = source->point;
            float x = t.e[0] * p[0]->x + t.e[1] * p[1]->x + t.e[2] * p[2]->x;
            float y = t.e[0] * p[0]->y + t.e[1] * p[1]->y + t.e[2] * p[2]->y;
            square += x * x + y * y;
        }
        c->other_u[i] = record->other_uv[0] + t.e[1] * record->other_edge[0][0] + t.e[2] * record->other_edge[1][0];
        c->other_v[i] = record->other_uv[1] + t.e[1] * record->other_edge[0][1] + t.e[2] * record->other_edge[1][1];
        c->other_area[i] = record->other_area * pixel * square * t.scale;
    }
}

static void fill(Quantity row, int a, int end, float value)
{
    for (int i = a; i < end; i++)
        row[i] = value;
}

void paint(Chunk *c, int a, int b, const Materials *materials, int64_t m, Finish finish)
{
    const float *f = floats_of_material(materials, m);
    int end = a + full(b - a);
    for (int k = 0; k < 3; k++) {
        fill(c->base[k], a, end, f[BASE + k]);
        fill(c->emission[k], a, end, f[EMISSION + k]);
    }
    fill(c->metal, a, end, f[METAL]);
    fill(c->rough, a, end, f[ROUGH]);
    fill(c->f0, a, end, f[F0]);
    if (finish.is_see_through) {
        fill(c->opacity, a, end, f[OPACITY]);
        fill(c->transmission, a, end, f[TRANSMISSION]);
        for (int k = 0; k < 3; k++)
            fill(c->tint[k], a, end, f[TINT + k]);
    }
    if (!finish.is_coated)
        return;
    float rough = maxf(f[COAT_ROUGH], LEAST_ROUGH);
    fill(c->coat, a, end, f[COAT]);
    fill(c->coat_rough, a, end, rough * rough);
}

void brush(Chunk *c, int a, int b, const Materials *materials, int64_t m, const Record *record)
{
    float x = record->tangent[0], y = record->tangent[1], z = record->tangent[2];
    float q = inverse_length(x * x + y * y + z * z);
    int end = a + full(b - a);
    fill(c->anisotropy, a, end, record->uv_area > 1e-20f ? floats_of_material(materials, m)[ANISOTROPY] : 0.0f);
    fill(c->groove[0], a, end, x * q);
    fill(c->groove[1], a, end, y * q);
    fill(c->groove[2], a, end, z * q);
}

void paint_corner_colours(Chunk *c, int a, int b, const Record *record)
{
    const Record r = *record;
    int end = a + full(b - a);
    for (int i = a; i < end; i++) {
        Barycentrics t = barycentrics_at(&r.corners, c->ray_x[i] - r.corners.slope_x, c->ray_y[i] - r.corners.slope_y);
        c->base[0][i] *= t.e[0] * r.colour[0][0] + t.e[1] * r.colour[1][0] + t.e[2] * r.colour[2][0];
        c->base[1][i] *= t.e[0] * r.colour[0][1] + t.e[1] * r.colour[1][1] + t.e[2] * r.colour[2][1];
        c->base[2][i] *= t.e[0] * r.colour[0][2] + t.e[1] * r.colour[1][2] + t.e[2] * r.colour[2][2];
    }
}

void paint_corner_opacities(Chunk *c, int a, int b, const Record *record)
{
    const Record r = *record;
    int end = a + full(b - a);
    for (int i = a; i < end; i++) {
        Barycentrics t = barycentrics_at(&r.corners, c->ray_x[i] - r.corners.slope_x, c->ray_y[i] - r.corners.slope_y);
        c->opacity[i] *= t.e[0] * r.opacity[0] + t.e[1] * r.opacity[1] + t.e[2] * r.opacity[2];
    }
}
