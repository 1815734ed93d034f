"""Lights over a chunk of surface points: branch-free loops that LLVM vectorises.

A chunk is one flat float32 array with a row per quantity; ``CHUNK`` points at most. Rows lie ``ROW`` floats apart, which is
no multiple of a page, lest they share their cache lines. Row offsets are unsigned: numba wraps signed indices around, and
a loop with such an index is not vectorised.
"""

import numpy as np
from numba import njit

from rendersdg.backends.kernels import OPTIONS

f4, i4, i8, u8 = np.float32, np.int32, np.int64, np.uint64
CHUNK = 256
ROW = 272  # fifteen columns of slack: loops run on to a multiple of eight, where the vectorised part ends
PI = f4(3.14159265)
COAT_F0 = f4(0.04)

(
    NX, NY, NZ, WX, WY, WZ, VX, VY, VZ,  # normal, world position, unit vector to the eye
    BR, BG, BB, ME, RO, SP, ER, EG, EB,  # base colour, metalness, roughness squared, reflectance at normal incidence, emission
    AO, SH, R, G, B,  # open fraction of the sky, lit fraction, radiance
    T0, T1, T2, T3, T4,  # scratch
    U, V, AREA, FX, FY, WEIGHT,  # texture coordinates, uv area of a pixel, ray slopes, share of the pixel
    COAT, CRO, CR, CG, CB,  # strength of a clear coat, its roughness squared, radiance from it
    ANI, AX, AY, AZ, BX, BY, BZ,  # anisotropy, unit vector along which a brushed surface is rougher, bent normal
    SMOOTH, INDIRECT, MIRRORED, DIFFUSE, SPECULAR, COAT_MIRRORED,  # of the surface pass, three rows each
) = (np.uint64(k * ROW) for k in (*range(46), *range(46, 64, 3)))  # fmt: skip
ROWS = 64


@njit(**OPTIONS)
def full(n):
    """Return n rounded up to a multiple of eight."""
    return u8((n + 7) & ~7)


@njit(**OPTIONS)
def prepare(n, A, ex, ey, ez):
    """Turn positions into unit view vectors and make normals unit."""
    for i in range(full(n)):
        x = ex - A[WX + i]
        y = ey - A[WY + i]
        z = ez - A[WZ + i]
        q = f4(1) / np.sqrt(max(x * x + y * y + z * z, f4(1e-30)))
        A[VX + i] = x * q
        A[VY + i] = y * q
        A[VZ + i] = z * q
        x = A[NX + i]
        y = A[NY + i]
        z = A[NZ + i]
        q = f4(1) / np.sqrt(max(x * x + y * y + z * z, f4(1e-30)))
        A[NX + i] = x * q
        A[NY + i] = y * q
        A[NZ + i] = z * q


@njit(**OPTIONS)
def ambient(n, A, sh9):
    """Set the radiance to emission and diffuse environment light by nine spherical harmonics (Ramamoorthi and Hanrahan 2001)."""
    r0, r1, r2, r3, r4, r5, r6, r7, r8 = (
        sh9[0, 0], sh9[1, 0], sh9[2, 0], sh9[3, 0], sh9[4, 0], sh9[5, 0], sh9[6, 0], sh9[7, 0], sh9[8, 0],
    )  # fmt: skip
    g0, g1, g2, g3, g4, g5, g6, g7, g8 = (
        sh9[0, 1], sh9[1, 1], sh9[2, 1], sh9[3, 1], sh9[4, 1], sh9[5, 1], sh9[6, 1], sh9[7, 1], sh9[8, 1],
    )  # fmt: skip
    b0, b1, b2, b3, b4, b5, b6, b7, b8 = (
        sh9[0, 2], sh9[1, 2], sh9[2, 2], sh9[3, 2], sh9[4, 2], sh9[5, 2], sh9[6, 2], sh9[7, 2], sh9[8, 2],
    )  # fmt: skip
    for i in range(full(n)):
        x = A[NX + i]
        y = A[NY + i]
        z = A[NZ + i]
        k = (f4(1) - A[ME + i]) * A[AO + i]
        xy = x * y
        yz = y * z
        zz = f4(3) * z * z - f4(1)
        xz = x * z
        xx = x * x - y * y
        r = r0 + r1 * y + r2 * z + r3 * x + r4 * xy + r5 * yz + r6 * zz + r7 * xz + r8 * xx
        g = g0 + g1 * y + g2 * z + g3 * x + g4 * xy + g5 * yz + g6 * zz + g7 * xz + g8 * xx
        b = b0 + b1 * y + b2 * z + b3 * x + b4 * xy + b5 * yz + b6 * zz + b7 * xz + b8 * xx
        A[R + i] = A[ER + i] + max(r, f4(0)) * k * A[BR + i]
        A[G + i] = A[EG + i] + max(g, f4(0)) * k * A[BG + i]
        A[B + i] = A[EB + i] + max(b, f4(0)) * k * A[BB + i]


