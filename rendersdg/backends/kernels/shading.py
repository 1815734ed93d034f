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
    ar = area * f4(w) * f4(h)  # texels a pixel; each level holds a quarter
    exponent = i8((f4(ar).view(np.int32) >> 23) & 255) - 127
    lv = min(max((exponent + 1) >> 1, 0), n - 1)
    w = max(w >> lv, 1)
    h = max(h >> lv, 1)
    return _texel(tex_data, tex_level[tex, lv], w, h, u, f4(1) - v)


@njit(**OPTIONS)
def _clamped(e0, e1, e2):
    """Barycentrics from edge functions, kept within the triangle; and 1 / |sum|."""
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
def _bary(i, j, k, cam, ux, uy, uz, vx, vy, vz):
    """Barycentrics of a ray through a triangle, seen along the ray: (u, v) are unit vectors across it."""
    wi = cam[i, 2]
    wj = cam[j, 2]
    wk = cam[k, 2]
    xi = cam[i, 0] * ux + cam[i, 1] * uy - wi * uz
    yi = cam[i, 0] * vx + cam[i, 1] * vy - wi * vz
    xj = cam[j, 0] * ux + cam[j, 1] * uy - wj * uz
    yj = cam[j, 0] * vx + cam[j, 1] * vy - wj * vz
    xk = cam[k, 0] * ux + cam[k, 1] * uy - wk * uz
    yk = cam[k, 0] * vx + cam[k, 1] * vy - wk * vz
    return _clamped(xj * yk - xk * yj, xk * yi - xi * yk, xi * yj - xj * yi)


