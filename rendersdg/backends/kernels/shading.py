"""From triangles to labels and colour: one shading per pixel and surface, lights vectorised over an image row.

The row loop gathers surface attributes into flat buffers, then branch-free loops (which LLVM vectorises) light them.
"""

import numpy as np
from numba import njit

from rendersdg.backends.kernels import OPTIONS

f4, f8, i4, i8 = np.float32, np.float64, np.int32, np.int64
PI = f4(3.14159265)

# columns of the material tables
BASE, METAL, ROUGH, F0, EMIT, BUMP, UVSX, UVSY, UVC, UVS, UVTX, UVTY = 0, 3, 4, 5, 8, 11, 12, 13, 14, 15, 16, 17
T_BASE, T_METAL, C_METAL, T_ROUGH, C_ROUGH, T_NORMAL, T_EMIT, USE_COLOUR, PROJECT = 0, 1, 2, 3, 4, 5, 6, 9, 10
# rows of the gather buffer
NX, NY, NZ, WX, WY, WZ, BR, BG, BB, ME, RO, SP, ER, EG, EB, AO, VX, VY, VZ = range(19)
ROWS = 19


@njit(**OPTIONS)
def _basis(dx, dy, dz):
    """Two unit vectors across a unit ray (Duff et al. 2017)."""
    s = f4(1) if dz >= f4(0) else f4(-1)
    a = f4(-1) / (s + dz)
    b = dx * dy * a
    return f4(1) + s * dx * dx * a, s * b, -s * dx, b, s + dy * dy * a, -dy


@njit(**OPTIONS)
def _texel(tex_data, off, w, h, u, v):
    x = u * f4(w) - f4(0.5)
    y = v * f4(h) - f4(0.5)
    x0 = np.floor(x)
    y0 = np.floor(y)
    fx = x - x0
    fy = y - y0
    a = i8(x0) & (w - 1)
    b = (i8(x0) + 1) & (w - 1)
    r0 = off + (i8(y0) & (h - 1)) * w
    r1 = off + ((i8(y0) + 1) & (h - 1)) * w
    w00 = (f4(1) - fx) * (f4(1) - fy)
    w10 = fx * (f4(1) - fy)
    w01 = (f4(1) - fx) * fy
    w11 = fx * fy
    s = f4(1.0 / 65535.0)
    return (
        (tex_data[r0 + a, 0] * w00 + tex_data[r0 + b, 0] * w10 + tex_data[r1 + a, 0] * w01 + tex_data[r1 + b, 0] * w11)
        * s,
        (tex_data[r0 + a, 1] * w00 + tex_data[r0 + b, 1] * w10 + tex_data[r1 + a, 1] * w01 + tex_data[r1 + b, 1] * w11)
        * s,
        (tex_data[r0 + a, 2] * w00 + tex_data[r0 + b, 2] * w10 + tex_data[r1 + a, 2] * w01 + tex_data[r1 + b, 2] * w11)
        * s,
    )


@njit(**OPTIONS)
def sample(tex_data, tex_level, tex_size, tex, u, v, area):
    """Bilinear sample of the mip level whose texels match ``area`` (uv area of a pixel): r, g, b in 0..1."""
    w = tex_size[tex, 0]
    h = tex_size[tex, 1]
    n = tex_size[tex, 2]
    ar = area * f4(w) * f4(h)
    lv = 0
    while ar > f4(2) and lv < n - 1:
        ar *= f4(0.25)
        lv += 1
        w = max(w >> 1, 1)
        h = max(h >> 1, 1)
    return _texel(tex_data, tex_level[tex, lv], w, h, u, f4(1) - v)


@njit(**OPTIONS)
def _octahedral(env, level_off, level_size, level, x, y, z):
    """Bilinear look-up of an octahedral map at direction (x, y, z), z up."""
    s = f4(1) / (abs(x) + abs(y) + abs(z))
    u = x * s
    v = y * s
    if z < f4(0):
        a = (f4(1) - abs(v)) * (f4(1) if u >= f4(0) else f4(-1))
        v = (f4(1) - abs(u)) * (f4(1) if v >= f4(0) else f4(-1))
        u = a
    n = level_size[level]
    px = (u * f4(0.5) + f4(0.5)) * f4(n) - f4(0.5)
    py = (v * f4(0.5) + f4(0.5)) * f4(n) - f4(0.5)
    x0 = i8(np.floor(px))
    y0 = i8(np.floor(py))
    fx = px - f4(x0)
    fy = py - f4(y0)
    a0 = min(max(x0, 0), n - 1)
    a1 = min(max(x0 + 1, 0), n - 1)
    o = level_off[level]
    r0 = o + min(max(y0, 0), n - 1) * n
    r1 = o + min(max(y0 + 1, 0), n - 1) * n
    w00 = (f4(1) - fx) * (f4(1) - fy)
    w10 = fx * (f4(1) - fy)
    w01 = (f4(1) - fx) * fy
    w11 = fx * fy
    return (
        env[r0 + a0, 0] * w00 + env[r0 + a1, 0] * w10 + env[r1 + a0, 0] * w01 + env[r1 + a1, 0] * w11,
        env[r0 + a0, 1] * w00 + env[r0 + a1, 1] * w10 + env[r1 + a0, 1] * w01 + env[r1 + a1, 1] * w11,
        env[r0 + a0, 2] * w00 + env[r0 + a1, 2] * w10 + env[r1 + a0, 2] * w01 + env[r1 + a1, 2] * w11,
    )