@njit(**OPTIONS)
def reflect(n, A, I, env, level_stride, level_size, frame, tint):
    """Add specular environment light."""
    _mirror(n, A, I, NX, RO, env, level_stride, level_size, frame, tint)
    _reflected(n, A)


@njit(**OPTIONS)
def reflect_brushed(n, A, I, env, level_stride, level_size, frame, tint):
    """Add specular environment light of surfaces some of which are brushed: their mirror direction leans along the grooves.

    The normal is bent towards the plane of the grooves and the eye (Revie 2011, as in Filament), by the anisotropy.
    """
    one = f4(1)
    for i in range(full(n)):
        nx = A[NX + i]
        ny = A[NY + i]
        nz = A[NZ + i]
        # the grooves run along n x a; what lies across them and the eye, turned back, is the normal of a single groove
        gx = ny * A[AZ + i] - nz * A[AY + i]
        gy = nz * A[AX + i] - nx * A[AZ + i]
        gz = nx * A[AY + i] - ny * A[AX + i]
        d = gx * A[VX + i] + gy * A[VY + i] + gz * A[VZ + i]
        bx = A[VX + i] - d * gx
        by = A[VY + i] - d * gy
        bz = A[VZ + i] - d * gz
        q = A[ANI + i] / np.sqrt(max(bx * bx + by * by + bz * bz, f4(1e-12)))
        k = one - A[ANI + i]
        bx = nx * k + bx * q
        by = ny * k + by * q
        bz = nz * k + bz * q
        q = one / np.sqrt(max(bx * bx + by * by + bz * bz, f4(1e-12)))
        A[BX + i] = bx * q
        A[BY + i] = by * q
        A[BZ + i] = bz * q
    _mirror(n, A, I, BX, RO, env, level_stride, level_size, frame, tint)
    _reflected(n, A)


@njit(**OPTIONS)
def _reflected(n, A):
    """Add the environment's light in T0 to T2 as far as the surface reflects it by T3 and T4."""
    for i in range(full(n)):
        m = A[ME + i]
        f0 = A[SP + i] * (f4(1) - m)
        k = A[AO + i]
        a = A[T3 + i]
        b = A[T4 + i]
        A[R + i] += A[T0 + i] * k * ((f0 + A[BR + i] * m) * a + b)
        A[G + i] += A[T1 + i] * k * ((f0 + A[BG + i] * m) * a + b)
        A[B + i] += A[T2 + i] * k * ((f0 + A[BB + i] * m) * a + b)


@njit(**OPTIONS)
def reflect_coat(n, A, I, env, level_stride, level_size, frame, tint):
    """Add the environment light that a clear coat reflects."""
    _mirror(n, A, I, NX, CRO, env, level_stride, level_size, frame, tint)
    for i in range(full(n)):
        k = A[AO + i] * A[COAT + i] * (COAT_F0 * A[T3 + i] + A[T4 + i])
        A[CR + i] += A[T0 + i] * k
        A[CG + i] += A[T1 + i] * k
        A[CB + i] += A[T2 + i] * k