@njit(**OPTIONS)
def _edges(i, j, k, cam, dx, dy):
    """Coefficients of the three edge functions in the ray slopes, about the reference slope (dx, dy).

    With x' = x - dx w and y' = y - dy w of the corners, e0 = x'1 y'2 - x'2 y'1 + ddx (w2 y'1 - w1 y'2) + ddy (x'2 w1 - x'1 w2),
    and cyclically; the quadratic terms cancel. The reference keeps the subtraction small, hence exact enough in float32.
    """
    wi = cam[i, 2]
    wj = cam[j, 2]
    wk = cam[k, 2]
    xi = cam[i, 0] - dx * wi
    yi = cam[i, 1] - dy * wi
    xj = cam[j, 0] - dx * wj
    yj = cam[j, 1] - dy * wj
    xk = cam[k, 0] - dx * wk
    yk = cam[k, 1] - dy * wk
    return (
        xj * yk - xk * yj, wk * yj - wj * yk, xk * wj - xj * wk,
        xk * yi - xi * yk, wi * yk - wk * yi, xi * wk - xk * wi,
        xi * yj - xj * yi, wj * yi - wi * yj, xj * wi - xi * wj,
    )  # fmt: skip


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
    normal_matrix,
    previous,
    moves,
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
    last = i8(-2)
    o = i8(0)
    g = i8(0)
    n = i8(0)
    ia = i8(0)
    ib = i8(0)
    ic = i8(0)
    wa = f4(0)
    wb = f4(0)
    wc = f4(0)
    rdx = f4(0)
    rdy = f4(0)
    a0 = f4(0)
    a1 = f4(0)
    a2 = f4(0)
    b0 = f4(0)
    b1 = f4(0)
    b2 = f4(0)
    c0 = f4(0)
    c1 = f4(0)
    c2 = f4(0)
    n00 = f4(0)
    n01 = f4(0)
    n02 = f4(0)
    n10 = f4(0)
    n11 = f4(0)
    n12 = f4(0)
    n20 = f4(0)
    n21 = f4(0)
    n22 = f4(0)
    pxa = f4(0)
    pxb = f4(0)
    pxc = f4(0)
    pya = f4(0)
    pyb = f4(0)
    pyc = f4(0)
    pwa = f4(0)
    pwb = f4(0)
    pwc = f4(0)
    ifx = f4(1) / fx
    ify = f4(1) / fy
    for y in range(H):
        dy = (cy - f4(y) - f4(0.5)) * ify
        run = i8(-1)
        start = i8(0)
        for x in range(W):
            p = y * W + x
            t = i8(tb[(y << shift) * Wb + (x << shift)])
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
                if run >= 0:
                    _count_run(run, start, x - 1, y, visible, tight)
                    run = i8(-1)
                continue
            dx = (f4(x) + f4(0.5) - cx) * ifx
            if t != last:
                last = t
                o = i8(tri_inst[t])
                g = mesh_toff[o] + t - ttoff[o]
                s = soff[o]
                v = voff[o]
                ia = s + triangles[g, 0]
                ib = s + triangles[g, 1]
                ic = s + triangles[g, 2]
                wa = cam[ia, 2]
                wb = cam[ib, 2]
                wc = cam[ic, 2]
                rdx = dx
                rdy = dy
                a0, a1, a2, b0, b1, b2, c0, c1, c2 = _edges(ia, ib, ic, cam, rdx, rdy)
                n = entity[o]
                # the side that the camera sees: by the triangle, not by the blended normal
                ax = cam[ib, 0] - cam[ia, 0]
                ay = cam[ib, 1] - cam[ia, 1]
                az = wa - wb
                bx = cam[ic, 0] - cam[ia, 0]
                by = cam[ic, 1] - cam[ia, 1]
                bz = wa - wc
                facing = (ay * bz - az * by) * cam[ia, 0] + (az * bx - ax * bz) * cam[ia, 1] - (ax * by - ay * bx) * wa
                f = f4(-1) if (facing > f4(0)) != (mirror[o] < f4(0)) else f4(1)
                m = normal_matrix[o]
                M = previous[o]
                for c in range(3):
                    q = v + triangles[g, c]
                    nx = normals[q, 0] * f
                    ny = normals[q, 1] * f
                    nz = normals[q, 2] * f
                    wx = m[0, 0] * nx + m[0, 1] * ny + m[0, 2] * nz
                    wy = m[1, 0] * nx + m[1, 1] * ny + m[1, 2] * nz
                    wz = m[2, 0] * nx + m[2, 1] * ny + m[2, 2] * nz
                    lx = vertices[q, 0]
                    ly = vertices[q, 1]
                    lz = vertices[q, 2]
                    hx = M[0, 0] * lx + M[0, 1] * ly + M[0, 2] * lz + M[0, 3]
                    hy = M[1, 0] * lx + M[1, 1] * ly + M[1, 2] * lz + M[1, 3]
                    hw = M[3, 0] * lx + M[3, 1] * ly + M[3, 2] * lz + M[3, 3]
                    if c == 0:
                        n00 = wx
                        n01 = wy
                        n02 = wz
                        pxa = hx
                        pya = hy
                        pwa = hw
                    elif c == 1:
                        n10 = wx
                        n11 = wy
                        n12 = wz
                        pxb = hx
                        pyb = hy
                        pwb = hw
                    else:
                        n20 = wx
                        n21 = wy
                        n22 = wz
                        pxc = hx
                        pyc = hy
                        pwc = hw
            if fisheye:
                q = 4 * y * W + 2 * x
                ux, uy, uz, vx, vy, vz = _basis(ray_x[q], ray_y[q], ray_z[q])
                e0, e1, e2, _ = _bary(ia, ib, ic, cam, ux, uy, uz, vx, vy, vz)
            else:
                ddx = dx - rdx
                ddy = dy - rdy
                e0, e1, e2, _ = _clamped(a0 + ddx * a1 + ddy * a2, b0 + ddx * b1 + ddy * b2, c0 + ddx * c1 + ddy * c2)
            w = e0 * wa + e1 * wb + e2 * wc
            px = e0 * cam[ia, 0] + e1 * cam[ib, 0] + e2 * cam[ic, 0]
            py = e0 * cam[ia, 1] + e1 * cam[ib, 1] + e2 * cam[ic, 1]
            depth[p] = w
            distance[p] = np.sqrt(px * px + py * py + w * w)
            instance[p] = o
            triangle[p] = t - ttoff[o]
            wx = e0 * n00 + e1 * n10 + e2 * n20
            wy = e0 * n01 + e1 * n11 + e2 * n21
            wz = e0 * n02 + e1 * n12 + e2 * n22
            q_ = f4(1) / np.sqrt(max(wx * wx + wy * wy + wz * wz, f4(1e-30)))
            normal[p, 0] = wx * q_
            normal[p, 1] = wy * q_
            normal[p, 2] = wz * q_
            motion[p, 0] = 0
            motion[p, 1] = 0
            if moves:
                hw = e0 * pwa + e1 * pwb + e2 * pwc
                if hw > f4(1e-9):
                    iw = f4(1) / hw
                    motion[p, 0] = (e0 * pxa + e1 * pxb + e2 * pxc) * iw - (f4(x) + f4(0.5))
                    motion[p, 1] = (f4(y) + f4(0.5)) - (e0 * pya + e1 * pyb + e2 * pyc) * iw
            if n != run:
                if run >= 0:
                    _count_run(run, start, x - 1, y, visible, tight)
                run = n
                start = x
        if run >= 0:
            _count_run(run, start, W - 1, y, visible, tight)


