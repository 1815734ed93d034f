"""Which triangle is seen where: exact fixed-point coverage on a half-pixel grid, one sweep for counts and boxes too.

Screen positions are 24.8 fixed point; the sample of half-pixel (h, v) lies at pixel coordinate (h + 1) / 2, so even
samples are pixel centres. Edges are exact integers with one owner per shared edge: no cracks and no double hits.
``step`` 2 visits pixel centres only, ``step`` 1 all four samples of a pixel; both give a centre the same triangle.
"""

import numpy as np
from numba import njit

from rendersdg.backends.kernels import OPTIONS
from rendersdg.backends.kernels.simd import LANES, draw_eight, first_bit, last_bit, nearest_eight

f4, f8, i4, i8, u8 = np.float32, np.float64, np.int32, np.int64, np.uint64
SUB = 256  # fixed-point units a pixel
HALF = 128  # units a half pixel
GUARD = 1 << 21  # pixels: coordinates beyond are clipped, so that products stay within 63 bits
BIG = 1 << 30
NARROW = 24  # half pixels
SMALL = 16 * SUB  # of triangles no larger, edge functions fit 32 bits


@njit(**OPTIONS)
def transform(vertices, voff, vcount, soff, camera_from_mesh, active, fx, fy, cx, cy, cam, fix, inv_w):
    """Fill camera-space positions ``cam``, fixed-point screen positions ``fix`` and 1/w of the active instances."""
    for o in range(len(voff)):
        if not active[o]:
            continue
        m = camera_from_mesh[o]
        s0 = soff[o]
        for v in range(vcount[o]):
            x = vertices[voff[o] + v, 0]
            y = vertices[voff[o] + v, 1]
            z = vertices[voff[o] + v, 2]
            a = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]
            b = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]
            w = -(m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3])
            s = s0 + v
            cam[s, 0] = a
            cam[s, 1] = b
            cam[s, 2] = w
            if w > f4(1e-9):
                q = f4(1) / w
                inv_w[s] = q
                sx = f8(cx + fx * a * q)
                sy = f8(cy - fy * b * q)
                if abs(sx) < GUARD and abs(sy) < GUARD:
                    fix[s, 0] = i8(np.floor(sx * SUB + 0.5))
                    fix[s, 1] = i8(np.floor(sy * SUB + 0.5))
                else:
                    fix[s, 0] = i8(1) << 40
                    fix[s, 1] = 0
            else:
                inv_w[s] = 0
                fix[s, 0] = i8(1) << 40
                fix[s, 1] = 0


@njit(**OPTIONS)
def _alpha(tex_data, tex_level, tex_size, tex, channel, u, v):
    """Nearest texel of level 0, 0..1: cut-outs are decided per sample."""
    w = tex_size[tex, 0]
    h = tex_size[tex, 1]
    x = i8(np.floor(u * w)) & (w - 1)
    y = i8(np.floor((f4(1) - v) * h)) & (h - 1)
    return f4(tex_data[tex_level[tex, 0] + y * w + x, channel]) * f4(1.0 / 65535.0)