@njit(**OPTIONS)
def _bary(i, j, k, cam, dx, dy, fisheye, ux, uy, uz, vx, vy, vz):
    """Barycentrics of the ray through a triangle, its depth along the axis, and the uv-footprint factor."""
    wi = cam[i, 2]
    wj = cam[j, 2]
    wk = cam[k, 2]
    if fisheye:
        xi = cam[i, 0] * ux + cam[i, 1] * uy - wi * uz
        yi = cam[i, 0] * vx + cam[i, 1] * vy - wi * vz
        xj = cam[j, 0] * ux + cam[j, 1] * uy - wj * uz
        yj = cam[j, 0] * vx + cam[j, 1] * vy - wj * vz
        xk = cam[k, 0] * ux + cam[k, 1] * uy - wk * uz
        yk = cam[k, 0] * vx + cam[k, 1] * vy - wk * vz
    else:
        xi = cam[i, 0] - dx * wi
        yi = cam[i, 1] - dy * wi
        xj = cam[j, 0] - dx * wj
        yj = cam[j, 1] - dy * wj
        xk = cam[k, 0] - dx * wk
        yk = cam[k, 1] - dy * wk
    e0 = xj * yk - xk * yj
    e1 = xk * yi - xi * yk
    e2 = xi * yj - xj * yi
    s = e0 + e1 + e2
    if s == f4(0):
        return f4(1), f4(0), f4(0), f4(0)
    ie = f4(1) / s
    e0 = min(max(e0 * ie, f4(0)), f4(1))
    e1 = min(max(e1 * ie, f4(0)), f4(1))
    e2 = min(max(e2 * ie, f4(0)), f4(1))
    t = f4(1) / (e0 + e1 + e2)
    return e0 * t, e1 * t, e2 * t, abs(ie)


@njit(**OPTIONS)
def labels(
    W,
    H,
    tb,
    shift,
    cx,
    cy,
    fx,
    fy,
    fisheye,
    ray_x,
    ray_y,
    ray_z,
    vertices,
    normals,
    triangles,
    tri_inst,
    ttoff,
    mesh_toff,
    voff,
    soff,
    cam,
    world_from_mesh,
    normal_matrix,
    previous,
    entity,
    mirror,
    instance,
    triangle,
    depth,
    distance,
    normal,
    motion,
    visible,
    tight,
):
    """Fill the label images from the triangles at pixel centres. ``previous`` maps mesh points to previous pixels (homogeneous)."""
    Wb = W << shift
    for y in range(H):
        for x in range(W):
            p = y * W + x
            t = tb[(y << shift) * Wb + (x << shift)]
            if t < 0:
                instance[p] = -1
                triangle[p] = -1
                depth[p] = np.inf
                distance[p] = np.inf
                normal[p, 0] = 0
                normal[p, 1] = 0
                normal[p, 2] = 0
                motion[p, 0] = 0
                motion[p, 1] = 0
                continue
            o = tri_inst[t]
            g = mesh_toff[o] + t - ttoff[o]
            a = triangles[g, 0]
            b = triangles[g, 1]
            c = triangles[g, 2]
            s = soff[o]
            dx = (f4(x) + f4(0.5) - cx) / fx
            dy = (cy - f4(y) - f4(0.5)) / fy
            ux = f4(0)
            uy = f4(0)
            uz = f4(0)
            vx = f4(0)
            vy = f4(0)
            vz = f4(0)
            if fisheye:
                q = 4 * y * W + 2 * x
                ux, uy, uz, vx, vy, vz = _basis(ray_x[q], ray_y[q], ray_z[q])
            e0, e1, e2, _ = _bary(s + a, s + b, s + c, cam, dx, dy, fisheye, ux, uy, uz, vx, vy, vz)
            w = e0 * cam[s + a, 2] + e1 * cam[s + b, 2] + e2 * cam[s + c, 2]
            px = e0 * cam[s + a, 0] + e1 * cam[s + b, 0] + e2 * cam[s + c, 0]
            py = e0 * cam[s + a, 1] + e1 * cam[s + b, 1] + e2 * cam[s + c, 1]
            depth[p] = w
            distance[p] = np.sqrt(px * px + py * py + w * w)
            instance[p] = o
            triangle[p] = t - ttoff[o]
            v = voff[o]
            nx = e0 * normals[v + a, 0] + e1 * normals[v + b, 0] + e2 * normals[v + c, 0]
            ny = e0 * normals[v + a, 1] + e1 * normals[v + b, 1] + e2 * normals[v + c, 1]
            nz = e0 * normals[v + a, 2] + e1 * normals[v + b, 2] + e2 * normals[v + c, 2]
            m = normal_matrix[o]
            wx = m[0, 0] * nx + m[0, 1] * ny + m[0, 2] * nz
            wy = m[1, 0] * nx + m[1, 1] * ny + m[1, 2] * nz
            wz = m[2, 0] * nx + m[2, 1] * ny + m[2, 2] * nz
            q = f4(1) / np.sqrt(max(wx * wx + wy * wy + wz * wz, f4(1e-30)))
            # the side that the camera sees: by the triangle, not by the blended normal
            ax = cam[s + b, 0] - cam[s + a, 0]
            ay = cam[s + b, 1] - cam[s + a, 1]
            az = cam[s + a, 2] - cam[s + b, 2]
            bx = cam[s + c, 0] - cam[s + a, 0]
            by = cam[s + c, 1] - cam[s + a, 1]
            bz = cam[s + a, 2] - cam[s + c, 2]
            facing = (ay * bz - az * by) * px + (az * bx - ax * bz) * py - (ax * by - ay * bx) * w
            if (facing > f4(0)) != (mirror[o] < f4(0)):
                q = -q
            normal[p, 0] = wx * q
            normal[p, 1] = wy * q
            normal[p, 2] = wz * q
            lx = e0 * vertices[v + a, 0] + e1 * vertices[v + b, 0] + e2 * vertices[v + c, 0]
            ly = e0 * vertices[v + a, 1] + e1 * vertices[v + b, 1] + e2 * vertices[v + c, 1]
            lz = e0 * vertices[v + a, 2] + e1 * vertices[v + b, 2] + e2 * vertices[v + c, 2]
            M = previous[o]
            hw = M[3, 0] * lx + M[3, 1] * ly + M[3, 2] * lz + M[3, 3]
            if hw > f4(1e-9) and not fisheye:
                hx = M[0, 0] * lx + M[0, 1] * ly + M[0, 2] * lz + M[0, 3]
                hy = M[1, 0] * lx + M[1, 1] * ly + M[1, 2] * lz + M[1, 3]
                motion[p, 0] = hx / hw - (f4(x) + f4(0.5))
                motion[p, 1] = (f4(y) + f4(0.5)) - hy / hw
            else:
                motion[p, 0] = 0
                motion[p, 1] = 0
            n = entity[o]
            visible[n] += 1
            if x < tight[n, 0]:
                tight[n, 0] = x
            if x > tight[n, 2]:
                tight[n, 2] = x
            if y < tight[n, 1]:
                tight[n, 1] = y
            if y > tight[n, 3]:
                tight[n, 3] = y