@njit(**OPTIONS)
def light_coat(n, A, kind, F, l):
    """Add what a clear coat reflects of light ``l``, whose direction and strength :func:`light` has left in T0 to T3."""
    cr, cg, cb = F[l, 6], F[l, 7], F[l, 8]
    lx, ly, lz, wide = F[l, 0], F[l, 1], F[l, 2], F[l, 10]
    one = f4(1)
    near = f4(0) if kind == 0 else one
    for i in range(full(n)):
        x = lx - A[WX + i]
        y = ly - A[WY + i]
        z = lz - A[WZ + i]
        away = one + near * (np.sqrt(x * x + y * y + z * z) - one)
        rough = min(A[CRO + i] + wide / away, one)  # blurred by the size of the emitter
        nl, vh, dg = _lobe(
            A[NX + i], A[NY + i], A[NZ + i], A[VX + i], A[VY + i], A[VZ + i], A[T0 + i], A[T1 + i], A[T2 + i], rough
        )
        w = nl * A[T3 + i] * dg * A[COAT + i] * _schlick(vh)
        A[CR + i] += cr * w
        A[CG + i] += cg * w
        A[CB + i] += cb * w


@njit(**OPTIONS)
def keep(n, A, source, to):
    """Copy three rows."""
    for c in range(3):
        r = u8(c * ROW)
        for i in range(full(n)):
            A[to + r + i] = A[source + r + i]


@njit(**OPTIONS)
def take(n, A, source, to, less):
    """Set three rows to the difference of two others."""
    for c in range(3):
        r = u8(c * ROW)
        for i in range(full(n)):
            A[to + r + i] = A[source + r + i] - A[less + r + i]


@njit(**OPTIONS)
def forget(n, A, rows):
    """Set three rows to nothing."""
    for c in range(3):
        r = u8(c * ROW)
        for i in range(full(n)):
            A[rows + r + i] = f4(0)


@njit(**OPTIONS)
def part_under_coat(n, A):
    """Take from the parts of the radiance what a clear coat turns away; what it reflects counts as mirrored and specular."""
    take(n, A, CR, U, COAT_MIRRORED)  # of the lights alone; the texture coordinates are not needed any more
    for i in range(full(n)):
        nv = max(A[NX + i] * A[VX + i] + A[NY + i] * A[VY + i] + A[NZ + i] * A[VZ + i], f4(0))
        k = f4(1) - A[COAT + i] * _schlick(nv)
        for c in range(3):
            r = u8(c * ROW)
            A[ER + r + i] *= k
            A[INDIRECT + r + i] *= k
            A[DIFFUSE + r + i] *= k
            A[MIRRORED + r + i] = A[MIRRORED + r + i] * k + A[COAT_MIRRORED + r + i]
            A[SPECULAR + r + i] = A[SPECULAR + r + i] * k + A[U + r + i]


@njit(**OPTIONS)
def under_coat(n, A):
    """Take from the radiance what a clear coat turns away, and add what it reflects; then forget that."""
    for i in range(full(n)):
        nv = max(A[NX + i] * A[VX + i] + A[NY + i] * A[VY + i] + A[NZ + i] * A[VZ + i], f4(0))
        k = f4(1) - A[COAT + i] * _schlick(nv)
        A[R + i] = A[R + i] * k + A[CR + i]
        A[G + i] = A[G + i] * k + A[CG + i]
        A[B + i] = A[B + i] * k + A[CB + i]
        A[CR + i] = f4(0)
        A[CG + i] = f4(0)
        A[CB + i] = f4(0)


@njit(**OPTIONS)
def _schlick(cosine):
    """Return the share of light that a coat of index 1.5 reflects (Schlick 1994)."""
    return COAT_F0 + (f4(1) - COAT_F0) * _fifth(f4(1) - cosine)


@njit(**OPTIONS)
def _fifth(p):
    """Return the fifth power."""
    p2 = p * p
    return p2 * p2 * p


@njit(**OPTIONS)
def _lobe(nx, ny, nz, ex, ey, ez, dx, dy, dz, a):
    """Return n.l, v.h and the GGX lobe D G / (4 n.l n.v) with Smith's shadowing, for normal, eye and light, at roughness squared ``a``.

    D = a^2 / (pi d^2), G / (4 nl nv) = 1 / (4 (nl (1 - k) + k) (nv (1 - k) + k)).
    """
    one = f4(1)
    zero = f4(0)
    hx = dx + ex
    hy = dy + ey
    hz = dz + ez
    q = one / np.sqrt(max(hx * hx + hy * hy + hz * hz, f4(1e-12)))
    nl = max(nx * dx + ny * dy + nz * dz, zero)
    nv = max(nx * ex + ny * ey + nz * ez, f4(1e-3))
    nh = max(nx * hx + ny * hy + nz * hz, zero) * q
    vh = max(ex * hx + ey * hy + ez * hz, zero) * q
    d = nh * nh * (a * a - one) + one
    k = a * f4(0.5)
    return nl, vh, a * a / (PI * d * d * (nl * (one - k) + k) * (nv * (one - k) + k) * f4(4))