@njit(**OPTIONS)
def _bounds(x0, y0, x1, y1, x2, y2, W2, H2, step):
    """First and last sample column and row of a triangle's bounding box; sample h lies at fixed coordinate HALF * (h + 1)."""
    hmin = max(i8(0), (min(x0, min(x1, x2)) + HALF - 1) // HALF - 1)
    hmax = min(i8(W2 - 1), max(x0, max(x1, x2)) // HALF - 1)
    vmin = max(i8(0), (min(y0, min(y1, y2)) + HALF - 1) // HALF - 1)
    vmax = min(i8(H2 - 1), max(y0, max(y1, y2)) // HALF - 1)
    if step == 2:
        hmin = (hmin + 1) & ~i8(1)
        vmin = (vmin + 1) & ~i8(1)
    return hmin, hmax, vmin, vmax


@njit(**OPTIONS)
def _edge(x0, y0, x1, y1):
    """Slopes of the edge function from corner 0 to 1, and its bias: of two triangles that share the edge one has 0."""
    ax = -(y1 - y0)
    ay = x1 - x0
    return ax, ay, i8(0) if (ax > 0 or (ax == 0 and ay > 0)) else i8(-1)


@njit(**OPTIONS)
def _centres(lo, hi, h0, qr, qx, far_q):
    """Return the first and the last pixel column whose centre is among the samples ``h0`` + lo..hi, short of the far plane."""
    a = (h0 + lo + 1) >> 1
    b = (h0 + hi) >> 1
    # far samples are rare: trim the run to what lies nearer than the far plane
    while a <= b and qr + qx * f4(2 * a - h0) <= far_q:
        a += 1
    while a <= b and qr + qx * f4(2 * b - h0) <= far_q:
        b -= 1
    return a, b


@njit(**OPTIONS)
def _tri(
    x0,
    y0,
    q0,
    x1,
    y1,
    q1,
    x2,
    y2,
    q2,
    W2,
    H2,
    step,
    shift,
    Wb,
    t,
    ent,
    zb,
    tb,
    st,
    cnt,
    box,
    far_q,
    cut,
    u0,
    v0,
    u1,
    v1,
    u2,
    v2,
    ctex,
    cch,
    cthr,
    tex_data,
    tex_level,
    tex_size,
):
    """Draw one triangle of fixed-point corners. The winding may be either; ``q`` is 1/w at the corners."""
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if area == 0:
        return
    if area < 0:
        x1, x2 = x2, x1
        y1, y2 = y2, y1
        q1, q2 = q2, q1
        u1, u2 = u2, u1
        v1, v2 = v2, v1
        area = -area
    hmin, hmax, vmin, vmax = _bounds(x0, y0, x1, y1, x2, y2, W2, H2, step)
    if hmin > hmax or vmin > vmax:
        return
    # edge i runs opposite corner i; with area > 0 a point is inside when all three are >= 0
    ax0, ay0, b0 = _edge(x1, y1, x2, y2)
    ax1, ay1, b1 = _edge(x2, y2, x0, y0)
    ax2, ay2, b2 = _edge(x0, y0, x1, y1)
    inv = 1.0 / f8(area)
    dq1 = f8(q1) - f8(q0)
    dq2 = f8(q2) - f8(q0)
    h0 = hmin & ~i8(1)
    qx = f4((dq1 * f8(ax1) + dq2 * f8(ax2)) * inv * HALF)
    base_x = HALF * (h0 + 1)
    for v in range(vmin, vmax + 1, step):
        py = HALF * (v + 1)
        e0 = ax0 * (base_x - x1) + ay0 * (py - y1)
        e1 = ax1 * (base_x - x2) + ay1 * (py - y2)
        e2 = ax2 * (base_x - x0) + ay2 * (py - y0)
        lo = hmin - h0
        hi = hmax - h0
        f0 = e0 + b0
        f1 = e1 + b1
        f2 = e2 + b2
        s0 = ax0 * HALF
        s1 = ax1 * HALF
        s2 = ax2 * HALF
        if hi - lo < NARROW:  # stepping along a short row is cheaper than three divisions
            g0 = f0 + s0 * lo
            g1 = f1 + s1 * lo
            g2 = f2 + s2 * lo
            k0 = s0 * step
            k1 = s1 * step
            k2 = s2 * step
            while lo <= hi and (g0 | g1 | g2) < 0:
                g0 += k0
                g1 += k1
                g2 += k2
                lo += step
            k = lo
            while k <= hi and (g0 | g1 | g2) >= 0:
                g0 += k0
                g1 += k1
                g2 += k2
                k += step
            hi = k - step
        else:
            if s0 > 0:
                if f0 < 0:
                    lo = max(lo, (-f0 + s0 - 1) // s0)
            elif f0 < 0:
                continue
            elif s0 < 0:
                hi = min(hi, f0 // -s0)
            if s1 > 0:
                if f1 < 0:
                    lo = max(lo, (-f1 + s1 - 1) // s1)
            elif f1 < 0:
                continue
            elif s1 < 0:
                hi = min(hi, f1 // -s1)
            if s2 > 0:
                if f2 < 0:
                    lo = max(lo, (-f2 + s2 - 1) // s2)
            elif f2 < 0:
                continue
            elif s2 < 0:
                hi = min(hi, f2 // -s2)
            if step == 2:
                lo = (lo + 1) & ~i8(1)
        if lo > hi:
            continue
        qr = f4(f8(q0) + (dq1 * f8(e1) + dq2 * f8(e2)) * inv)
        row = (v >> shift) * Wb
        if cut:
            for k in range(lo, hi + 1, step):
                q = qr + qx * f4(k)
                g0 = f4(f8(e0 + s0 * k) * inv) * q0
                g1 = f4(f8(e1 + s1 * k) * inv) * q1
                g2 = f4(f8(e2 + s2 * k) * inv) * q2
                g = f4(1) / (g0 + g1 + g2)
                if (
                    _alpha(
                        tex_data,
                        tex_level,
                        tex_size,
                        ctex,
                        cch,
                        (g0 * u0 + g1 * u1 + g2 * u2) * g,
                        (g0 * v0 + g1 * v1 + g2 * v2) * g,
                    )
                    < cthr
                ):
                    continue
                h = h0 + k
                if q <= far_q:
                    continue
                p = row + (h >> shift)
                if q > zb[p]:
                    zb[p] = q
                    tb[p] = t
                if (h & 1) == 0 and (v & 1) == 0:
                    c = (v >> 1) * (W2 >> 1) + (h >> 1)
                    if st[c] != ent:
                        st[c] = ent
                        cnt[ent] += 1
                    if (h >> 1) < box[ent, 0]:
                        box[ent, 0] = h >> 1
                    if (h >> 1) > box[ent, 2]:
                        box[ent, 2] = h >> 1
                    if (v >> 1) < box[ent, 1]:
                        box[ent, 1] = v >> 1
                    if (v >> 1) > box[ent, 3]:
                        box[ent, 3] = v >> 1
            continue
        first = u8(row + ((h0 + lo) >> shift))
        for k in range(u8(((hi - lo) >> shift) + 1)):  # branch-free, with unsigned indices, so that it is vectorised
            q = qr + qx * f4(i4(lo) + (i4(k) << i4(shift)))
            p = first + k
            z = zb[p]
            nearer = q > z
            zb[p] = q if nearer else z
            tb[p] = i4(t) if nearer else tb[p]
        if (v & 1) == 0:
            a, b = _centres(lo, hi, h0, qr, qx, far_q)
            if a <= b:
                r = (v >> 1) * (W2 >> 1)
                n = 0
                stamp = i4(ent)
                for c in range(u8(r + a), u8(r + b + 1)):
                    n += st[c] != stamp
                    st[c] = stamp
                cnt[ent] += n
                box[ent, 0] = min(box[ent, 0], a)
                box[ent, 1] = min(box[ent, 1], v >> 1)
                box[ent, 2] = max(box[ent, 2], b)
                box[ent, 3] = max(box[ent, 3], v >> 1)


@njit(inline="always", **OPTIONS)
def _draw_small(x0, y0, q0, x1, y1, q1, x2, y2, q2, W2, H2, step, shift, Wb, t, ent, zb, tb, st, cnt, box, far_q):
    """Draw a triangle no larger than SMALL, to the same bits as ``_tri``: every sample of its bounding box, eight at a time.

    That is cheaper than to find where each row begins and ends. Within ``raster``, since a call would cost as much again.
    """
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if area < 0:
        x1, x2 = x2, x1
        y1, y2 = y2, y1
        q1, q2 = q2, q1
        area = -area
    hmin, hmax, vmin, vmax = _bounds(x0, y0, x1, y1, x2, y2, W2, H2, step)
    if area != 0 and hmin <= hmax and vmin <= vmax:
        ax0, ay0, b0 = _edge(x1, y1, x2, y2)
        ax1, ay1, b1 = _edge(x2, y2, x0, y0)
        ax2, ay2, b2 = _edge(x0, y0, x1, y1)
        inv = 1.0 / f8(area)
        dq1 = f8(q1) - f8(q0)
        dq2 = f8(q2) - f8(q0)
        qx = f4((dq1 * f8(ax1) + dq2 * f8(ax2)) * inv * HALF)
        h0 = hmin & ~i8(1)
        n = i4(((hmax - hmin) >> shift) + 1)
        ks = i4(hmin - h0)
        px = HALF * (hmin + 1)
        py = HALF * (vmin + 1)
        r0 = i4(ax0 * (px - x1) + ay0 * (py - y1) + b0)
        r1 = i4(ax1 * (px - x2) + ay1 * (py - y2) + b1)
        r2 = i4(ax2 * (px - x0) + ay2 * (py - y0) + b2)
        s0 = i4(ax0 * HALF * step)
        s1 = i4(ax1 * HALF * step)
        s2 = i4(ax2 * HALF * step)
        d0 = i4(ay0 * HALF * step)
        d1 = i4(ay1 * HALF * step)
        d2 = i4(ay2 * HALF * step)
        e1 = ax1 * (HALF * (h0 + 1) - x2) + ay1 * (py - y2)
        e2 = ax2 * (HALF * (h0 + 1) - x0) + ay2 * (py - y0)
        c1 = ay1 * HALF * step
        c2 = ay2 * HALF * step
        first = u8((vmin >> shift) * Wb + (hmin >> shift))
        stamp = i4(ent)
        seen = 0
        left = i8(BIG)
        right = i8(-1)
        top = i8(BIG)
        bottom = i8(-1)
        for v in range(vmin, vmax + 1, step):
            qr = f4(f8(q0) + (dq1 * f8(e1) + dq2 * f8(e2)) * inv)
            bits = u8(0)
            for k in range(i4(0), n, LANES):
                bits |= draw_eight(
                    zb, tb, first + u8(k), i4(r0 + i4(k * s0)), i4(r1 + i4(k * s1)), i4(r2 + i4(k * s2)), s0, s1, s2, i4(n - k), qr, qx,
                    i4(ks + i4(k * i4(step))), i4(step), i4(t),
                ) << u8(k)  # fmt: skip
            if (v & 1) == 0 and bits != 0:
                a, b = _centres(ks + first_bit(bits) * step, ks + last_bit(bits) * step, h0, qr, qx, far_q)
                if a <= b:
                    r = (v >> 1) * (W2 >> 1)
                    for c in range(u8(r + a), u8(r + b + 1)):
                        seen += st[c] != stamp
                        st[c] = stamp
                    left = min(left, a)
                    right = max(right, b)
                    top = min(top, v >> 1)
                    bottom = v >> 1
            r0 = i4(r0 + d0)
            r1 = i4(r1 + d1)
            r2 = i4(r2 + d2)
            e1 += c1
            e2 += c2
            first += u8(Wb)
        if right >= 0:
            cnt[ent] += seen
            box[ent, 0] = min(box[ent, 0], left)
            box[ent, 1] = min(box[ent, 1], top)
            box[ent, 2] = max(box[ent, 2], right)
            box[ent, 3] = max(box[ent, 3], bottom)


@njit(**OPTIONS)
def raster(
    order,
    entity,
    mesh_toff,
    mesh_tcount,
    voff,
    soff,
    ttoff,
    triangles,
    uvs,
    cam,
    fix,
    inv_w,
    cull,
    cut_tex,
    cut_ch,
    cut_thr,
    W,
    H,
    step,
    fx,
    fy,
    cx,
    cy,
    near,
    far,
    tex_data,
    tex_level,
    tex_size,
    zb,
    tb,
    st,
    cnt,
    box,
):
    """Draw the instances of ``order`` (each entity's instances together). ``tb`` gets global triangle numbers."""
    shift = 1 if step == 2 else 0
    Wb = W if step == 2 else 2 * W
    far_q = f4(1) / far
    P = np.empty((12, 5), np.float64)
    Q = np.empty((12, 5), np.float64)
    zero = f4(0)
    for oi in range(len(order)):
        o = order[oi]
        ent = entity[o]
        s0 = soff[o]
        ctex = cut_tex[o]
        cut = ctex >= 0
        for k in range(mesh_tcount[o]):
            g = mesh_toff[o] + k
            i = s0 + triangles[g, 0]
            j = s0 + triangles[g, 1]
            m = s0 + triangles[g, 2]
            wi = cam[i, 2]
            wj = cam[j, 2]
            wk = cam[m, 2]
            t = ttoff[o] + k
            u0 = zero
            v0 = zero
            u1 = zero
            v1 = zero
            u2 = zero
            v2 = zero
            if cut:
                b = voff[o]
                u0 = uvs[b + triangles[g, 0], 0]
                v0 = uvs[b + triangles[g, 0], 1]
                u1 = uvs[b + triangles[g, 1], 0]
                v1 = uvs[b + triangles[g, 1], 1]
                u2 = uvs[b + triangles[g, 2], 0]
                v2 = uvs[b + triangles[g, 2], 1]
            if wi > near and wj > near and wk > near and fix[i, 0] < BIG and fix[j, 0] < BIG and fix[m, 0] < BIG:
                x0 = fix[i, 0]
                y0 = fix[i, 1]
                x1 = fix[j, 0]
                y1 = fix[j, 1]
                x2 = fix[m, 0]
                y2 = fix[m, 1]
                if cull[o] and (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0) >= 0:
                    continue
                wide = max(x0, max(x1, x2)) - min(x0, min(x1, x2))
                high = max(y0, max(y1, y2)) - min(y0, min(y1, y2))
                if not cut and wide <= SMALL and high <= SMALL:
                    _draw_small(
                        x0, y0, inv_w[i], x1, y1, inv_w[j], x2, y2, inv_w[m], 2 * W, 2 * H, step, shift, Wb, t, ent, zb, tb, st, cnt, box,
                        far_q,
                    )  # fmt: skip
                    continue
                _tri(
                    x0,
                    y0,
                    inv_w[i],
                    x1,
                    y1,
                    inv_w[j],
                    x2,
                    y2,
                    inv_w[m],
                    2 * W,
                    2 * H,
                    step,
                    shift,
                    Wb,
                    t,
                    ent,
                    zb,
                    tb,
                    st,
                    cnt,
                    box,
                    far_q,
                    cut,
                    u0,
                    v0,
                    u1,
                    v1,
                    u2,
                    v2,
                    ctex,
                    cut_ch[o],
                    cut_thr[o],
                    tex_data,
                    tex_level,
                    tex_size,
                )
                continue
            if wi <= near and wj <= near and wk <= near:
                continue
            # clip against the near plane and a guard band, then fan
            n = 3
            for c in range(3):
                s = i if c == 0 else (j if c == 1 else m)
                P[c, 0] = cam[s, 0]
                P[c, 1] = cam[s, 1]
                P[c, 2] = cam[s, 2]
            P[0, 3] = u0
            P[0, 4] = v0
            P[1, 3] = u1
            P[1, 4] = v1
            P[2, 3] = u2
            P[2, 4] = v2
            for plane in range(5):
                r = 0
                for c in range(n):
                    d = (c + 1) % n
                    if plane == 0:
                        da = P[c, 2] - near
                        db = P[d, 2] - near
                    else:
                        # screen limits a little outside the image, in camera space: pixel - limit, times w
                        if plane == 1:
                            da = (cx + W) * P[c, 2] + fx * P[c, 0]
                            db = (cx + W) * P[d, 2] + fx * P[d, 0]
                        elif plane == 2:
                            da = (2 * W - cx) * P[c, 2] - fx * P[c, 0]
                            db = (2 * W - cx) * P[d, 2] - fx * P[d, 0]
                        elif plane == 3:
                            da = (cy + H) * P[c, 2] - fy * P[c, 1]
                            db = (cy + H) * P[d, 2] - fy * P[d, 1]
                        else:
                            da = (2 * H - cy) * P[c, 2] + fy * P[c, 1]
                            db = (2 * H - cy) * P[d, 2] + fy * P[d, 1]
                    if da >= 0:
                        for e in range(5):
                            Q[r, e] = P[c, e]
                        r += 1
                    if (da >= 0) != (db >= 0):
                        f = da / (da - db)
                        for e in range(5):
                            Q[r, e] = P[c, e] + f * (P[d, e] - P[c, e])
                        r += 1
                n = r
                for c in range(n):
                    for e in range(5):
                        P[c, e] = Q[c, e]
                if n < 3:
                    break
            if n < 3:
                continue
            for c in range(n):
                w = max(P[c, 2], 1e-12)
                Q[c, 0] = np.floor((cx + fx * P[c, 0] / w) * SUB + 0.5)
                Q[c, 1] = np.floor((cy - fy * P[c, 1] / w) * SUB + 0.5)
                Q[c, 2] = 1.0 / w
                Q[c, 3] = P[c, 3]
                Q[c, 4] = P[c, 4]
            for c in range(1, n - 1):
                x0 = i8(Q[0, 0])
                y0 = i8(Q[0, 1])
                x1 = i8(Q[c, 0])
                y1 = i8(Q[c, 1])
                x2 = i8(Q[c + 1, 0])
                y2 = i8(Q[c + 1, 1])
                if cull[o] and (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0) >= 0:
                    continue
                _tri(
                    x0,
                    y0,
                    f4(Q[0, 2]),
                    x1,
                    y1,
                    f4(Q[c, 2]),
                    x2,
                    y2,
                    f4(Q[c + 1, 2]),
                    2 * W,
                    2 * H,
                    step,
                    shift,
                    Wb,
                    t,
                    ent,
                    zb,
                    tb,
                    st,
                    cnt,
                    box,
                    far_q,
                    cut,
                    f4(Q[0, 3]),
                    f4(Q[0, 4]),
                    f4(Q[c, 3]),
                    f4(Q[c, 4]),
                    f4(Q[c + 1, 3]),
                    f4(Q[c + 1, 4]),
                    ctex,
                    cut_ch[o],
                    cut_thr[o],
                    tex_data,
                    tex_level,
                    tex_size,
                )


@njit(**OPTIONS)
def _shadow_tri(x0, y0, z0, x1, y1, z1, x2, y2, z2, perspective, size, zb):
    if perspective:  # depth is interpolated as its reciprocal
        z0 = f4(1) / z0
        z1 = f4(1) / z1
        z2 = f4(1) / z2
        x0 = x0 * z0
        y0 = y0 * z0
        x1 = x1 * z1
        y1 = y1 * z1
        x2 = x2 * z2
        y2 = y2 * z2
    half = f4(0.5 * size)
    x0 = (x0 + f4(1)) * half
    y0 = (y0 + f4(1)) * half
    x1 = (x1 + f4(1)) * half
    y1 = (y1 + f4(1)) * half
    x2 = (x2 + f4(1)) * half
    y2 = (y2 + f4(1)) * half
    A = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if not (abs(A) > f4(0)):
        return
    lo_x = max(min(x0, min(x1, x2)), f4(-1))
    hi_x = min(max(x0, max(x1, x2)), f4(size + 1))
    lo_y = max(min(y0, min(y1, y2)), f4(-1))
    hi_y = min(max(y0, max(y1, y2)), f4(size + 1))
    mnx = max(i4(0), i4(np.ceil(lo_x - f4(0.5))))
    mxx = min(i4(size - 1), i4(np.floor(hi_x - f4(0.5))))
    mny = max(i4(0), i4(np.ceil(lo_y - f4(0.5))))
    mxy = min(i4(size - 1), i4(np.floor(hi_y - f4(0.5))))
    if mnx > mxx or mny > mxy:
        return
    iA = f4(1) / A
    a0 = (y1 - y2) * iA
    a1 = (y2 - y0) * iA
    a2 = (y0 - y1) * iA
    dz = (z0 - z2) * a0 + (z1 - z2) * a1
    px = f4(mnx) + f4(0.5)
    if mxx - mnx < LANES:  # cheaper than to find where each row begins and ends
        for y in range(mny, mxy + 1):
            py = f4(y) + f4(0.5)
            e0 = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) * iA
            e1 = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) * iA
            e2 = f4(1) - e0 - e1
            z = z2 + (z0 - z2) * e0 + (z1 - z2) * e1
            nearest_eight(zb, u8(y * size + mnx), e0, e1, e2, a0, a1, a2, i4(mxx - mnx + 1), z, dz, perspective)
        return
    for y in range(mny, mxy + 1):
        py = f4(y) + f4(0.5)
        e0 = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) * iA
        e1 = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) * iA
        e2 = f4(1) - e0 - e1
        lo = f4(0)
        hi = f4(mxx - mnx)
        if a0 > f4(0):
            if e0 < f4(0):
                lo = max(lo, np.ceil(-e0 / a0))
        elif e0 < f4(0):
            continue
        elif a0 < f4(0):
            hi = min(hi, np.floor(e0 / -a0))
        if a1 > f4(0):
            if e1 < f4(0):
                lo = max(lo, np.ceil(-e1 / a1))
        elif e1 < f4(0):
            continue
        elif a1 < f4(0):
            hi = min(hi, np.floor(e1 / -a1))
        if a2 > f4(0):
            if e2 < f4(0):
                lo = max(lo, np.ceil(-e2 / a2))
        elif e2 < f4(0):
            continue
        elif a2 < f4(0):
            hi = min(hi, np.floor(e2 / -a2))
        if not (lo <= hi):
            continue
        z = z2 + (z0 - z2) * e0 + (z1 - z2) * e1
        first = u8(y * size + mnx)
        for k in range(u8(i4(lo)), u8(i4(hi) + 1)):  # branch-free, with unsigned indices, so that it is vectorised
            d = z + dz * f4(i4(k))
            if perspective:
                d = f4(1) / d
            p = first + k
            zb[p] = d if d < zb[p] else zb[p]


@njit(**OPTIONS)
def shadow_map(
    vertices,
    voff,
    vcount,
    mesh_toff,
    mesh_tcount,
    triangles,
    casts,
    closed,
    map_from_mesh,
    perspective,
    size,
    near,
    out,
):
    """Keep the least depth per texel. Rows 0 and 1 of ``map_from_mesh`` give -1..1 (times depth, when perspective), row 2 depth.

    Of a closed mesh the faces turned away from the light are left out.
    """
    zb = out.ravel()
    P = np.empty((1, 3), f4)
    Q = np.empty((4, 3), f4)
    for o in range(len(voff)):
        if not casts[o]:
            continue
        a = map_from_mesh[o]
        n = vcount[o]
        if len(P) < n:
            P = np.empty((n, 3), f4)
        for v in range(n):
            x = vertices[voff[o] + v, 0]
            y = vertices[voff[o] + v, 1]
            z = vertices[voff[o] + v, 2]
            P[v, 0] = a[0, 0] * x + a[0, 1] * y + a[0, 2] * z + a[0, 3]
            P[v, 1] = a[1, 0] * x + a[1, 1] * y + a[1, 2] * z + a[1, 3]
            P[v, 2] = a[2, 0] * x + a[2, 1] * y + a[2, 2] * z + a[2, 3]
        for k in range(mesh_tcount[o]):
            g = mesh_toff[o] + k
            i = triangles[g, 0]
            j = triangles[g, 1]
            m = triangles[g, 2]
            if not perspective:
                if closed[o] and (P[j, 0] - P[i, 0]) * (P[m, 1] - P[i, 1]) - (P[m, 0] - P[i, 0]) * (
                    P[j, 1] - P[i, 1]
                ) <= f4(0):
                    continue
                _shadow_tri(
                    P[i, 0], P[i, 1], P[i, 2], P[j, 0], P[j, 1], P[j, 2], P[m, 0], P[m, 1], P[m, 2], False, size, zb
                )
                continue
            zi = P[i, 2]
            zj = P[j, 2]
            zm = P[m, 2]
            if zi > near and zj > near and zm > near:
                _shadow_tri(P[i, 0], P[i, 1], zi, P[j, 0], P[j, 1], zj, P[m, 0], P[m, 1], zm, True, size, zb)
            elif zi > near or zj > near or zm > near:
                r = 0
                for c in range(3):
                    s = i if c == 0 else (j if c == 1 else m)
                    e = j if c == 0 else (m if c == 1 else i)
                    da = P[s, 2] - near
                    db = P[e, 2] - near
                    if da > f4(0):
                        Q[r, 0] = P[s, 0]
                        Q[r, 1] = P[s, 1]
                        Q[r, 2] = P[s, 2]
                        r += 1
                    if (da > f4(0)) != (db > f4(0)):
                        f = da / (da - db)
                        Q[r, 0] = P[s, 0] + f * (P[e, 0] - P[s, 0])
                        Q[r, 1] = P[s, 1] + f * (P[e, 1] - P[s, 1])
                        Q[r, 2] = near
                        r += 1
                for c in range(1, r - 1):
                    _shadow_tri(
                        Q[0, 0],
                        Q[0, 1],
                        Q[0, 2],
                        Q[c, 0],
                        Q[c, 1],
                        Q[c, 2],
                        Q[c + 1, 0],
                        Q[c + 1, 1],
                        Q[c + 1, 2],
                        True,
                        size,
                        zb,
                    )


@njit(**OPTIONS)
def components(triangles, vertex_count):
    """Label triangles that share vertices: pieces of surface without a hard edge between them."""
    parent = np.arange(vertex_count)
    for t in range(len(triangles)):
        for k in range(2):
            a = triangles[t, k]
            b = triangles[t, k + 1]
            while parent[a] != a:
                parent[a] = parent[parent[a]]
                a = parent[a]
            while parent[b] != b:
                parent[b] = parent[parent[b]]
                b = parent[b]
            if a < b:
                parent[b] = a
            else:
                parent[a] = b
    out = np.empty(len(triangles), np.int32)
    for t in range(len(triangles)):
        a = triangles[t, 0]
        while parent[a] != a:
            a = parent[a]
        out[t] = a
    return out