@njit(**OPTIONS)
def _light_rows(n, A, kind, lx, ly, lz, ax, ay, az, cr, cg, cb, soft, wide, cos_out, cos_in, lambert, sh, R, G, B):
    """Add one light to a row. ``kind`` 0 is distant (direction l), 1 is local (position l, axis a)."""
    one = f4(1)
    zero = f4(0)
    fin = f4(kind)
    for i in range(n):
        dx = lx - fin * A[WX, i]
        dy = ly - fin * A[WY, i]
        dz = lz - fin * A[WZ, i]
        d2 = dx * dx + dy * dy + dz * dz
        q = one / np.sqrt(d2)
        dx *= q
        dy *= q
        dz *= q
        facing = -(dx * ax + dy * ay + dz * az)
        spot = min(max((facing - cos_out) / (cos_in - cos_out), zero), one)
        spot = spot * spot * (f4(3) - f4(2) * spot)
        emit = lambert * max(facing, zero) + (one - lambert)
        att = (fin / (d2 + soft) + (one - fin)) * (fin * spot * emit + one - fin) * sh[i]
        ex = A[VX, i]
        ey = A[VY, i]
        ez = A[VZ, i]
        hx = dx + ex
        hy = dy + ey
        hz = dz + ez
        q2 = one / np.sqrt(max(hx * hx + hy * hy + hz * hz, f4(1e-12)))
        hx *= q2
        hy *= q2
        hz *= q2
        nx = A[NX, i]
        ny = A[NY, i]
        nz = A[NZ, i]
        nl = max(nx * dx + ny * dy + nz * dz, zero)
        nv = max(nx * ex + ny * ey + nz * ez, f4(1e-3))
        nh = max(nx * hx + ny * hy + nz * hz, zero)
        vh = max(ex * hx + ey * hy + ez * hz, zero)
        a0 = A[RO, i]
        a = min(a0 + wide * q, one)  # an emitter of some size blurs its highlight (Karis 2013)
        norm = a0 / a
        aa = a * a
        d = nh * nh * (aa - one) + one
        k = a * f4(0.5)
        dg = norm * norm * aa / (PI * d * d * (nl * (one - k) + k) * (nv * (one - k) + k) * f4(4))
        p = one - vh
        p2 = p * p
        p = p2 * p2 * p
        m = A[ME, i]
        f0 = A[SP, i] * (one - m)
        br = A[BR, i]
        bg = A[BG, i]
        bb = A[BB, i]
        fr = f0 + br * m
        fg = f0 + bg * m
        fb = f0 + bb * m
        fr = fr + (one - fr) * p
        fg = fg + (one - fg) * p
        fb = fb + (one - fb) * p
        kd = (one - m) * f4(0.318309886)
        w = nl * att
        R[i] += cr * w * ((one - fr) * kd * br + dg * fr)
        G[i] += cg * w * ((one - fg) * kd * bg + dg * fg)
        B[i] += cb * w * ((one - fb) * kd * bb + dg * fb)


@njit(**OPTIONS)
def _ambient_rows(n, A, sh9, R, G, B):
    """Diffuse environment light by nine spherical harmonics (Ramamoorthi and Hanrahan 2001), and emission."""
    for i in range(n):
        x = A[NX, i]
        y = A[NY, i]
        z = A[NZ, i]
        k = (f4(1) - A[ME, i]) * A[AO, i]
        b4 = x * y
        b5 = y * z
        b6 = f4(3) * z * z - f4(1)
        b7 = x * z
        b8 = x * x - y * y
        r = (
            sh9[0, 0]
            + sh9[1, 0] * y
            + sh9[2, 0] * z
            + sh9[3, 0] * x
            + sh9[4, 0] * b4
            + sh9[5, 0] * b5
            + sh9[6, 0] * b6
            + sh9[7, 0] * b7
            + sh9[8, 0] * b8
        )
        g = (
            sh9[0, 1]
            + sh9[1, 1] * y
            + sh9[2, 1] * z
            + sh9[3, 1] * x
            + sh9[4, 1] * b4
            + sh9[5, 1] * b5
            + sh9[6, 1] * b6
            + sh9[7, 1] * b7
            + sh9[8, 1] * b8
        )
        b = (
            sh9[0, 2]
            + sh9[1, 2] * y
            + sh9[2, 2] * z
            + sh9[3, 2] * x
            + sh9[4, 2] * b4
            + sh9[5, 2] * b5
            + sh9[6, 2] * b6
            + sh9[7, 2] * b7
            + sh9[8, 2] * b8
        )
        R[i] = A[ER, i] + max(r, f4(0)) * k * A[BR, i]
        G[i] = A[EG, i] + max(g, f4(0)) * k * A[BG, i]
        B[i] = A[EB, i] + max(b, f4(0)) * k * A[BB, i]