@njit(**OPTIONS)
def _mirror(n, A, I, normal_row, rough_row, env, level_stride, level_size, frame, tint):
    """Set T0 to T2 to the environment's light about the mirror direction, T3 and T4 to scale and offset of the reflectance.

    ``normal_row`` is the first of the three rows of the normal that mirrors. A prefiltered octahedral map, in the
    frame to which ``frame`` (3, 3) turns, and the split-sum fit of Lazarov (2013). ``I`` is integer scratch of two rows.
    """
    normal_y = normal_row + u8(ROW)
    normal_z = normal_row + u8(2 * ROW)
    one = f4(1)
    zero = f4(0)
    top = f4(len(level_size) - 1)
    f00, f01, f02 = frame[0, 0], frame[0, 1], frame[0, 2]
    f10, f11, f12 = frame[1, 0], frame[1, 1], frame[1, 2]
    f20, f21, f22 = frame[2, 0], frame[2, 1], frame[2, 2]
    t0, t1, t2 = tint[0], tint[1], tint[2]
    for i in range(full(n)):
        nx = A[normal_row + i]
        ny = A[normal_y + i]
        nz = A[normal_z + i]
        ex = A[VX + i]
        ey = A[VY + i]
        ez = A[VZ + i]
        nv = nx * ex + ny * ey + nz * ez
        rx = f4(2) * nv * nx - ex
        ry = f4(2) * nv * ny - ey
        rz = f4(2) * nv * nz - ez
        x = f00 * rx + f01 * ry + f02 * rz
        y = f10 * rx + f11 * ry + f12 * rz
        z = f20 * rx + f21 * ry + f22 * rz
        nv = max(nv, zero)
        s = one / (abs(x) + abs(y) + abs(z))
        u = x * s
        v = y * s
        fu = (one - abs(v)) * (one if u >= zero else -one)
        fv = (one - abs(u)) * (one if v >= zero else -one)
        A[T0 + i] = (u if z >= zero else fu) * f4(0.5) + f4(0.5)
        A[T1 + i] = (v if z >= zero else fv) * f4(0.5) + f4(0.5)
        rough = np.sqrt(A[rough_row + i])
        I[i] = i4(min(rough * top + f4(0.5), top))
        g0 = one - rough
        c = one - nv
        c2 = c * c
        c = c2 * c2
        a004 = min(g0 * g0, c * c2) * g0 + (f4(0.0425) - f4(0.0275) * rough)
        A[T3 + i] = f4(-1.04) * a004 + (f4(1.04) - f4(0.572) * rough)
        A[T4 + i] = max(f4(1.04) * a004 + (f4(0.022) * rough - f4(0.04)), zero)
    sizes = i4(0)  # four bits a level: the binary logarithm of its side
    for k in range(len(level_size)):
        sizes |= i4(np.log2(level_size[k])) << i4(4 * k)
    stride = i4(level_stride)
    for i in range(full(n)):
        level = I[i]
        side = i4(i4(1) << (i4(sizes >> i4(i4(4) * level)) & i4(15)))
        k = f4(side)
        px = min(max(A[T0 + i] * k - f4(0.5), zero), k - f4(1.001))
        py = min(max(A[T1 + i] * k - f4(0.5), zero), k - f4(1.001))
        x0 = i4(px)
        y0 = i4(py)
        A[T0 + i] = px - f4(x0)
        A[T1 + i] = py - f4(y0)
        I[i] = i4(3) * (level * stride + y0 * side + x0)
        I[u8(ROW) + i] = i4(3) * side
    for i in range(u8(n)):
        p = u8(I[i])
        q = p + u8(I[u8(ROW) + i])
        fx = A[T0 + i]
        fy = A[T1 + i]
        w00 = (one - fx) * (one - fy)
        w10 = fx * (one - fy)
        w01 = (one - fx) * fy
        w11 = fx * fy
        A[T0 + i] = env[p] * w00 + env[p + u8(3)] * w10 + env[q] * w01 + env[q + u8(3)] * w11
        A[T1 + i] = env[p + u8(1)] * w00 + env[p + u8(4)] * w10 + env[q + u8(1)] * w01 + env[q + u8(4)] * w11
        A[T2 + i] = env[p + u8(2)] * w00 + env[p + u8(5)] * w10 + env[q + u8(2)] * w01 + env[q + u8(5)] * w11
    for i in range(full(n)):
        A[T0 + i] *= t0
        A[T1 + i] *= t1
        A[T2 + i] *= t2