@njit(**OPTIONS)
def _count_run(n, x0, x1, y, visible, tight):
    """Add the pixels x0..x1 of row y to entity n."""
    visible[n] += x1 - x0 + 1
    if x0 < tight[n, 0]:
        tight[n, 0] = x0
    if x1 > tight[n, 2]:
        tight[n, 2] = x1
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
def _prepare_rows(n, A, ex0, ey0, ez0):
    """Turn positions into unit view vectors and make normals unit."""
    for i in range(n):
        x = ex0 - A[WX, i]
        y = ey0 - A[WY, i]
        z = ez0 - A[WZ, i]
        q = f4(1) / np.sqrt(max(x * x + y * y + z * z, f4(1e-30)))
        A[VX, i] = x * q
        A[VY, i] = y * q
        A[VZ, i] = z * q
        x = A[NX, i]
        y = A[NY, i]
        z = A[NZ, i]
        q = f4(1) / np.sqrt(max(x * x + y * y + z * z, f4(1e-30)))
        A[NX, i] = x * q
        A[NY, i] = y * q
        A[NZ, i] = z * q


@njit(**OPTIONS)
def _reflect_rows(n, A, env, level_off, level_size, up_y, T, R, G, B):
    """Specular environment light: prefiltered octahedral map times the split-sum fit of Lazarov (2013).

    Three loops: coordinates and factors (vectorised), look-ups, and the sum (vectorised). ``T`` (7, cap) is scratch.
    """
    levels = len(level_size)
    one = f4(1)
    zero = f4(0)
    top = f4(levels - 1)
    for i in range(n):
        nx = A[NX, i]
        ny = A[NY, i]
        nz = A[NZ, i]
        ex = A[VX, i]
        ey = A[VY, i]
        ez = A[VZ, i]
        nv = nx * ex + ny * ey + nz * ez
        x = f4(2) * nv * nx - ex
        y = f4(2) * nv * ny - ey
        z = f4(2) * nv * nz - ez
        if up_y:
            t = y
            y = -z
            z = t
        nv = max(nv, zero)
        s = one / (abs(x) + abs(y) + abs(z))
        u = x * s
        v = y * s
        fu = (one - abs(v)) * (one if u >= zero else -one)
        fv = (one - abs(u)) * (one if v >= zero else -one)
        T[0, i] = (u if z >= zero else fu) * f4(0.5) + f4(0.5)
        T[1, i] = (v if z >= zero else fv) * f4(0.5) + f4(0.5)
        rough = np.sqrt(A[RO, i])
        T[2, i] = min(rough * top + f4(0.5), top)
        g0 = one - rough
        c = one - nv
        c2 = c * c
        c = c2 * c2
        a004 = min(g0 * g0, c * c2) * g0 + (f4(0.0425) - f4(0.0275) * rough)
        T[3, i] = f4(-1.04) * a004 + (f4(1.04) - f4(0.572) * rough)
        T[4, i] = max(f4(1.04) * a004 + (f4(0.022) * rough - f4(0.04)), zero)
    for i in range(n):
        lv = i8(T[2, i])
        k = level_size[lv]
        o = level_off[lv]
        px = T[0, i] * f4(k) - f4(0.5)
        py = T[1, i] * f4(k) - f4(0.5)
        px = min(max(px, zero), f4(k - 1) - f4(0.001))
        py = min(max(py, zero), f4(k - 1) - f4(0.001))
        x0 = i8(px)
        y0 = i8(py)
        fx = px - f4(x0)
        fy = py - f4(y0)
        r = o + y0 * k + x0
        w00 = (one - fx) * (one - fy)
        w10 = fx * (one - fy)
        w01 = (one - fx) * fy
        w11 = fx * fy
        T[0, i] = env[r, 0] * w00 + env[r + 1, 0] * w10 + env[r + k, 0] * w01 + env[r + k + 1, 0] * w11
        T[1, i] = env[r, 1] * w00 + env[r + 1, 1] * w10 + env[r + k, 1] * w01 + env[r + k + 1, 1] * w11
        T[2, i] = env[r, 2] * w00 + env[r + 1, 2] * w10 + env[r + k, 2] * w01 + env[r + k + 1, 2] * w11
    for i in range(n):
        m = A[ME, i]
        f0 = A[SP, i] * (one - m)
        k = A[AO, i]
        a = T[3, i]
        b = T[4, i]
        R[i] += T[0, i] * k * ((f0 + A[BR, i] * m) * a + b)
        G[i] += T[1, i] * k * ((f0 + A[BG, i] * m) * a + b)
        B[i] += T[2, i] * k * ((f0 + A[BB, i] * m) * a + b)