@njit(**OPTIONS)
def _reflect_rows(n, A, env, level_off, level_size, up_y, R, G, B):
    """Specular environment light: prefiltered map times the split-sum fit of Lazarov (2013)."""
    levels = len(level_size)
    one = f4(1)
    for i in range(n):
        nx = A[NX, i]
        ny = A[NY, i]
        nz = A[NZ, i]
        ex = A[VX, i]
        ey = A[VY, i]
        ez = A[VZ, i]
        nv = nx * ex + ny * ey + nz * ez
        rx = f4(2) * nv * nx - ex
        ry = f4(2) * nv * ny - ey
        rz = f4(2) * nv * nz - ez
        nv = max(nv, f4(0))
        rough = np.sqrt(A[RO, i])
        lv = min(i8(rough * f4(levels - 1) + f4(0.5)), levels - 1)
        if up_y:
            er, eg, eb = _octahedral(env, level_off, level_size, lv, rx, -rz, ry)
        else:
            er, eg, eb = _octahedral(env, level_off, level_size, lv, rx, ry, rz)
        g0 = one - rough
        g = nv * f4(9.28)
        c = one - nv
        c2 = c * c
        c = c2 * c2
        r0 = g0 * g0
        a004 = min(r0, c * c2) * g0 + (f4(0.0425) - f4(0.0275) * rough)
        A_ = f4(-1.04) * a004 + (f4(1.04) - f4(0.572) * rough)
        B_ = f4(1.04) * a004 + (f4(0.022) * rough - f4(0.04))
        B_ = max(B_, f4(0))
        g = min(g, one)
        m = A[ME, i]
        f0 = A[SP, i] * (one - m)
        k = A[AO, i]
        R[i] += er * k * ((f0 + A[BR, i] * m) * A_ + B_)
        G[i] += eg * k * ((f0 + A[BG, i] * m) * A_ + B_)
        B[i] += eb * k * ((f0 + A[BB, i] * m) * A_ + B_)


@njit(**OPTIONS)
def _shadow_rows(n, A, maps, index, faces, matrices, size, bias, kind, sh):
    """Fill ``sh`` with the lit fraction: 3x3 percentage-closer filtering of a map, or of one face of a cube."""
    half = f4(0.5 * size)
    for i in range(n):
        f = 0
        x = A[WX, i]
        y = A[WY, i]
        z = A[WZ, i]
        if kind == 1:
            # the face whose axis is nearest
            dx = x - matrices[index, 0, 3]
            dy = y - matrices[index, 1, 3]
            dz = z - matrices[index, 2, 3]
            ax = abs(dx)
            ay = abs(dy)
            az = abs(dz)
            if ax >= ay and ax >= az:
                f = 0 if dx > f4(0) else 1
            elif ay >= az:
                f = 2 if dy > f4(0) else 3
            else:
                f = 4 if dz > f4(0) else 5
        L = faces[index, f]
        off = bias[index]
        depth = f4(1)
        if kind == 1:
            depth = L[2, 0] * x + L[2, 1] * y + L[2, 2] * z + L[2, 3]
            off = off * depth
        qx = x + A[NX, i] * off
        qy = y + A[NY, i] * off
        qz = z + A[NZ, i] * off
        cx = L[0, 0] * qx + L[0, 1] * qy + L[0, 2] * qz + L[0, 3]
        cy = L[1, 0] * qx + L[1, 1] * qy + L[1, 2] * qz + L[1, 3]
        cz = L[2, 0] * qx + L[2, 1] * qy + L[2, 2] * qz + L[2, 3]
        if kind == 1:
            q = f4(1) / max(cz, f4(1e-6))
            cx *= q
            cy *= q
            cz = cz * f4(0.999) - off * f4(0.5)
        else:
            cz -= off * f4(0.5)
        cx = (cx + f4(1)) * half - f4(0.5)
        cy = (cy + f4(1)) * half - f4(0.5)
        ix = i4(np.floor(cx))
        iy = i4(np.floor(cy))
        if ix > 0 and iy > 0 and ix < size - 2 and iy < size - 2:
            fx = cx - f4(ix)
            fy = cy - f4(iy)
            m = maps[index, f]
            s = f4(0)
            # a 4x4 block with bilinear ends is a smooth 3x3 filter
            for dy in range(-1, 3):
                wy = f4(1)
                if dy == -1:
                    wy = f4(1) - fy
                elif dy == 2:
                    wy = fy
                r = f4(0)
                if cz <= m[iy + dy, ix - 1]:
                    r += f4(1) - fx
                if cz <= m[iy + dy, ix]:
                    r += f4(1)
                if cz <= m[iy + dy, ix + 1]:
                    r += f4(1)
                if cz <= m[iy + dy, ix + 2]:
                    r += fx
                s += r * wy
            sh[i] = s * f4(1.0 / 9.0)
        else:
            sh[i] = f4(1)