@njit(**OPTIONS)
def light(n, A, kind, F, l, is_brushed, gloss):
    """Add light ``l`` of the light table ``F``; ``kind`` 0 is distant, 1 is local. ``is_brushed`` heeds the grooves.

    ``gloss`` 1, or 0 for the diffuse part alone.
    """
    lx, ly, lz, ax, ay, az = F[l, 0], F[l, 1], F[l, 2], F[l, 3], F[l, 4], F[l, 5]
    soft, wide, cos_out, lambert = F[l, 9], F[l, 10], F[l, 11], F[l, 13]
    cone = f4(1) / (F[l, 12] - cos_out)
    # direction, strength, and the roughness widened by the size of the emitter, which blurs its highlight (Karis 2013)
    if kind == 0:
        for i in range(full(n)):
            A[T0 + i] = lx
            A[T1 + i] = ly
            A[T2 + i] = lz
            A[T3 + i] = A[SH + i]
            A[T4 + i] = min(A[RO + i] + wide, f4(1))
    elif cos_out < f4(-1.5) and lambert == f4(0):  # shines alike in all directions
        for i in range(full(n)):
            dx = lx - A[WX + i]
            dy = ly - A[WY + i]
            dz = lz - A[WZ + i]
            d2 = dx * dx + dy * dy + dz * dz
            q = f4(1) / np.sqrt(d2)
            A[T0 + i] = dx * q
            A[T1 + i] = dy * q
            A[T2 + i] = dz * q
            A[T3 + i] = A[SH + i] / (d2 + soft)
            A[T4 + i] = min(A[RO + i] + wide * q, f4(1))
    else:
        for i in range(full(n)):
            dx = lx - A[WX + i]
            dy = ly - A[WY + i]
            dz = lz - A[WZ + i]
            d2 = dx * dx + dy * dy + dz * dz
            q = f4(1) / np.sqrt(d2)
            dx *= q
            dy *= q
            dz *= q
            facing = -(dx * ax + dy * ay + dz * az)
            spot = min(max((facing - cos_out) * cone, f4(0)), f4(1))
            emit = lambert * max(facing, f4(0)) + (f4(1) - lambert)
            A[T0 + i] = dx
            A[T1 + i] = dy
            A[T2 + i] = dz
            A[T3 + i] = spot * spot * (f4(3) - f4(2) * spot) * emit * A[SH + i] / (d2 + soft)
            A[T4 + i] = min(A[RO + i] + wide * q, f4(1))
    if is_brushed:
        _scatter_brushed(n, A, F[l, 6], F[l, 7], F[l, 8], gloss)
    else:
        _scatter(n, A, F[l, 6], F[l, 7], F[l, 8], gloss)


@njit(**OPTIONS)
def groove(n, A):
    """Make the directions across the grooves unit vectors on the surface."""
    for i in range(full(n)):
        nx = A[NX + i]
        ny = A[NY + i]
        nz = A[NZ + i]
        x = A[AX + i]
        y = A[AY + i]
        z = A[AZ + i]
        d = x * nx + y * ny + z * nz
        x -= d * nx
        y -= d * ny
        z -= d * nz
        q = f4(1) / np.sqrt(max(x * x + y * y + z * z, f4(1e-30)))
        A[AX + i] = x * q
        A[AY + i] = y * q
        A[AZ + i] = z * q