@njit(**OPTIONS)
def _background(background, x, y, z):
    """Bilinear look-up of a latitude-longitude image at direction (x, y, z), z up."""
    s = f4(1) / np.sqrt(max(x * x + y * y + z * z, f4(1e-20)))
    bh = background.shape[0]
    bw = background.shape[1]
    u = (np.arctan2(y, x) / (f4(2) * PI) + f4(0.5)) * f4(bw) - f4(0.5)
    v = np.arccos(min(max(z * s, f4(-1)), f4(1))) / PI * f4(bh) - f4(0.5)
    u0 = i8(np.floor(u))
    v0 = i8(np.floor(v))
    fu = u - f4(u0)
    fv = v - f4(v0)
    a = u0 % bw
    b = (u0 + 1) % bw
    c = min(max(v0, 0), bh - 1)
    d = min(max(v0 + 1, 0), bh - 1)
    w00 = (f4(1) - fu) * (f4(1) - fv)
    w10 = fu * (f4(1) - fv)
    w01 = (f4(1) - fu) * fv
    w11 = fu * fv
    return (
        background[c, a, 0] * w00 + background[c, b, 0] * w10 + background[d, a, 0] * w01 + background[d, b, 0] * w11,
        background[c, a, 1] * w00 + background[c, b, 1] * w10 + background[d, a, 1] * w01 + background[d, b, 1] * w11,
        background[c, a, 2] * w00 + background[c, b, 2] * w10 + background[d, a, 2] * w01 + background[d, b, 2] * w11,
    )


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
        off = bias[index]
        depth = f4(1)
        if kind == 1:
            depth = (
                faces[index, f, 2, 0] * x
                + faces[index, f, 2, 1] * y
                + faces[index, f, 2, 2] * z
                + faces[index, f, 2, 3]
            )
            off = off * depth
        qx = x + A[NX, i] * off
        qy = y + A[NY, i] * off
        qz = z + A[NZ, i] * off
        cx = (
            faces[index, f, 0, 0] * qx + faces[index, f, 0, 1] * qy + faces[index, f, 0, 2] * qz + faces[index, f, 0, 3]
        )
        cy = (
            faces[index, f, 1, 0] * qx + faces[index, f, 1, 1] * qy + faces[index, f, 1, 2] * qz + faces[index, f, 1, 3]
        )
        cz = (
            faces[index, f, 2, 0] * qx + faces[index, f, 2, 1] * qy + faces[index, f, 2, 2] * qz + faces[index, f, 2, 3]
        )
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
            corners = 0
            if cz <= maps[index, f, iy - 1, ix - 1]:
                corners += 1
            if cz <= maps[index, f, iy - 1, ix + 2]:
                corners += 1
            if cz <= maps[index, f, iy + 2, ix - 1]:
                corners += 1
            if cz <= maps[index, f, iy + 2, ix + 2]:
                corners += 1
            if cz <= maps[index, f, iy + 1, ix]:
                corners += 1
            if corners == 0 or corners == 5:  # all of one mind: no edge of a shadow here
                sh[i] = f4(corners) * f4(0.2)
                continue
            s = f4(0)
            # a 4x4 block with bilinear ends is a smooth 3x3 filter
            for dy in range(-1, 3):
                wy = f4(1)
                if dy == -1:
                    wy = f4(1) - fy
                elif dy == 2:
                    wy = fy
                r = f4(0)
                if cz <= maps[index, f, iy + dy, ix - 1]:
                    r += f4(1) - fx
                if cz <= maps[index, f, iy + dy, ix]:
                    r += f4(1)
                if cz <= maps[index, f, iy + dy, ix + 1]:
                    r += f4(1)
                if cz <= maps[index, f, iy + dy, ix + 2]:
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
    depth,
    normal,
    ao,
    exposure,
    lut,
    rgb,
    hdr,
    keep_hdr,
):
    """Shade an image from the half-pixel triangle buffer (2W x 2H). ``rgb`` (H, W, 4) uint8, ``hdr`` linear when kept.

    A pixel whose nine samples (its centre and the half-pixel ring) show one surface is shaded once, at its centre;
    others once per surface, blended by a tent filter over the nine.
    """
    W2 = 2 * W
    cap = W * 9
    A = np.empty((ROWS, cap), f4)
    T = np.empty((5, cap), f4)
    R = np.empty(cap, f4)
    G = np.empty(cap, f4)
    B = np.empty(cap, f4)
    sh = np.empty(cap, f4)
    at = np.empty(cap, np.int32)
    wt = np.empty(cap, f4)
    keys = np.empty(9, np.int32)
    tris = np.empty(9, np.int64)
    weights = np.empty(9, np.int32)
    hs = np.empty(9, np.int64)
    vs = np.empty(9, np.int64)
    best = np.empty(9, np.int32)
    acc = np.empty((W, 3), f4)
    lin = np.empty((W, 3), f4)
    C = world_from_camera
    eye_x = C[0, 3]
    eye_y = C[1, 3]
    eye_z = C[2, 3]
    scale = f4(len(lut) - 1)
    ifx = f4(1) / fx
    ify = f4(1) / fy
    pixel = ifx * ify
    last = i8(-2)
    o = i8(0)
    g = i8(0)
    ia = i8(0)
    ib = i8(0)
    ic = i8(0)
    va = i8(0)
    vb = i8(0)
    vc = i8(0)
    mi = i8(0)
    wa = f4(0)
    wb = f4(0)
    wc = f4(0)
    rdx = f4(0)
    rdy = f4(0)
    a0 = f4(0)
    a1 = f4(0)
    a2 = f4(0)
    b0 = f4(0)
    b1 = f4(0)
    b2 = f4(0)
    c0 = f4(0)
    c1 = f4(0)
    c2 = f4(0)
    n00 = f4(0)
    n01 = f4(0)
    n02 = f4(0)
    n10 = f4(0)
    n11 = f4(0)
    n12 = f4(0)
    n20 = f4(0)
    n21 = f4(0)
    n22 = f4(0)
    u_a = f4(0)
    v_a = f4(0)
    u_b = f4(0)
    v_b = f4(0)
    u_c = f4(0)
    v_c = f4(0)
    uv_area = f4(0)
    for y in range(H):
        n = i8(0)
        acc[:] = f4(0)
        lin[:] = f4(0)
        v = 2 * y
        rc = v * W2
        ra = rc - W2 if y > 0 else rc
        rb = rc + W2
        above = v - 1 if y > 0 else v
        for x in range(W):
            h = 2 * x
            t = i8(tb[rc + h])
            left = h - 1 if x > 0 else h
            count = 1
            tris[0] = t
            weights[0] = 16
            hs[0] = h
            vs[0] = v
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
                    u = i8(tb[vv * W2 + hh])
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
                dx = (px - cx) * ifx
                dy = (cy - py) * ify
                q = vs[m] * W2 + hs[m]
                if t < 0:
                    if has_env:
                        bx = dx
                        by = dy
                        bz = f4(-1)
                        if fisheye:
                            bx = ray_x[q]
                            by = ray_y[q]
                            bz = ray_z[q]
                            if bx == f4(0) and by == f4(0) and bz == f4(0):
                                continue
                        gx = C[0, 0] * bx + C[0, 1] * by + C[0, 2] * bz
                        gy = C[1, 0] * bx + C[1, 1] * by + C[1, 2] * bz
                        gz = C[2, 0] * bx + C[2, 1] * by + C[2, 2] * bz
                        if up_y:
                            tmp = gy
                            gy = -gz
                            gz = tmp
                        r_, g_, b_ = _background(background, gx, gy, gz)
                        k = exposure * f4(0.125)
                        acc[x, 0] += weight * lut[i8(min(np.sqrt(max(r_ * k, f4(0))), f4(1)) * scale)]
                        acc[x, 1] += weight * lut[i8(min(np.sqrt(max(g_ * k, f4(0))), f4(1)) * scale)]
                        acc[x, 2] += weight * lut[i8(min(np.sqrt(max(b_ * k, f4(0))), f4(1)) * scale)]
                        lin[x, 0] += weight * r_
                        lin[x, 1] += weight * g_
                        lin[x, 2] += weight * b_
                    continue
                if t != last:
                    last = t
                    o = i8(tri_inst[t])
                    g = mesh_toff[o] + t - ttoff[o]
                    s0 = soff[o]
                    v0 = voff[o]
                    ia = s0 + triangles[g, 0]
                    ib = s0 + triangles[g, 1]
                    ic = s0 + triangles[g, 2]
                    va = v0 + triangles[g, 0]
                    vb = v0 + triangles[g, 1]
                    vc = v0 + triangles[g, 2]
                    wa = cam[ia, 2]
                    wb = cam[ib, 2]
                    wc = cam[ic, 2]
                    rdx = dx
                    rdy = dy
                    a0, a1, a2, b0, b1, b2, c0, c1, c2 = _edges(ia, ib, ic, cam, rdx, rdy)
                    p1x = cam[ib, 0] - cam[ia, 0]
                    p1y = cam[ib, 1] - cam[ia, 1]
                    p1z = wa - wb
                    p2x = cam[ic, 0] - cam[ia, 0]
                    p2y = cam[ic, 1] - cam[ia, 1]
                    p2z = wa - wc
                    facing = (
                        (p1y * p2z - p1z * p2y) * cam[ia, 0]
                        + (p1z * p2x - p1x * p2z) * cam[ia, 1]
                        - (p1x * p2y - p1y * p2x) * wa
                    )
                    f = f4(-1) if (facing > f4(0)) != (mirror[o] < f4(0)) else f4(1)
                    N = normal_matrix[o]
                    lx = normals[va, 0] * f
                    ly = normals[va, 1] * f
                    lz = normals[va, 2] * f
                    n00 = N[0, 0] * lx + N[0, 1] * ly + N[0, 2] * lz
                    n01 = N[1, 0] * lx + N[1, 1] * ly + N[1, 2] * lz
                    n02 = N[2, 0] * lx + N[2, 1] * ly + N[2, 2] * lz
                    lx = normals[vb, 0] * f
                    ly = normals[vb, 1] * f
                    lz = normals[vb, 2] * f
                    n10 = N[0, 0] * lx + N[0, 1] * ly + N[0, 2] * lz
                    n11 = N[1, 0] * lx + N[1, 1] * ly + N[1, 2] * lz
                    n12 = N[2, 0] * lx + N[2, 1] * ly + N[2, 2] * lz
                    lx = normals[vc, 0] * f
                    ly = normals[vc, 1] * f
                    lz = normals[vc, 2] * f
                    n20 = N[0, 0] * lx + N[0, 1] * ly + N[0, 2] * lz
                    n21 = N[1, 0] * lx + N[1, 1] * ly + N[1, 2] * lz
                    n22 = N[2, 0] * lx + N[2, 1] * ly + N[2, 2] * lz
                    mi = mat_of[o]
                    if mat_i[mi, 11]:
                        M = mat_f[mi]
                        k0 = M[UVSX] * M[UVC]
                        k1 = -M[UVSY] * M[UVS]
                        k2 = M[UVSX] * M[UVS]
                        k3 = M[UVSY] * M[UVC]
                        ua_ = uvs[va, 0]
                        va_ = uvs[va, 1]
                        ub_ = uvs[vb, 0] - ua_
                        vb_ = uvs[vb, 1] - va_
                        uc_ = uvs[vc, 0] - ua_
                        vc_ = uvs[vc, 1] - va_
                        u_a = k0 * ua_ + k1 * va_ + M[UVTX]
                        v_a = k2 * ua_ + k3 * va_ + M[UVTY]
                        u_b = k0 * ub_ + k1 * vb_
                        v_b = k2 * ub_ + k3 * vb_
                        u_c = k0 * uc_ + k1 * vc_
                        v_c = k2 * uc_ + k3 * vc_
                        uv_area = abs(u_b * v_c - u_c * v_b)
                if fisheye:
                    ux, uy, uz, vx, vy, vz = _basis(ray_x[q], ray_y[q], ray_z[q])
                    e0, e1, e2, ie = _bary(ia, ib, ic, cam, ux, uy, uz, vx, vy, vz)
                else:
                    ddx = dx - rdx
                    ddy = dy - rdy
                    e0, e1, e2, ie = _clamped(
                        a0 + ddx * a1 + ddy * a2, b0 + ddx * b1 + ddy * b2, c0 + ddx * c1 + ddy * c2
                    )
                w = depth[y, x] if m == 0 else e0 * wa + e1 * wb + e2 * wc
                if fisheye:
                    cxx = e0 * cam[ia, 0] + e1 * cam[ib, 0] + e2 * cam[ic, 0]
                    cyy = e0 * cam[ia, 1] + e1 * cam[ib, 1] + e2 * cam[ic, 1]
                else:
                    cxx = dx * w
                    cyy = dy * w
                A[WX, n] = C[0, 0] * cxx + C[0, 1] * cyy - C[0, 2] * w + eye_x
                A[WY, n] = C[1, 0] * cxx + C[1, 1] * cyy - C[1, 2] * w + eye_y
                A[WZ, n] = C[2, 0] * cxx + C[2, 1] * cyy - C[2, 2] * w + eye_z
                if m == 0:  # the label pass has found them already
                    nx = normal[y, x, 0]
                    ny = normal[y, x, 1]
                    nz = normal[y, x, 2]
                else:
                    nx = e0 * n00 + e1 * n10 + e2 * n20
                    ny = e0 * n01 + e1 * n11 + e2 * n21
                    nz = e0 * n02 + e1 * n12 + e2 * n22
                br = mat_f[mi, 0]
                bg = mat_f[mi, 1]
                bb = mat_f[mi, 2]
                me = mat_f[mi, METAL]
                ro = mat_f[mi, ROUGH]
                er = mat_f[mi, EMIT]
                eg = mat_f[mi, EMIT + 1]
                eb = mat_f[mi, EMIT + 2]
                if mat_i[mi, USE_COLOUR]:
                    br *= e0 * colours[va, 0] + e1 * colours[vb, 0] + e2 * colours[vc, 0]
                    bg *= e0 * colours[va, 1] + e1 * colours[vb, 1] + e2 * colours[vc, 1]
                    bb *= e0 * colours[va, 2] + e1 * colours[vb, 2] + e2 * colours[vc, 2]
                if mat_i[mi, 11]:
                    uu = u_a + e1 * u_b + e2 * u_c
                    vv_ = v_a + e1 * v_b + e2 * v_c
                    # uv area under one pixel: d(barycentrics)/d(ray) is depth^2 / (sum of the edge functions)
                    d2 = w * w
                    if fisheye:
                        d2 += cxx * cxx + cyy * cyy
                    area = uv_area * pixel * d2 * ie
                    if mat_i[mi, PROJECT]:
                        mx = (e0 * vertices[va, 0] + e1 * vertices[vb, 0] + e2 * vertices[vc, 0]) * np.sqrt(
                            world_from_mesh[o, 0, 0] * world_from_mesh[o, 0, 0]
                            + world_from_mesh[o, 1, 0] * world_from_mesh[o, 1, 0]
                            + world_from_mesh[o, 2, 0] * world_from_mesh[o, 2, 0]
                        )
                        my = (e0 * vertices[va, 1] + e1 * vertices[vb, 1] + e2 * vertices[vc, 1]) * np.sqrt(
                            world_from_mesh[o, 0, 1] * world_from_mesh[o, 0, 1]
                            + world_from_mesh[o, 1, 1] * world_from_mesh[o, 1, 1]
                            + world_from_mesh[o, 2, 1] * world_from_mesh[o, 2, 1]
                        )
                        mz = (e0 * vertices[va, 2] + e1 * vertices[vb, 2] + e2 * vertices[vc, 2]) * np.sqrt(
                            world_from_mesh[o, 0, 2] * world_from_mesh[o, 0, 2]
                            + world_from_mesh[o, 1, 2] * world_from_mesh[o, 1, 2]
                            + world_from_mesh[o, 2, 2] * world_from_mesh[o, 2, 2]
                        )
                        lx = abs(normals[va, 0])
                        ly = abs(normals[va, 1])
                        lz = abs(normals[va, 2])
                        if lz >= lx and lz >= ly:
                            tu = mx
                            tv = my
                        elif lx >= ly:
                            tu = my
                            tv = mz
                        else:
                            tu = mx
                            tv = mz
                        tu *= mat_f[mi, UVSX]
                        tv *= mat_f[mi, UVSY]
                        uu = tu * mat_f[mi, UVC] - tv * mat_f[mi, UVS] + mat_f[mi, UVTX]
                        vv_ = tu * mat_f[mi, UVS] + tv * mat_f[mi, UVC] + mat_f[mi, UVTY]
                        area = pixel * d2 * abs(mat_f[mi, UVSX] * mat_f[mi, UVSY])
                    if mat_i[mi, T_BASE] >= 0:
                        r_, g_, b_ = sample(tex_data, tex_level, tex_size, mat_i[mi, T_BASE], uu, vv_, area)
                        br *= r_
                        bg *= g_
                        bb *= b_
                    if mat_i[mi, T_METAL] >= 0:
                        r_, g_, b_ = sample(tex_data, tex_level, tex_size, mat_i[mi, T_METAL], uu, vv_, area)
                        me *= r_ if mat_i[mi, C_METAL] == 0 else (g_ if mat_i[mi, C_METAL] == 1 else b_)
                    if mat_i[mi, T_ROUGH] >= 0:
                        r_, g_, b_ = sample(tex_data, tex_level, tex_size, mat_i[mi, T_ROUGH], uu, vv_, area)
                        ro *= r_ if mat_i[mi, C_ROUGH] == 0 else (g_ if mat_i[mi, C_ROUGH] == 1 else b_)
                    if mat_i[mi, T_EMIT] >= 0:
                        r_, g_, b_ = sample(tex_data, tex_level, tex_size, mat_i[mi, T_EMIT], uu, vv_, area)
                        er *= r_
                        eg *= g_
                        eb *= b_
                    if mat_i[mi, T_NORMAL] >= 0 and uv_area > f4(1e-20) and not mat_i[mi, PROJECT]:
                        r_, g_, b_ = sample(tex_data, tex_level, tex_size, mat_i[mi, T_NORMAL], uu, vv_, area)
                        tx = (r_ * f4(2) - f4(1)) * mat_f[mi, BUMP]
                        ty = (g_ * f4(2) - f4(1)) * mat_f[mi, BUMP]
                        tz = max(b_ * f4(2) - f4(1), f4(0.05))
                        ql = f4(1) / np.sqrt(max(nx * nx + ny * ny + nz * nz, f4(1e-30)))
                        nx *= ql
                        ny *= ql
                        nz *= ql
                        # the tangent runs along growing u, the bitangent along growing v, both made orthogonal to the normal
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
                        hx = (
                            world_from_mesh[o, 0, 0] * gx
                            + world_from_mesh[o, 0, 1] * gy
                            + world_from_mesh[o, 0, 2] * gz
                        )
                        hy = (
                            world_from_mesh[o, 1, 0] * gx
                            + world_from_mesh[o, 1, 1] * gy
                            + world_from_mesh[o, 1, 2] * gz
                        )
                        hz = (
                            world_from_mesh[o, 2, 0] * gx
                            + world_from_mesh[o, 2, 1] * gy
                            + world_from_mesh[o, 2, 2] * gz
                        )
                        dn = hx * nx + hy * ny + hz * nz
                        hx -= dn * nx
                        hy -= dn * ny
                        hz -= dn * nz
                        ql = f4(1) / np.sqrt(max(hx * hx + hy * hy + hz * hz, f4(1e-30)))
                        hx *= ql
                        hy *= ql
                        hz *= ql
                        gx = (p2x * u_b - p1x * u_c) * sgn
                        gy = (p2y * u_b - p1y * u_c) * sgn
                        gz = (p2z * u_b - p1z * u_c) * sgn
                        kx = (
                            world_from_mesh[o, 0, 0] * gx
                            + world_from_mesh[o, 0, 1] * gy
                            + world_from_mesh[o, 0, 2] * gz
                        )
                        ky = (
                            world_from_mesh[o, 1, 0] * gx
                            + world_from_mesh[o, 1, 1] * gy
                            + world_from_mesh[o, 1, 2] * gz
                        )
                        kz = (
                            world_from_mesh[o, 2, 0] * gx
                            + world_from_mesh[o, 2, 1] * gy
                            + world_from_mesh[o, 2, 2] * gz
                        )
                        dn = kx * nx + ky * ny + kz * nz
                        kx -= dn * nx
                        ky -= dn * ny
                        kz -= dn * nz
                        ql = f4(1) / np.sqrt(max(kx * kx + ky * ky + kz * kz, f4(1e-30)))
                        kx *= ql
                        ky *= ql
                        kz *= ql
                        nx = hx * tx + kx * ty + nx * tz
                        ny = hy * tx + ky * ty + ny * tz
                        nz = hz * tx + kz * ty + nz * tz
                A[NX, n] = nx
                A[NY, n] = ny
                A[NZ, n] = nz
                A[BR, n] = br
                A[BG, n] = bg
                A[BB, n] = bb
                A[ME, n] = me
                ro = max(ro, f4(0.045))
                A[RO, n] = ro * ro
                A[SP, n] = mat_f[mi, F0]
                A[ER, n] = er
                A[EG, n] = eg
                A[EB, n] = eb
                A[AO, n] = ao[y >> 1, x >> 1]
                at[n] = x
                wt[n] = weight
                n += 1
        _prepare_rows(n, A, eye_x, eye_y, eye_z)
        _ambient_rows(n, A, sh9, R, G, B)
        if has_env:
            _reflect_rows(n, A, env, env_off, env_size, up_y, T, R, G, B)
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
            acc[x, 0] += w * lut[i4(R[i])]
            acc[x, 1] += w * lut[i4(G[i])]
            acc[x, 2] += w * lut[i4(B[i])]
        for x in range(W):
            rgb[y, x, 0] = np.uint8(acc[x, 0] + f4(0.5))
            rgb[y, x, 1] = np.uint8(acc[x, 1] + f4(0.5))
            rgb[y, x, 2] = np.uint8(acc[x, 2] + f4(0.5))
            rgb[y, x, 3] = 255
        if keep_hdr:
            for x in range(W):
                for c in range(3):
                    hdr[y, x, c] = lin[x, c]
                hdr[y, x, 3] = f4(1)


@njit(**OPTIONS)
def ambient_occlusion(depth, normal, camera_from_world, fx, fy, cx, cy, radius, strength, out):
    """Fill ``out`` (H/2, W/2) with the open fraction of the sky over each surface, from six depth taps (after HBAO)."""
    H, W = depth.shape
    h2, w2 = out.shape
    tx = np.array([1.0, 0.5, -0.5, -1.0, -0.5, 0.5], f4)
    ty = np.array([0.0, 0.866, 0.866, 0.0, -0.866, -0.866], f4)
    reach = np.array([1.0, 0.45, 0.8, 0.3, 0.9, 0.55], f4)
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
            for k in range(6):
                r = rad * reach[(k + turn) % 6]
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
                if k == 2 and s == f4(0):
                    break  # three ways open: call it open
            out[y, x] = max(f4(1) - strength * s * f4(0.3333), f4(0.1))


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