@njit(**OPTIONS)
def shade(
    W,
    H,
    tb,
    cx,
    cy,
    fx,
    fy,
    fisheye,
    ray_x,
    ray_y,
    ray_z,
    vertices,
    normals,
    uvs,
    colours,
    triangles,
    tri_inst,
    tri_key,
    ttoff,
    mesh_toff,
    voff,
    soff,
    cam,
    world_from_mesh,
    normal_matrix,
    mirror,
    world_from_camera,
    mat_of,
    mat_f,
    mat_i,
    tex_data,
    tex_level,
    tex_size,
    inverse_unit,
    light_f,
    light_kind,
    light_shadow,
    maps,
    faces,
    matrices,
    map_size,
    bias,
    map_kind,
    sh9,
    env,
    env_off,
    env_size,
    has_env,
    up_y,
    background,
    bg_has,
    ao,
    exposure,
    lut,
    rgb,
    hdr,
    keep_hdr,
):
    """Shade an image from the half-pixel triangle buffer (2W x 2H). ``rgb`` (H, W, 4) uint8, ``hdr`` linear when kept."""
    W2 = 2 * W
    cap = W * 9
    A = np.empty((ROWS, cap), f4)
    R = np.empty(cap, f4)
    G = np.empty(cap, f4)
    B = np.empty(cap, f4)
    sh = np.empty(cap, f4)
    at = np.empty(cap, np.int32)
    wt = np.empty(cap, f4)
    keys = np.empty(9, np.int32)
    tris = np.empty(9, np.int32)
    weights = np.empty(9, np.int32)
    hs = np.empty(9, np.int32)
    vs = np.empty(9, np.int32)
    best = np.empty(9, np.int32)
    acc = np.empty((W, 3), f4)
    lin = np.empty((W, 3), f4)
    eye_x = world_from_camera[0, 3]
    eye_y = world_from_camera[1, 3]
    eye_z = world_from_camera[2, 3]
    scale = f4(len(lut) - 1)
    pixel = f4(1) / (fx * fy)
    for y in range(H):
        n = i8(0)
        acc[:] = f4(0)
        lin[:] = f4(0)
        for x in range(W):
            h = 2 * x
            v = 2 * y
            q0 = v * W2 + h
            t = tb[q0]
            count = 1
            tris[0] = t
            weights[0] = 16
            hs[0] = h
            vs[0] = v
            left = h - 1 if h > 0 else h
            above = v - 1 if v > 0 else v
            ra = above * W2
            rc = v * W2
            rb = rc + W2
            if not (
                tb[ra + left] == t
                and tb[ra + h] == t
                and tb[ra + h + 1] == t
                and tb[rc + left] == t
                and tb[rc + h + 1] == t
                and tb[rb + left] == t
                and tb[rb + h] == t
                and tb[rb + h + 1] == t
            ):
                keys[0] = tri_key[t] if t >= 0 else -1
                weights[0] = 4
                best[0] = 4
                for s in range(9):
                    if s == 4:
                        continue
                    a = s % 3
                    b = s // 3
                    hh = left if a == 0 else h + a - 1
                    vv = above if b == 0 else v + b - 1
                    u = tb[vv * W2 + hh]
                    key = tri_key[u] if u >= 0 else -1
                    weight = (2 if a == 1 else 1) * (2 if b == 1 else 1)
                    hit = False
                    for m in range(count):
                        if keys[m] == key:
                            weights[m] += weight
                            if m > 0 and weight > best[m]:
                                best[m] = weight
                                tris[m] = u
                                hs[m] = hh
                                vs[m] = vv
                            hit = True
                            break
                    if not hit:
                        keys[count] = key
                        tris[count] = u
                        weights[count] = weight
                        hs[count] = hh
                        vs[count] = vv
                        best[count] = weight
                        count += 1
            for m in range(count):
                t = tris[m]
                weight = f4(weights[m]) * f4(1.0 / 16.0)
                px = f4(hs[m] + 1) * f4(0.5)
                py = f4(vs[m] + 1) * f4(0.5)
                q = vs[m] * W2 + hs[m]
                if t < 0:
                    if bg_has:
                        if fisheye:
                            bx = ray_x[q]
                            by = ray_y[q]
                            bz = ray_z[q]
                        else:
                            bx = (px - cx) / fx
                            by = (cy - py) / fy
                            bz = f4(-1)
                        gx = world_from_camera[0, 0] * bx + world_from_camera[0, 1] * by + world_from_camera[0, 2] * bz
                        gy = world_from_camera[1, 0] * bx + world_from_camera[1, 1] * by + world_from_camera[1, 2] * bz
                        gz = world_from_camera[2, 0] * bx + world_from_camera[2, 1] * by + world_from_camera[2, 2] * bz
                        if up_y:
                            tmp = gy
                            gy = -gz
                            gz = tmp
                        s = f4(1) / np.sqrt(max(gx * gx + gy * gy + gz * gz, f4(1e-20)))
                        bh = background.shape[0]
                        bw = background.shape[1]
                        tu = (np.arctan2(gy, gx) / (f4(2) * PI) + f4(0.5)) * f4(bw) - f4(0.5)
                        tv = np.arccos(min(max(gz * s, f4(-1)), f4(1))) / PI * f4(bh) - f4(0.5)
                        u0 = i8(np.floor(tu))
                        v0 = i8(np.floor(tv))
                        fu = tu - f4(u0)
                        fv = tv - f4(v0)
                        ua = u0 % bw
                        ub = (u0 + 1) % bw
                        va = min(max(v0, 0), bh - 1)
                        vb = min(max(v0 + 1, 0), bh - 1)
                        for c in range(3):
                            val = (background[va, ua, c] * (f4(1) - fu) + background[va, ub, c] * fu) * (f4(1) - fv) + (
                                background[vb, ua, c] * (f4(1) - fu) + background[vb, ub, c] * fu
                            ) * fv
                            acc[x, c] += weight * f4(
                                lut[i8(min(np.sqrt(max(val * exposure, f4(0)) * f4(0.125)), f4(1)) * scale)]
                            )
                            lin[x, c] += weight * val
                    continue
                o = tri_inst[t]
                g = mesh_toff[o] + t - ttoff[o]
                a = triangles[g, 0]
                b = triangles[g, 1]
                c = triangles[g, 2]
                s0 = soff[o]
                ia = s0 + a
                ib = s0 + b
                ic = s0 + c
                dx = (px - cx) / fx
                dy = (cy - py) / fy
                ux = f4(0)
                uy = f4(0)
                uz = f4(0)
                vx = f4(0)
                vy = f4(0)
                vz = f4(0)
                if fisheye:
                    ux, uy, uz, vx, vy, vz = _basis(ray_x[q], ray_y[q], ray_z[q])
                e0, e1, e2, ie = _bary(ia, ib, ic, cam, dx, dy, fisheye, ux, uy, uz, vx, vy, vz)
                va = voff[o] + a
                vb = voff[o] + b
                vc = voff[o] + c
                ccx = e0 * cam[ia, 0] + e1 * cam[ib, 0] + e2 * cam[ic, 0]
                ccy = e0 * cam[ia, 1] + e1 * cam[ib, 1] + e2 * cam[ic, 1]
                ccw = e0 * cam[ia, 2] + e1 * cam[ib, 2] + e2 * cam[ic, 2]
                C = world_from_camera
                wx = C[0, 0] * ccx + C[0, 1] * ccy - C[0, 2] * ccw + eye_x
                wy = C[1, 0] * ccx + C[1, 1] * ccy - C[1, 2] * ccw + eye_y
                wz = C[2, 0] * ccx + C[2, 1] * ccy - C[2, 2] * ccw + eye_z
                lx = e0 * normals[va, 0] + e1 * normals[vb, 0] + e2 * normals[vc, 0]
                ly = e0 * normals[va, 1] + e1 * normals[vb, 1] + e2 * normals[vc, 1]
                lz = e0 * normals[va, 2] + e1 * normals[vb, 2] + e2 * normals[vc, 2]
                N = normal_matrix[o]
                nx = N[0, 0] * lx + N[0, 1] * ly + N[0, 2] * lz
                ny = N[1, 0] * lx + N[1, 1] * ly + N[1, 2] * lz
                nz = N[2, 0] * lx + N[2, 1] * ly + N[2, 2] * lz
                qn = f4(1) / np.sqrt(max(nx * nx + ny * ny + nz * nz, f4(1e-30)))
                nx *= qn
                ny *= qn
                nz *= qn
                ex = eye_x - wx
                ey = eye_y - wy
                ez = eye_z - wz
                qe = f4(1) / np.sqrt(max(ex * ex + ey * ey + ez * ez, f4(1e-30)))
                ex *= qe
                ey *= qe
                ez *= qe
                if nx * ex + ny * ey + nz * ez < f4(0):
                    p1x = cam[ib, 0] - cam[ia, 0]
                    p1y = cam[ib, 1] - cam[ia, 1]
                    p1z = cam[ia, 2] - cam[ib, 2]
                    p2x = cam[ic, 0] - cam[ia, 0]
                    p2y = cam[ic, 1] - cam[ia, 1]
                    p2z = cam[ia, 2] - cam[ic, 2]
                    facing = (
                        (p1y * p2z - p1z * p2y) * ccx + (p1z * p2x - p1x * p2z) * ccy - (p1x * p2y - p1y * p2x) * ccw
                    )
                    if (facing > f4(0)) != (mirror[o] < f4(0)):
                        nx = -nx
                        ny = -ny
                        nz = -nz
                mi = mat_of[o]
                M = mat_f[mi]
                I = mat_i[mi]
                br = M[0]
                bg = M[1]
                bb = M[2]
                me = M[METAL]
                ro = M[ROUGH]
                er = M[EMIT]
                eg = M[EMIT + 1]
                eb = M[EMIT + 2]
                if I[USE_COLOUR]:
                    br *= e0 * colours[va, 0] + e1 * colours[vb, 0] + e2 * colours[vc, 0]
                    bg *= e0 * colours[va, 1] + e1 * colours[vb, 1] + e2 * colours[vc, 1]
                    bb *= e0 * colours[va, 2] + e1 * colours[vb, 2] + e2 * colours[vc, 2]
                if I[11]:
                    u_a = uvs[va, 0]
                    v_a = uvs[va, 1]
                    u_b = uvs[vb, 0] - u_a
                    v_b = uvs[vb, 1] - v_a
                    u_c = uvs[vc, 0] - u_a
                    v_c = uvs[vc, 1] - v_a
                    uu = u_a + e1 * u_b + e2 * u_c
                    vv_ = v_a + e1 * v_b + e2 * v_c
                    uv_area = abs(u_b * v_c - u_c * v_b)
                    if I[PROJECT]:
                        P = world_from_mesh[o]
                        mx = e0 * vertices[va, 0] + e1 * vertices[vb, 0] + e2 * vertices[vc, 0]
                        my = e0 * vertices[va, 1] + e1 * vertices[vb, 1] + e2 * vertices[vc, 1]
                        mz = e0 * vertices[va, 2] + e1 * vertices[vb, 2] + e2 * vertices[vc, 2]
                        sx = np.sqrt(P[0, 0] * P[0, 0] + P[1, 0] * P[1, 0] + P[2, 0] * P[2, 0])
                        sy = np.sqrt(P[0, 1] * P[0, 1] + P[1, 1] * P[1, 1] + P[2, 1] * P[2, 1])
                        sz = np.sqrt(P[0, 2] * P[0, 2] + P[1, 2] * P[1, 2] + P[2, 2] * P[2, 2])
                        mx *= sx
                        my *= sy
                        mz *= sz
                        if abs(lz) >= abs(lx) and abs(lz) >= abs(ly):
                            uu = mx
                            vv_ = my
                        elif abs(lx) >= abs(ly):
                            uu = my
                            vv_ = mz
                        else:
                            uu = mx
                            vv_ = mz
                        uv_area = f4(-1)
                    tu = uu * M[UVSX]
                    tv = vv_ * M[UVSY]
                    uu = tu * M[UVC] - tv * M[UVS] + M[UVTX]
                    vv_ = tu * M[UVS] + tv * M[UVC] + M[UVTY]
                    # uv area under one pixel: d(barycentrics)/d(ray) is depth^2 / (sum of the edge functions)
                    if uv_area < f4(0):
                        area = pixel * ccw * ccw * abs(M[UVSX] * M[UVSY])
                    elif fisheye:
                        area = uv_area * pixel * (ccx * ccx + ccy * ccy + ccw * ccw) * ie * abs(M[UVSX] * M[UVSY])
                    else:
                        area = uv_area * pixel * ccw * ccw * ie * abs(M[UVSX] * M[UVSY])
                    if I[T_BASE] >= 0:
                        r_, g_, b_ = sample(tex_data, tex_level, tex_size, I[T_BASE], uu, vv_, area)
                        br *= r_
                        bg *= g_
                        bb *= b_
                    if I[T_METAL] >= 0:
                        r_, g_, b_ = sample(tex_data, tex_level, tex_size, I[T_METAL], uu, vv_, area)
                        me *= r_ if I[C_METAL] == 0 else (g_ if I[C_METAL] == 1 else b_)
                    if I[T_ROUGH] >= 0:
                        r_, g_, b_ = sample(tex_data, tex_level, tex_size, I[T_ROUGH], uu, vv_, area)
                        ro *= r_ if I[C_ROUGH] == 0 else (g_ if I[C_ROUGH] == 1 else b_)
                    if I[T_EMIT] >= 0:
                        r_, g_, b_ = sample(tex_data, tex_level, tex_size, I[T_EMIT], uu, vv_, area)
                        er *= r_
                        eg *= g_
                        eb *= b_
                    if I[T_NORMAL] >= 0 and uv_area > f4(1e-20):
                        r_, g_, b_ = sample(tex_data, tex_level, tex_size, I[T_NORMAL], uu, vv_, area)
                        tx = (r_ * f4(2) - f4(1)) * M[BUMP]
                        ty = (g_ * f4(2) - f4(1)) * M[BUMP]
                        tz = max(b_ * f4(2) - f4(1), f4(0.05))
                        # tangent frame from the triangle, turned by the texture's own rotation
                        det = u_b * v_c - u_c * v_b
                        sgn = f4(1) if det > f4(0) else f4(-1)
                        p1x = vertices[vb, 0] - vertices[va, 0]
                        p1y = vertices[vb, 1] - vertices[va, 1]
                        p1z = vertices[vb, 2] - vertices[va, 2]
                        p2x = vertices[vc, 0] - vertices[va, 0]
                        p2y = vertices[vc, 1] - vertices[va, 1]
                        p2z = vertices[vc, 2] - vertices[va, 2]
                        gx = (p1x * v_c - p2x * v_b) * sgn
                        gy = (p1y * v_c - p2y * v_b) * sgn
                        gz = (p1z * v_c - p2z * v_b) * sgn
                        P = world_from_mesh[o]
                        hx = P[0, 0] * gx + P[0, 1] * gy + P[0, 2] * gz
                        hy = P[1, 0] * gx + P[1, 1] * gy + P[1, 2] * gz
                        hz = P[2, 0] * gx + P[2, 1] * gy + P[2, 2] * gz
                        dn = hx * nx + hy * ny + hz * nz
                        hx -= dn * nx
                        hy -= dn * ny
                        hz -= dn * nz
                        ql = f4(1) / np.sqrt(max(hx * hx + hy * hy + hz * hz, f4(1e-30)))
                        hx *= ql
                        hy *= ql
                        hz *= ql
                        kx = ny * hz - nz * hy
                        ky = nz * hx - nx * hz
                        kz = nx * hy - ny * hx
                        if sgn * mirror[o] < f4(0):
                            kx = -kx
                            ky = -ky
                            kz = -kz
                        cc = M[UVC]
                        ss = M[UVS]
                        ax_ = tx * cc + ty * ss
                        ay_ = -tx * ss + ty * cc
                        nx = hx * ax_ + kx * ay_ + nx * tz
                        ny = hy * ax_ + ky * ay_ + ny * tz
                        nz = hz * ax_ + kz * ay_ + nz * tz
                        ql = f4(1) / np.sqrt(max(nx * nx + ny * ny + nz * nz, f4(1e-30)))
                        nx *= ql
                        ny *= ql
                        nz *= ql
                A[NX, n] = nx
                A[NY, n] = ny
                A[NZ, n] = nz
                A[WX, n] = wx
                A[WY, n] = wy
                A[WZ, n] = wz
                A[BR, n] = br
                A[BG, n] = bg
                A[BB, n] = bb
                A[ME, n] = me
                ro = max(ro, f4(0.045))
                A[RO, n] = ro * ro
                A[SP, n] = M[F0]
                A[ER, n] = er
                A[EG, n] = eg
                A[EB, n] = eb
                A[VX, n] = ex
                A[VY, n] = ey
                A[VZ, n] = ez
                A[AO, n] = ao[y >> 1, x >> 1]
                at[n] = x
                wt[n] = weight
                n += 1
        _ambient_rows(n, A, sh9, R, G, B)
        if has_env:
            _reflect_rows(n, A, env, env_off, env_size, up_y, R, G, B)
        for l in range(len(light_kind)):
            if light_shadow[l] >= 0:
                _shadow_rows(
                    n, A, maps, light_shadow[l], faces, matrices, map_size, bias, map_kind[light_shadow[l]], sh
                )
            else:
                for i in range(n):
                    sh[i] = f4(1)
            F = light_f[l]
            _light_rows(
                n,
                A,
                light_kind[l],
                F[0],
                F[1],
                F[2],
                F[3],
                F[4],
                F[5],
                F[6],
                F[7],
                F[8],
                F[9],
                F[10],
                F[11],
                F[12],
                F[13],
                sh,
                R,
                G,
                B,
            )
        if keep_hdr:
            for i in range(n):
                w = wt[i]
                x = at[i]
                lin[x, 0] += w * R[i]
                lin[x, 1] += w * G[i]
                lin[x, 2] += w * B[i]
        k = exposure * f4(0.125)
        for i in range(n):
            R[i] = min(np.sqrt(max(R[i] * k, f4(0))), f4(1)) * scale
            G[i] = min(np.sqrt(max(G[i] * k, f4(0))), f4(1)) * scale
            B[i] = min(np.sqrt(max(B[i] * k, f4(0))), f4(1)) * scale
        for i in range(n):
            w = wt[i]
            x = at[i]
            acc[x, 0] += w * f4(lut[i4(R[i])])
            acc[x, 1] += w * f4(lut[i4(G[i])])
            acc[x, 2] += w * f4(lut[i4(B[i])])
        for x in range(W):
            for c in range(3):
                rgb[y, x, c] = np.uint8(acc[x, c] + f4(0.5))
            rgb[y, x, 3] = 255
        if keep_hdr:
            for x in range(W):
                for c in range(3):
                    hdr[y, x, c] = lin[x, c]
                hdr[y, x, 3] = f4(1)