@njit(**OPTIONS)
def _scatter(n, A, cr, cg, cb, gloss):
    """Add light from the direction T0..T2 of strength T3 at roughness T4: Lambert, and GGX with Smith's and Schlick's terms."""
    for i in range(full(n)):
        nl, vh, dg = _lobe(
            A[NX + i], A[NY + i], A[NZ + i], A[VX + i], A[VY + i], A[VZ + i], A[T0 + i], A[T1 + i], A[T2 + i], A[T4 + i]
        )
        _shine(A, i, nl, vh, dg * gloss, cr, cg, cb)


@njit(**OPTIONS)
def _scatter_brushed(n, A, cr, cg, cb, gloss):
    """The same where some surfaces are brushed: rougher across their grooves, smoother along them (Burley 2012, section B.2).

    D = 1 / (pi au av e^2), e = (a.h / au)^2 + (g.h / av)^2 + (n.h)^2, with roughnesses au across and av along the grooves g.
    """
    one = f4(1)
    for i in range(full(n)):
        nx, ny, nz, ex, ey, ez, dx, dy, dz = (
            A[NX + i], A[NY + i], A[NZ + i], A[VX + i], A[VY + i], A[VZ + i], A[T0 + i], A[T1 + i], A[T2 + i],
        )  # fmt: skip
        a = A[T4 + i]
        nl, vh, dg = _lobe(nx, ny, nz, ex, ey, ez, dx, dy, dz, a)
        hx = dx + ex
        hy = dy + ey
        hz = dz + ez
        q = one / np.sqrt(max(hx * hx + hy * hy + hz * hz, f4(1e-12)))
        nh = max(nx * hx + ny * hy + nz * hz, f4(0)) * q
        ah = (A[AX + i] * hx + A[AY + i] * hy + A[AZ + i] * hz) * q
        aspect = np.sqrt(one - f4(0.9) * A[ANI + i])
        wide = a - A[RO + i]  # by the size of the emitter
        au = min(A[RO + i] / aspect, one) + wide
        av = A[RO + i] * aspect + wide
        across = ah * ah
        square = nh * nh
        e = across / (au * au) + max(one - square - across, f4(0)) / (av * av) + square
        d = square * (a * a - one) + one
        _shine(A, i, nl, vh, dg * (d * d) / (a * a * au * av * e * e) * gloss, cr, cg, cb)


@njit(**OPTIONS)
def _shine(A, i, nl, vh, dg, cr, cg, cb):
    """Add to the radiance of a point what it sends of light of strength T3: the diffuse part, and the lobe ``dg`` of the mirror's."""
    one = f4(1)
    p = _fifth(one - vh)
    m = A[ME + i]
    f0 = A[SP + i] * (one - m)
    br = A[BR + i]
    bg = A[BG + i]
    bb = A[BB + i]
    fr = f0 + br * m
    fg = f0 + bg * m
    fb = f0 + bb * m
    fr = fr + (one - fr) * p
    fg = fg + (one - fg) * p
    fb = fb + (one - fb) * p
    kd = (one - m) * f4(0.318309886)
    w = nl * A[T3 + i]
    A[R + i] += cr * w * ((one - fr) * kd * br + dg * fr)
    A[G + i] += cg * w * ((one - fg) * kd * bg + dg * fg)
    A[B + i] += cb * w * ((one - fb) * kd * bb + dg * fb)