@njit(**OPTIONS)
def ambient_occlusion(depth, normal, camera_from_world, fx, fy, cx, cy, radius, strength, out):
    """Fill ``out`` (H/2, W/2) with the open fraction of the sky over each surface, from eight depth taps (after HBAO)."""
    H, W = depth.shape
    h2, w2 = out.shape
    tx = np.array([1.0, 0.7071, 0.0, -0.7071, -1.0, -0.7071, 0.0, 0.7071], f4)
    ty = np.array([0.0, 0.7071, 1.0, 0.7071, 0.0, -0.7071, -1.0, -0.7071], f4)
    reach = np.array([1.0, 0.45, 0.8, 0.3, 0.9, 0.5, 0.7, 0.35], f4)
    R = camera_from_world
    for y in range(h2):
        for x in range(w2):
            py = min(2 * y, H - 1)
            px = min(2 * x, W - 1)
            z = depth[py, px]
            if not (z < f4(1e30)):
                out[y, x] = f4(1)
                continue
            n0 = normal[py, px, 0]
            n1 = normal[py, px, 1]
            n2 = normal[py, px, 2]
            nx = R[0, 0] * n0 + R[0, 1] * n1 + R[0, 2] * n2
            ny = R[1, 0] * n0 + R[1, 1] * n1 + R[1, 2] * n2
            nz = R[2, 0] * n0 + R[2, 1] * n1 + R[2, 2] * n2
            vx = (f4(px) + f4(0.5) - cx) / fx * z
            vy = (cy - f4(py) - f4(0.5)) / fy * z
            rad = min(max(radius * fx / z, f4(3)), f4(64))
            turn = (x & 1) + 2 * (y & 1)
            s = f4(0)
            for k in range(8):
                r = rad * reach[(k + 2 * turn) & 7]
                sx = px + i4(tx[k] * r)
                sy = py + i4(ty[k] * r)
                if sx < 0 or sy < 0 or sx >= W or sy >= H:
                    continue
                d = depth[sy, sx]
                if not (d < f4(1e30)):
                    continue
                ax = (f4(sx) + f4(0.5) - cx) / fx * d - vx
                ay = (cy - f4(sy) - f4(0.5)) / fy * d - vy
                az = z - d
                l2 = ax * ax + ay * ay + az * az
                if l2 < f4(1e-14):
                    continue
                il = f4(1) / np.sqrt(l2)
                c = (ax * nx + ay * ny + az * nz) * il - f4(0.06)
                fall = f4(1) - l2 / (radius * radius * f4(4))
                if c > f4(0) and fall > f4(0):
                    s += c * fall
            out[y, x] = max(f4(1) - strength * s * f4(0.25), f4(0.1))


@njit(**OPTIONS)
def smooth(image, depth, out):
    """Average a half-size image over 4x4 blocks whose depth agrees, which hides the pattern of the taps."""
    H, W = image.shape
    for y in range(H):
        for x in range(W):
            z = depth[2 * y, 2 * x]
            s = f4(0)
            n = f4(0)
            tol = abs(z) * f4(0.03)
            for dy in range(-1, 3):
                for dx in range(-1, 3):
                    b = min(max(y + dy, 0), H - 1)
                    a = min(max(x + dx, 0), W - 1)
                    if abs(depth[2 * b, 2 * a] - z) <= tol or not (z < f4(1e30)):
                        s += image[b, a]
                        n += f4(1)
            out[y, x] = s / max(n, f4(1)) if n > f4(0) else image[y, x]