@njit(**OPTIONS)
def shadow(n, A, I, F, l, maps, index, face_count, faces, matrices, size, bias, kind):
    """Set the lit fraction: 3x3 percentage-closer filtering of a map (kind 0), or of one face of a cube (kind 1).

    ``maps`` holds all texels flat, ``face_count`` squares of ``size`` a light; ``I`` is integer scratch.
    """
    half = f4(0.5 * size)
    off = bias[index]
    base = index * face_count * size * size
    if kind == 0:
        m = faces[index, 0]
        a0, a1, a2, a3 = m[0, 0], m[0, 1], m[0, 2], m[0, 3]
        b0, b1, b2, b3 = m[1, 0], m[1, 1], m[1, 2], m[1, 3]
        c0, c1, c2, c3 = m[2, 0], m[2, 1], m[2, 2], m[2, 3]
        lx, ly, lz = F[l, 0], F[l, 1], F[l, 2]
        for i in range(full(n)):
            nx = A[NX + i]
            ny = A[NY + i]
            nz = A[NZ + i]
            x = A[WX + i] + nx * off
            y = A[WY + i] + ny * off
            z = A[WZ + i] + nz * off
            A[T0 + i] = (a0 * x + a1 * y + a2 * z + a3 + f4(1)) * half - f4(0.5)
            A[T1 + i] = (b0 * x + b1 * y + b2 * z + b3 + f4(1)) * half - f4(0.5)
            A[T2 + i] = c0 * x + c1 * y + c2 * z + c3 - off * f4(0.5)
            A[T3 + i] = nx * lx + ny * ly + nz * lz
            I[i] = 0
    else:
        for i in range(u8(n)):
            x = A[WX + i]
            y = A[WY + i]
            z = A[WZ + i]
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
            step = off * (
                faces[index, f, 2, 0] * x
                + faces[index, f, 2, 1] * y
                + faces[index, f, 2, 2] * z
                + faces[index, f, 2, 3]
            )
            x += A[NX + i] * step
            y += A[NY + i] * step
            z += A[NZ + i] * step
            cx = (
                faces[index, f, 0, 0] * x
                + faces[index, f, 0, 1] * y
                + faces[index, f, 0, 2] * z
                + faces[index, f, 0, 3]
            )
            cy = (
                faces[index, f, 1, 0] * x
                + faces[index, f, 1, 1] * y
                + faces[index, f, 1, 2] * z
                + faces[index, f, 1, 3]
            )
            cz = (
                faces[index, f, 2, 0] * x
                + faces[index, f, 2, 1] * y
                + faces[index, f, 2, 2] * z
                + faces[index, f, 2, 3]
            )
            q = f4(1) / max(cz, f4(1e-6))
            A[T0 + i] = (cx * q + f4(1)) * half - f4(0.5)
            A[T1 + i] = (cy * q + f4(1)) * half - f4(0.5)
            A[T2 + i] = cz * f4(0.999) - step * f4(0.5)
            A[T3 + i] = f4(1)
            I[i] = f * size * size
    _filter(n, A, I, maps, base, size)


@njit(**OPTIONS)
def _filter(n, A, I, maps, base, size):
    """Set the lit fraction of depth T2 about texel (T0, T1) of the map at ``base`` plus I, 0 where T3 is not positive.

    A 4x4 block of comparisons with bilinear ends is a smooth 3x3 filter.
    """
    one = u8(1)
    two = u8(2)
    side = u8(size)
    last = i4(size - 2)
    for i in range(full(n)):
        A[T0 + i] = min(max(A[T0 + i], f4(-1)), f4(size))
        A[T1 + i] = min(max(A[T1 + i], f4(-1)), f4(size))
    for i in range(u8(n)):
        if A[T3 + i] <= f4(0):  # turned away: no light of this source, shadow or not
            A[SH + i] = f4(0)
            continue
        cx = A[T0 + i]
        cy = A[T1 + i]
        cz = A[T2 + i]
        ix = i4(cx)
        iy = i4(cy)
        if ix <= 0 or iy <= 0 or ix >= last or iy >= last:
            A[SH + i] = f4(1)
            continue
        row0 = u8(base + I[i] + (iy - 1) * size + ix)
        row2 = row0 + side + side
        row3 = row2 + side
        corners = (
            i4(cz <= maps[row0 - one])
            + i4(cz <= maps[row0 + two])
            + i4(cz <= maps[row3 - one])
            + i4(cz <= maps[row3 + two])
            + i4(cz <= maps[row2])
        )
        if corners == 0 or corners == 5:  # all of one mind: no edge of a shadow here
            A[SH + i] = f4(corners) * f4(0.2)
            continue
        fx = cx - f4(ix)
        fy = cy - f4(iy)
        s = f4(0)
        for k in range(4):
            r = (
                (f4(1) - fx) * f4(cz <= maps[row0 - one])
                + f4(cz <= maps[row0])
                + f4(cz <= maps[row0 + one])
                + fx * f4(cz <= maps[row0 + two])
            )
            s += r * (f4(1) - fy if k == 0 else (fy if k == 3 else f4(1)))
            row0 += side
        A[SH + i] = s * f4(1.0 / 9.0)
