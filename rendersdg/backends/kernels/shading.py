"""From triangles to colour: one shading per pixel and surface.

The sweep lists fragments (a surface within a pixel); runs of one triangle are interpolated, textured and lit in branch-free
loops over a chunk of them.
"""

import numpy as np
from numba import njit

from rendersdg.backends.kernels import OPTIONS, decals, lighting, sky
from rendersdg.backends.kernels.lighting import (
    ANI,
    AO,
    AREA,
    AX,
    AY,
    AZ,
    BB,
    BG,
    BR,
    CHUNK,
    COAT,
    COAT_MIRRORED,
    CR,
    CRO,
    DIFFUSE,
    EB,
    EG,
    ER,
    FX,
    FY,
    INDIRECT,
    ME,
    MIRRORED,
    NX,
    NY,
    NZ,
    RO,
    ROW,
    ROWS,
    SH,
    SMOOTH,
    SP,
    SPECULAR,
    T0,
    T1,
    T2,
    WEIGHT,
    WX,
    WY,
    WZ,
    B,
    G,
    R,
    U,
    V,
    full,
)  # fmt: skip
from rendersdg.backends.kernels.triangles import COMMON, SLOTS, across, clamped, serves, set_up

f4, i4, i8, u8 = np.float32, np.int32, np.int64, np.uint64

# columns of the material tables
BASE, METAL, ROUGH, F0, EMIT, BUMP, UVSX, UVSY, UVC, UVS, UVTX, UVTY = 0, 3, 4, 5, 8, 11, 12, 13, 14, 15, 16, 17
M_COAT, M_COAT_ROUGH, M_ANISOTROPY = 18, 19, 20
T_BASE, T_METAL, C_METAL, T_ROUGH, C_ROUGH, T_NORMAL, T_EMIT, USE_COLOUR, PROJECT, TEXTURED = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    9,
    10,
    11,
)
# columns of a record beyond the common ones: texture coordinates (first corner and two edges), tangents, corner colours
UV, UV_AREA, TANGENT, COLOUR, COLUMNS = COMMON, COMMON + 6, COMMON + 7, COMMON + 13, COMMON + 22
# channels of the surface pass; what is a colour or a vector has three
S_BASE, S_METAL, S_ROUGH, S_F0, S_EMIT, S_SMOOTH, S_NORMAL, S_WORLD, S_OPEN = 0, 3, 4, 5, 6, 9, 12, 15, 18
S_INDIRECT, S_MIRRORED, S_DIFFUSE, S_SPECULAR, S_BACKGROUND, SURFACE_CHANNELS = 19, 22, 25, 28, 31, 34
# rows of the integer scratch: mip level, the four texels about a point, weights of all but the first
LEVEL, P00, P10, P01, P11, W10, W01, W11 = (np.uint64(k * ROW) for k in range(8))
EVEN = np.uint64(0x0000FFFF0000FFFF)


@njit(**OPTIONS)
def _sample(a, b, A, I, texels, tex_level, tex_size, tex):
    """Bilinear samples of the mip level whose texels match the uv area of a pixel: r, g, b in 0..1 into T0, T1, T2.

    Weights have eight bits; the four channels of a texel are blended two at a time in one 64-bit word.
    """
    width = i4(tex_size[tex, 0])
    height = i4(tex_size[tex, 1])
    w = f4(width)
    h = f4(height)
    last = i4(tex_size[tex, 2] - 1)
    one = i4(1)
    eight = i4(8)
    low = i4(255)
    for i in range(u8(a), u8(a) + full(b - a)):
        # texels a pixel; each level holds a quarter
        exponent = i4((f4(A[AREA + i] * w * h).view(np.int32) >> i4(23)) & low) - i4(127)
        level = i4(min(max(i4((exponent + one) >> one), i4(0)), last))
        shrink = i4((i4(127) - level) << i4(23)).view(np.float32)  # 2 ** -level
        u = A[U + i]
        v = f4(1) - A[V + i]
        x = i4(np.floor((u - np.floor(u)) * max(w * shrink, f4(1)) * f4(256) - f4(128)))
        y = i4(np.floor((v - np.floor(v)) * max(h * shrink, f4(1)) * f4(256) - f4(128)))
        right = i4(max(i4(width >> level), one) - one)
        below = i4(max(i4(height >> level), one) - one)
        x0 = i4((x >> eight) & right)
        x1 = i4(((x >> eight) + one) & right)
        y0 = i4(((y >> eight) & below) * (right + one))
        y1 = i4((((y >> eight) + one) & below) * (right + one))
        I[LEVEL + i] = level
        I[P00 + i] = y0 + x0
        I[P10 + i] = y0 + x1
        I[P01 + i] = y1 + x0
        I[P11 + i] = y1 + x1
        fx = i4(x & low)
        fy = i4(y & low)
        w11 = i4((fx * fy) >> eight)
        I[W10 + i] = fx - w11
        I[W01 + i] = fy - w11
        I[W11 + i] = w11
    for i in range(u8(a), u8(b)):
        off = u8(tex_level[u8(tex), u8(I[LEVEL + i])])
        w10 = u8(I[W10 + i])
        w01 = u8(I[W01 + i])
        w11 = u8(I[W11 + i])
        w00 = u8(256) - w10 - w01 - w11
        p = texels[off + u8(I[P00 + i])]
        q = texels[off + u8(I[P10 + i])]
        r = texels[off + u8(I[P01 + i])]
        s = texels[off + u8(I[P11 + i])]
        rb = (p & EVEN) * w00 + (q & EVEN) * w10 + (r & EVEN) * w01 + (s & EVEN) * w11
        g = (
            ((p >> u8(16)) & EVEN) * w00
            + ((q >> u8(16)) & EVEN) * w10
            + ((r >> u8(16)) & EVEN) * w01
            + ((s >> u8(16)) & EVEN) * w11
        )
        A[T0 + i] = f4(i4(rb & u8(0xFFFFFFFF)))
        A[T1 + i] = f4(i4(g & u8(0xFFFFFFFF)))
        A[T2 + i] = f4(i4(rb >> u8(32)))
    unit = f4(1.0 / (65535.0 * 256.0))
    for i in range(u8(a), u8(a) + full(b - a)):
        A[T0 + i] *= unit
        A[T1 + i] *= unit
        A[T2 + i] *= unit


@njit(inline="always", **OPTIONS)
def _interpolate(A, rec, k, a, b, C, pixel):
    """Fill position, normal, texture coordinates and uv area of the fragments a..b, all of one triangle."""
    rdx, rdy, a0, a1, a2, b0, b1, b2, c0, c1, c2 = (
        rec[k, 0], rec[k, 1], rec[k, 2], rec[k, 3], rec[k, 4], rec[k, 5], rec[k, 6], rec[k, 7], rec[k, 8], rec[k, 9], rec[k, 10],
    )  # fmt: skip
    wa, wb, wc = rec[k, 11], rec[k, 12], rec[k, 13]
    n00, n01, n02, n10, n11, n12, n20, n21, n22 = (
        rec[k, 14], rec[k, 15], rec[k, 16], rec[k, 17], rec[k, 18], rec[k, 19], rec[k, 20], rec[k, 21], rec[k, 22],
    )  # fmt: skip
    ua, va, ub, vb, uc, vc = rec[k, UV], rec[k, UV + 1], rec[k, UV + 2], rec[k, UV + 3], rec[k, UV + 4], rec[k, UV + 5]
    area = rec[k, UV_AREA] * pixel
    m00, m01, m02, m03 = C[0, 0], C[0, 1], C[0, 2], C[0, 3]
    m10, m11, m12, m13 = C[1, 0], C[1, 1], C[1, 2], C[1, 3]
    m20, m21, m22, m23 = C[2, 0], C[2, 1], C[2, 2], C[2, 3]
    for i in range(u8(a), u8(a) + full(b - a)):
        dx = A[FX + i]
        dy = A[FY + i]
        ddx = dx - rdx
        ddy = dy - rdy
        e0, e1, e2, ie = clamped(a0 + ddx * a1 + ddy * a2, b0 + ddx * b1 + ddy * b2, c0 + ddx * c1 + ddy * c2)
        w = e0 * wa + e1 * wb + e2 * wc
        x = dx * w
        y = dy * w
        A[WX + i] = m00 * x + m01 * y - m02 * w + m03
        A[WY + i] = m10 * x + m11 * y - m12 * w + m13
        A[WZ + i] = m20 * x + m21 * y - m22 * w + m23
        A[NX + i] = e0 * n00 + e1 * n10 + e2 * n20
        A[NY + i] = e0 * n01 + e1 * n11 + e2 * n21
        A[NZ + i] = e0 * n02 + e1 * n12 + e2 * n22
        A[U + i] = ua + e1 * ub + e2 * uc
        A[V + i] = va + e1 * vb + e2 * vc
        # d(barycentrics)/d(ray) is depth^2 / (sum of the edge functions)
        A[AREA + i] = area * w * w * ie


@njit(**OPTIONS)
def _interpolate_bent(A, rec, k, a, b, C, pixel, rays, ray_x, ray_y, ray_z, ia, ib, ic, cam):
    """The same under a projection that bends lines, along the rays of the fragments."""
    for i in range(u8(a), u8(b)):
        q = rays[i]
        e0, e1, e2, ie = across(ia, ib, ic, cam, ray_x[q], ray_y[q], ray_z[q])
        w = e0 * rec[k, 11] + e1 * rec[k, 12] + e2 * rec[k, 13]
        x = e0 * cam[ia, 0] + e1 * cam[ib, 0] + e2 * cam[ic, 0]
        y = e0 * cam[ia, 1] + e1 * cam[ib, 1] + e2 * cam[ic, 1]
        A[WX + i] = C[0, 0] * x + C[0, 1] * y - C[0, 2] * w + C[0, 3]
        A[WY + i] = C[1, 0] * x + C[1, 1] * y - C[1, 2] * w + C[1, 3]
        A[WZ + i] = C[2, 0] * x + C[2, 1] * y - C[2, 2] * w + C[2, 3]
        A[NX + i] = e0 * rec[k, 14] + e1 * rec[k, 17] + e2 * rec[k, 20]
        A[NY + i] = e0 * rec[k, 15] + e1 * rec[k, 18] + e2 * rec[k, 21]
        A[NZ + i] = e0 * rec[k, 16] + e1 * rec[k, 19] + e2 * rec[k, 22]
        A[U + i] = rec[k, UV] + e1 * rec[k, UV + 2] + e2 * rec[k, UV + 4]
        A[V + i] = rec[k, UV + 1] + e1 * rec[k, UV + 3] + e2 * rec[k, UV + 5]
        A[AREA + i] = rec[k, UV_AREA] * pixel * (w * w + x * x + y * y) * ie


@njit(**OPTIONS)
def _paint(A, a, b, M, m, is_coated):
    """Fill the material's constants, those of a clear coat too if any material has one."""
    br, bg, bb, me, ro, sp, er, eg, eb = (
        M[m, BASE], M[m, BASE + 1], M[m, BASE + 2], M[m, METAL], M[m, ROUGH], M[m, F0], M[m, EMIT], M[m, EMIT + 1], M[m, EMIT + 2],
    )  # fmt: skip
    for i in range(u8(a), u8(a) + full(b - a)):
        A[BR + i] = br
        A[BG + i] = bg
        A[BB + i] = bb
        A[ME + i] = me
        A[RO + i] = ro
        A[SP + i] = sp
        A[ER + i] = er
        A[EG + i] = eg
        A[EB + i] = eb
    if not is_coated:
        return
    coat = M[m, M_COAT]
    rough = max(M[m, M_COAT_ROUGH], f4(0.045))
    for i in range(u8(a), u8(a) + full(b - a)):
        A[COAT + i] = coat
        A[CRO + i] = rough * rough


@njit(**OPTIONS)
def _brush(A, rec, k, a, b, M, m):
    """Fill the anisotropy and the direction across the grooves, that of growing u; without texture coordinates there are none."""
    strength = M[m, M_ANISOTROPY] if rec[k, UV_AREA] > f4(1e-20) else f4(0)
    x, y, z = rec[k, TANGENT], rec[k, TANGENT + 1], rec[k, TANGENT + 2]
    q = f4(1) / np.sqrt(max(x * x + y * y + z * z, f4(1e-30)))
    x *= q
    y *= q
    z *= q
    for i in range(u8(a), u8(a) + full(b - a)):
        A[ANI + i] = strength
        A[AX + i] = x
        A[AY + i] = y
        A[AZ + i] = z


@njit(**OPTIONS)
def _paint_corners(A, rec, k, a, b):
    """Multiply the base colour by the interpolated vertex colours."""
    for i in range(u8(a), u8(a) + full(b - a)):
        ddx = A[FX + i] - rec[k, 0]
        ddy = A[FY + i] - rec[k, 1]
        e0, e1, e2, _ = clamped(
            rec[k, 2] + ddx * rec[k, 3] + ddy * rec[k, 4],
            rec[k, 5] + ddx * rec[k, 6] + ddy * rec[k, 7],
            rec[k, 8] + ddx * rec[k, 9] + ddy * rec[k, 10],
        )
        A[BR + i] *= e0 * rec[k, COLOUR] + e1 * rec[k, COLOUR + 3] + e2 * rec[k, COLOUR + 6]
        A[BG + i] *= e0 * rec[k, COLOUR + 1] + e1 * rec[k, COLOUR + 4] + e2 * rec[k, COLOUR + 7]
        A[BB + i] *= e0 * rec[k, COLOUR + 2] + e1 * rec[k, COLOUR + 5] + e2 * rec[k, COLOUR + 8]


@njit(**OPTIONS)
def _paint_textures(A, I, rec, k, a, b, M, K, m, texels, tex_level, tex_size):
    """Multiply the material's constants by its textures, and bend the normals by its normal map."""
    if K[m, T_BASE] >= 0:
        _sample(a, b, A, I, texels, tex_level, tex_size, K[m, T_BASE])
        for i in range(u8(a), u8(a) + full(b - a)):
            A[BR + i] *= A[T0 + i]
            A[BG + i] *= A[T1 + i]
            A[BB + i] *= A[T2 + i]
    if K[m, T_METAL] >= 0:
        _sample(a, b, A, I, texels, tex_level, tex_size, K[m, T_METAL])
        row = T0 if K[m, C_METAL] == 0 else (T1 if K[m, C_METAL] == 1 else T2)
        for i in range(u8(a), u8(a) + full(b - a)):
            A[ME + i] *= A[row + i]
    if K[m, T_ROUGH] >= 0:
        _sample(a, b, A, I, texels, tex_level, tex_size, K[m, T_ROUGH])
        row = T0 if K[m, C_ROUGH] == 0 else (T1 if K[m, C_ROUGH] == 1 else T2)
        for i in range(u8(a), u8(a) + full(b - a)):
            A[RO + i] *= A[row + i]
    if K[m, T_EMIT] >= 0:
        _sample(a, b, A, I, texels, tex_level, tex_size, K[m, T_EMIT])
        for i in range(u8(a), u8(a) + full(b - a)):
            A[ER + i] *= A[T0 + i]
            A[EG + i] *= A[T1 + i]
            A[EB + i] *= A[T2 + i]
    if K[m, T_NORMAL] >= 0 and rec[k, UV_AREA] > f4(1e-20):
        _sample(a, b, A, I, texels, tex_level, tex_size, K[m, T_NORMAL])
        bump = M[m, BUMP]
        for i in range(u8(a), u8(a) + full(b - a)):
            tx = (A[T0 + i] * f4(2) - f4(1)) * bump
            ty = (A[T1 + i] * f4(2) - f4(1)) * bump
            tz = max(A[T2 + i] * f4(2) - f4(1), f4(0.05))
            nx = A[NX + i]
            ny = A[NY + i]
            nz = A[NZ + i]
            q = f4(1) / np.sqrt(max(nx * nx + ny * ny + nz * nz, f4(1e-30)))
            nx *= q
            ny *= q
            nz *= q
            hx, hy, hz = _orthogonal(rec[k, TANGENT], rec[k, TANGENT + 1], rec[k, TANGENT + 2], nx, ny, nz)
            kx, ky, kz = _orthogonal(rec[k, TANGENT + 3], rec[k, TANGENT + 4], rec[k, TANGENT + 5], nx, ny, nz)
            A[NX + i] = hx * tx + kx * ty + nx * tz
            A[NY + i] = hy * tx + ky * ty + ny * tz
            A[NZ + i] = hz * tx + kz * ty + nz * tz


@njit(**OPTIONS)
def _orthogonal(x, y, z, nx, ny, nz):
    """Return a vector made orthogonal to a unit normal, as a unit vector."""
    d = x * nx + y * ny + z * nz
    x -= d * nx
    y -= d * ny
    z -= d * nz
    q = f4(1) / np.sqrt(max(x * x + y * y + z * z, f4(1e-30)))
    return x * q, y * q, z * q


@njit(inline="always", **OPTIONS)
def _set_up_surface(rec, k, va, vb, vc, M, K, m, along, vertices, normals, uvs, colours, W, o):
    """Fill the columns of a record that the material needs, tangents if ``along``; ``W[o]`` is world_from_mesh."""
    if K[m, USE_COLOUR]:
        for c in range(3):
            v = va if c == 0 else (vb if c == 1 else vc)
            rec[k, COLOUR + 3 * c] = colours[v, 0]
            rec[k, COLOUR + 3 * c + 1] = colours[v, 1]
            rec[k, COLOUR + 3 * c + 2] = colours[v, 2]
    if not K[m, TEXTURED]:
        for c in range(UV, COLOUR):
            rec[k, c] = f4(0)
        return
    ua, wa = _coordinates(va, va, K[m, PROJECT], vertices, normals, uvs, W, o)
    ub, wb = _coordinates(vb, va, K[m, PROJECT], vertices, normals, uvs, W, o)
    uc, wc = _coordinates(vc, va, K[m, PROJECT], vertices, normals, uvs, W, o)
    ub -= ua
    wb -= wa
    uc -= ua
    wc -= wa
    k0 = M[m, UVSX] * M[m, UVC]
    k1 = -M[m, UVSY] * M[m, UVS]
    k2 = M[m, UVSX] * M[m, UVS]
    k3 = M[m, UVSY] * M[m, UVC]
    u_b = k0 * ub + k1 * wb
    v_b = k2 * ub + k3 * wb
    u_c = k0 * uc + k1 * wc
    v_c = k2 * uc + k3 * wc
    rec[k, UV] = k0 * ua + k1 * wa + M[m, UVTX]
    rec[k, UV + 1] = k2 * ua + k3 * wa + M[m, UVTY]
    rec[k, UV + 2] = u_b
    rec[k, UV + 3] = v_b
    rec[k, UV + 4] = u_c
    rec[k, UV + 5] = v_c
    det = u_b * v_c - u_c * v_b
    rec[k, UV_AREA] = abs(det)
    if not along:
        return
    # the tangent runs along growing u, the bitangent along growing v; their lengths do not matter
    s = f4(1) if det > f4(0) else f4(-1)
    for r in range(3):
        p = f4(0)
        q = f4(0)
        for c in range(3):
            p += W[o, r, c] * (vertices[vb, c] - vertices[va, c])
            q += W[o, r, c] * (vertices[vc, c] - vertices[va, c])
        rec[k, TANGENT + r] = (p * v_c - q * v_b) * s
        rec[k, TANGENT + 3 + r] = (q * u_b - p * u_c) * s


@njit(**OPTIONS)
def _coordinates(v, first, project, vertices, normals, uvs, W, o):
    """Texture coordinates of a corner: its own, or in metres along the two axes that the triangle faces least."""
    if not project:
        return uvs[v, 0], uvs[v, 1]
    sx = np.sqrt(W[o, 0, 0] * W[o, 0, 0] + W[o, 1, 0] * W[o, 1, 0] + W[o, 2, 0] * W[o, 2, 0])
    sy = np.sqrt(W[o, 0, 1] * W[o, 0, 1] + W[o, 1, 1] * W[o, 1, 1] + W[o, 2, 1] * W[o, 2, 1])
    sz = np.sqrt(W[o, 0, 2] * W[o, 0, 2] + W[o, 1, 2] * W[o, 1, 2] + W[o, 2, 2] * W[o, 2, 2])
    x = abs(normals[first, 0])
    y = abs(normals[first, 1])
    z = abs(normals[first, 2])
    if z >= x and z >= y:
        return vertices[v, 0] * sx, vertices[v, 1] * sy
    if x >= y:
        return vertices[v, 1] * sy, vertices[v, 2] * sz
    return vertices[v, 0] * sx, vertices[v, 2] * sz


@njit(**OPTIONS)
def _keep_surface(n, A, at, mine, out):
    """Write the surface channels of the fragments at pixel centres into a row of pixels."""
    for i in range(u8(n)):
        if not mine[i]:
            continue
        p = at[i]
        for c in range(u8(3)):
            r = c * u8(ROW) + i
            out[p, u8(S_BASE) + c] = A[BR + r]
            out[p, u8(S_EMIT) + c] = A[ER + r]
            out[p, u8(S_SMOOTH) + c] = A[SMOOTH + r]
            out[p, u8(S_NORMAL) + c] = A[NX + r]
            out[p, u8(S_WORLD) + c] = A[WX + r]
            out[p, u8(S_INDIRECT) + c] = A[INDIRECT + r]
            out[p, u8(S_MIRRORED) + c] = A[MIRRORED + r]
            out[p, u8(S_DIFFUSE) + c] = A[DIFFUSE + r]
            out[p, u8(S_SPECULAR) + c] = A[SPECULAR + r]
        out[p, S_METAL] = A[ME + i]
        out[p, S_ROUGH] = np.sqrt(A[RO + i])
        out[p, S_F0] = A[SP + i]
        out[p, S_OPEN] = A[AO + i]


@njit(**OPTIONS)
def _paint_sky(n, S, at, tone, scale, lut, rgb, acc):
    """Write a row's whole pixels of sky to ``rgb`` (W, 4), and add the shares of others to ``acc`` (W, 3)."""
    for i in range(full(n)):
        S[sky.U + i] = min(np.sqrt(max(S[sky.R + i] * tone, f4(0))), f4(1)) * scale
        S[sky.V + i] = min(np.sqrt(max(S[sky.G + i] * tone, f4(0))), f4(1)) * scale
        S[sky.DZ + i] = min(np.sqrt(max(S[sky.B + i] * tone, f4(0))), f4(1)) * scale
    for i in range(u8(n)):
        w = S[sky.SHARE + i]
        r = lut[u8(i4(S[sky.U + i]))]
        g = lut[u8(i4(S[sky.V + i]))]
        b = lut[u8(i4(S[sky.DZ + i]))]
        p = u8(at[i])
        if w == f4(1):
            rgb[p, 0] = np.uint8(r)
            rgb[p, 1] = np.uint8(g)
            rgb[p, 2] = np.uint8(b)
            rgb[p, 3] = 255
        else:
            acc[p, 0] += w * r
            acc[p, 1] += w * g
            acc[p, 2] += w * b


@njit(**OPTIONS)
def _keep_sky(n, S, at, mine, out):
    """Write the background of the fragments at pixel centres into a row of pixels."""
    for i in range(u8(n)):
        if mine[i]:
            p = at[i]
            out[p, S_BACKGROUND] = S[sky.R + i]
            out[p, S_BACKGROUND + 1] = S[sky.G + i]
            out[p, S_BACKGROUND + 2] = S[sky.B + i]


@njit(**OPTIONS)
def _inner(tb, above, here, below, W, down, across, inner):
    """Flag the pixels whose nine samples (the centre and the half-pixel ring) all show one triangle. Column 0 has no left.

    ``down`` and ``across`` (2W,) are scratch: whether a column shows one triangle, and whether the next one shows the same.
    """
    a = u8(above)
    h = u8(here)
    b = u8(below)
    one = u8(1)
    last = u8(2 * W - 1)
    for k in range(last):
        t = tb[h + k]
        down[k] = (tb[a + k] == t) & (tb[b + k] == t)
        across[k] = tb[h + k + one] == t
    down[last] = (tb[a + last] == tb[h + last]) & (tb[b + last] == tb[h + last])
    inner[0] = down[0] & down[1] & across[0]
    for x in range(u8(1), u8(W)):
        k = u8(2) * x
        inner[x] = down[k - one] & down[k] & down[k + one] & across[k - one] & across[k]


@njit(**OPTIONS)
def _of_one_surface(tb, tri_key, t, above, here, below, left, column):
    """Whether the triangles of a pixel's ring are all of the surface of triangle ``t`` at its centre."""
    key = tri_key[u8(t)]
    one = u8(1)
    a = u8(above)
    h = u8(here)
    b = u8(below)
    for k in (u8(left), u8(column), u8(column) + one):
        for q in (a + k, h + k, b + k):
            u = tb[q]
            if u != t and (u < 0 or tri_key[u8(u)] != key):
                return False
    return True


@njit(**OPTIONS)
def shade(
    W, H, tb, cx, cy, fx, fy, fisheye, ray_x, ray_y, ray_z, vertices, normals, uvs, colours, triangles, tri_inst, tri_key, ttoff, mesh_toff,
    voff, soff, cam, world_from_mesh, normal_matrix, mirror, world_from_camera, mat_of, mat_f, mat_i, texels, tex_level, tex_size, light_f,
    light_kind, light_shadow, maps, face_count, faces, matrices, map_size, bias, map_kind, sh9, env, env_stride, env_size, has_env, env_frame, background, tint, ao,
    exposure, lut, rgb, hdr, keep_hdr, decal_first, decal_chain, decal_patch, decal_entry, decal_f, decal_i, decal_texels, wanted, only_wanted,
    surface, keep_surface,
):  # fmt: skip
    """Shade an image from the half-pixel triangle buffer (2W x 2H). ``rgb`` (H, W, 4) uint8, ``hdr`` linear when kept.

    With ``keep_surface`` it is ``surface`` (H, W, channels) float32 that is filled instead, at pixel centres, with what the surface is
    made of and the parts of its radiance.
    The ``decal`` tables hold what lies on the triangles (``kernels.decals``); empty ones draw none. With ``only_wanted``
    the pixels that are not flagged in ``wanted`` (H, W) are left as they are. A pixel whose nine samples show one surface is shaded once, at its centre; others once per surface, blended by a tent
    filter over the nine.
    """
    W2 = 2 * W
    A = np.zeros(ROWS * ROW, f4)
    I = np.zeros(8 * ROW, np.int32)
    span_of = np.empty(CHUNK, np.int64)  # triangle of each span of fragments, and where the span begins
    span_at = np.empty(CHUNK, np.int64)
    mine = np.empty(CHUNK, np.bool_)  # whether a fragment is that of its pixel's centre
    turns = 2 if keep_surface else 1
    at = np.empty(CHUNK, np.int32)  # column of each fragment, its ray
    rays = np.empty(CHUNK, np.int64)
    records = np.empty((SLOTS, COLUMNS), f4)
    kept = np.full(SLOTS, -1, np.int64)
    inner = np.empty(W, np.bool_)
    down = np.empty(W2, np.bool_)
    across = np.empty(W2, np.bool_)
    keys = np.empty(9, np.int32)
    tris = np.empty(9, np.int64)
    weights = np.empty(9, np.int32)
    hs = np.empty(9, np.int64)
    vs = np.empty(9, np.int64)
    best = np.empty(9, np.int32)
    acc = np.empty((W, 3), f4)
    lin = np.empty((W, 3), f4)
    edges = np.empty(W, np.int64)
    C = world_from_camera
    env_from_camera = np.empty((3, 3), f4)
    for r in range(3):
        for c in range(3):
            env_from_camera[r, c] = env_frame[r, 0] * C[0, c] + env_frame[r, 1] * C[1, c] + env_frame[r, 2] * C[2, c]
    tone = exposure * f4(0.125)
    scale = f4(len(lut) - 1)
    ifx = f4(1) / fx
    ify = f4(1) / fy
    pixel = ifx * ify
    half = ao.shape[1]
    has_decals = len(decal_first) > 0
    is_coated = False
    is_brushed = False
    for m in range(len(mat_f)):
        if mat_f[m, M_COAT] > f4(0):
            is_coated = True
        if mat_f[m, M_ANISOTROPY] > f4(0):
            is_brushed = True
    S = np.zeros(sky.ROWS * ROW, f4)
    sky_at = np.empty(CHUNK, np.int32)
    sky_mine = np.empty(CHUNK, np.bool_)
    open_row = np.empty(W, f4)
    columns = np.arange(W).astype(np.int32)
    slope = (columns.astype(f4) + f4(0.5) - cx) * ifx
    open_sky = ao.ravel()
    for y in range(H):
        n = i8(0)
        edge_count = 0
        v = 2 * y
        rc = v * W2
        ra = rc - W2 if y > 0 else rc
        above = v - 1 if y > 0 else v
        centre = (cy - (f4(y) + f4(0.5))) * ify
        _inner(tb, ra, rc, rc + W2, W, down, across, inner)
        if keep_hdr:
            lin[:] = f4(0)
        for x in range(W):
            open_row[x] = open_sky[(y >> 1) * half + (x >> 1)]
        spans = i8(0)
        skies = i8(0)
        x = i8(0)
        while True:
            if x == W or n > CHUNK - 9 or skies > CHUNK - 9:  # light what has gathered
                paint = i8(-1)  # the material of the fragments from paint_at on
                paint_at = i8(0)
                for r in range(spans):
                    t = span_of[r]
                    a = span_at[r]
                    j = span_at[r + 1] if r + 1 < spans else n
                    o = i8(tri_inst[t])
                    g = mesh_toff[o] + t - ttoff[o]
                    s0 = soff[o]
                    mi = mat_of[o]
                    slot = t & (SLOTS - 1)
                    if kept[slot] != t or not serves(records, slot, A[FX + u8(a)], A[FY + u8(a)], ifx, ify):
                        kept[slot] = t
                        va = voff[o] + triangles[g, 0]
                        vb = voff[o] + triangles[g, 1]
                        vc = voff[o] + triangles[g, 2]
                        set_up(
                            records, slot, s0 + triangles[g, 0], s0 + triangles[g, 1], s0 + triangles[g, 2], va, vb, vc, A[FX + u8(a)], A[FY + u8(a)],
                            cam, normals, normal_matrix, mirror, o,
                        )  # fmt: skip
                        _set_up_surface(
                            records,
                            slot,
                            va,
                            vb,
                            vc,
                            mat_f,
                            mat_i,
                            mi,
                            is_brushed or mat_i[mi, T_NORMAL] >= 0,
                            vertices,
                            normals,
                            uvs,
                            colours,
                            world_from_mesh,
                            o,
                        )
                    if fisheye:
                        _interpolate_bent(
                            A, records, slot, a, j, C, pixel, rays, ray_x, ray_y, ray_z, s0 + triangles[g, 0], s0 + triangles[g, 1], s0 + triangles[g, 2],
                            cam,
                        )  # fmt: skip
                    else:
                        _interpolate(A, records, slot, a, j, C, pixel)
                    if keep_surface:
                        for i in range(u8(a), u8(j)):
                            A[SMOOTH + i] = A[NX + i]
                            A[SMOOTH + u8(ROW) + i] = A[NY + i]
                            A[SMOOTH + u8(2 * ROW) + i] = A[NZ + i]
                    alone = (
                        is_brushed
                        or mat_i[mi, USE_COLOUR] > 0
                        or mat_i[mi, T_NORMAL] >= 0
                        or (has_decals and decal_first[t] >= 0)
                    )
                    if alone or mi != paint:
                        if paint >= 0:  # neighbours that share a material are painted at once
                            _paint(A, paint_at, a, mat_f, paint, is_coated)
                            _paint_textures(
                                A, I, records, slot, paint_at, a, mat_f, mat_i, paint, texels, tex_level, tex_size
                            )
                        paint = i8(-1) if alone else i8(mi)
                        paint_at = a
                    if not alone:
                        continue
                    _paint(A, a, j, mat_f, mi, is_coated)
                    if is_brushed:
                        _brush(A, records, slot, a, j, mat_f, mi)
                    if mat_i[mi, USE_COLOUR]:
                        _paint_corners(A, records, slot, a, j)
                    if mat_i[mi, TEXTURED]:
                        _paint_textures(A, I, records, slot, a, j, mat_f, mat_i, mi, texels, tex_level, tex_size)
                    if has_decals and decal_first[t] >= 0:
                        decals.paint(
                            A,
                            a,
                            j,
                            decal_first[t],
                            decal_chain,
                            decal_patch,
                            decal_entry,
                            decal_f,
                            decal_i,
                            decal_texels,
                            C,
                            pixel,
                        )
                if paint >= 0:
                    _paint(A, paint_at, n, mat_f, paint, is_coated)
                    _paint_textures(A, I, records, 0, paint_at, n, mat_f, mat_i, paint, texels, tex_level, tex_size)
                for i in range(full(n)):
                    rough = max(A[RO + i], f4(0.045))
                    A[RO + i] = rough * rough
                lighting.prepare(n, A, C[0, 3], C[1, 3], C[2, 3])
                lighting.ambient(n, A, sh9)
                if keep_surface:
                    lighting.take(n, A, R, INDIRECT, ER)
                    lighting.keep(n, A, R, MIRRORED)
                if is_brushed:
                    lighting.groove(n, A)
                if has_env:
                    if is_brushed:
                        lighting.reflect_brushed(n, A, I, env, env_stride, env_size, env_frame, tint)
                    else:
                        lighting.reflect(n, A, I, env, env_stride, env_size, env_frame, tint)
                    if is_coated:
                        lighting.reflect_coat(n, A, I, env, env_stride, env_size, env_frame, tint)
                if keep_surface:
                    lighting.take(n, A, R, MIRRORED, MIRRORED)
                    lighting.keep(n, A, CR, COAT_MIRRORED)
                for turn in range(turns):  # for the surface pass, the diffuse part first
                    gloss = f4(1) if turn + 1 == turns else f4(0)
                    if keep_surface:
                        lighting.forget(n, A, R)
                    for l in range(len(light_kind)):
                        s = light_shadow[l]
                        if s >= 0:
                            lighting.shadow(
                                n, A, I, light_f, l, maps, s, face_count, faces, matrices, map_size, bias, map_kind[s]
                            )
                        else:
                            for i in range(full(n)):
                                A[SH + i] = f4(1)
                        lighting.light(n, A, light_kind[l], light_f, l, is_brushed, gloss)
                        if is_coated and gloss > f4(0):
                            lighting.light_coat(n, A, light_kind[l], light_f, l)
                    if turn + 1 < turns:
                        lighting.keep(n, A, R, DIFFUSE)
                if keep_surface:
                    lighting.take(n, A, R, SPECULAR, DIFFUSE)
                    if is_coated:
                        lighting.part_under_coat(n, A)
                    _keep_surface(n, A, at, mine, surface[y])
                if is_coated:
                    lighting.under_coat(n, A)
                if keep_hdr:
                    for i in range(u8(n)):
                        w = A[WEIGHT + i]
                        lin[at[i], 0] += w * A[R + i]
                        lin[at[i], 1] += w * A[G + i]
                        lin[at[i], 2] += w * A[B + i]
                for i in range(full(n)):
                    A[R + i] = min(np.sqrt(max(A[R + i] * tone, f4(0))), f4(1)) * scale
                    A[G + i] = min(np.sqrt(max(A[G + i] * tone, f4(0))), f4(1)) * scale
                    A[B + i] = min(np.sqrt(max(A[B + i] * tone, f4(0))), f4(1)) * scale
                for i in range(u8(n)):
                    w = A[WEIGHT + i]
                    r = lut[u8(i4(A[R + i]))]
                    g_ = lut[u8(i4(A[G + i]))]
                    b = lut[u8(i4(A[B + i]))]
                    p = u8(at[i])
                    if w == f4(1):
                        rgb[y, p, 0] = np.uint8(r)
                        rgb[y, p, 1] = np.uint8(g_)
                        rgb[y, p, 2] = np.uint8(b)
                        rgb[y, p, 3] = 255
                    else:
                        acc[p, 0] += w * r
                        acc[p, 1] += w * g_
                        acc[p, 2] += w * b
                if skies > 0:
                    sky.look_up(skies, S, env_from_camera, background, tint)
                    _paint_sky(skies, S, sky_at, tone, scale, lut, rgb[y], acc)
                    if keep_surface:
                        _keep_sky(skies, S, sky_at, sky_mine, surface[y])
                    if keep_hdr:
                        for i in range(u8(skies)):
                            w = S[sky.SHARE + i]
                            lin[sky_at[i], 0] += w * S[sky.R + i]
                            lin[sky_at[i], 1] += w * S[sky.G + i]
                            lin[sky_at[i], 2] += w * S[sky.B + i]
                n = i8(0)
                spans = i8(0)
                skies = i8(0)
                if x == W:
                    break
            if only_wanted and not wanted[y, x]:
                x += 1
                continue
            h = 2 * x
            t = i8(tb[rc + h])
            if inner[x] and t >= 0:
                end = min(i8(W), x + CHUNK - n)
                r = x + 1
                while r < end and inner[r] and tb[rc + 2 * r] == t and (not only_wanted or wanted[y, r]):
                    r += 1
                if spans == 0 or span_of[spans - 1] != t:
                    span_of[spans] = t
                    span_at[spans] = n
                    spans += 1
                k = u8(n)
                for i in range(u8(r - x)):
                    A[FX + k + i] = slope[u8(x) + i]
                    A[AO + k + i] = open_row[u8(x) + i]
                    A[FY + k + i] = centre
                    A[WEIGHT + k + i] = f4(1)
                for i in range(u8(r - x)):
                    at[k + i] = columns[u8(x) + i]
                if keep_surface:
                    mine[n : n + r - x] = True
                if fisheye:
                    for i in range(r - x):
                        rays[n + i] = rc + 2 * (x + i)
                n += r - x
                x = r
                continue
            q = rc + h
            seen = not fisheye or ray_x[q] != f4(0) or ray_y[q] != f4(0) or ray_z[q] != f4(0)
            if inner[x] and has_env and seen:
                end = x + 1 if fisheye else min(i8(W), x + CHUNK - skies)
                r = x + 1
                while r < end and inner[r] and tb[rc + 2 * r] < 0 and (not only_wanted or wanted[y, r]):
                    r += 1
                k = u8(skies)
                for i in range(u8(r - x)):
                    S[sky.DX + k + i] = slope[u8(x) + i]
                    S[sky.DY + k + i] = centre
                    S[sky.DZ + k + i] = f4(-1)
                    S[sky.SHARE + k + i] = f4(1)
                if fisheye:
                    S[sky.DX + k] = ray_x[q]
                    S[sky.DY + k] = ray_y[q]
                    S[sky.DZ + k] = ray_z[q]
                for i in range(u8(r - x)):
                    sky_at[k + i] = columns[u8(x) + i]
                if keep_surface:
                    sky_mine[skies : skies + r - x] = True
                skies += r - x
                x = r
                continue
            count = 1
            tris[0] = t
            weights[0] = 16
            hs[0] = h
            vs[0] = v
            left = h - 1 if x > 0 else h
            if not inner[x] and not (t >= 0 and _of_one_surface(tb, tri_key, t, ra, rc, rc + W2, left, h)):
                keys[0] = tri_key[t] if t >= 0 else -1
                weights[0] = 4
                best[0] = 4
                for s in range(9):
                    if s == 4:
                        continue
                    a = s % 3
                    b_ = s // 3
                    hh = left if a == 0 else h + a - 1
                    vv = above if b_ == 0 else v + b_ - 1
                    u = i8(tb[vv * W2 + hh])
                    key = tri_key[u] if u >= 0 else -1
                    weight = (2 if a == 1 else 1) * (2 if b_ == 1 else 1)
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
            if count > 1 or t < 0:
                acc[x, 0] = f4(0)
                acc[x, 1] = f4(0)
                acc[x, 2] = f4(0)
                edges[edge_count] = x
                edge_count += 1
            for m in range(count):
                t = tris[m]
                weight = f4(weights[m]) * f4(1.0 / 16.0)
                dx = (f4(hs[m] + 1) * f4(0.5) - cx) * ifx
                dy = (cy - f4(vs[m] + 1) * f4(0.5)) * ify
                q = vs[m] * W2 + hs[m]
                if t >= 0:
                    if spans == 0 or span_of[spans - 1] != t:
                        span_of[spans] = t
                        span_at[spans] = n
                        spans += 1
                    at[n] = x
                    mine[n] = m == 0
                    rays[n] = q
                    k = u8(n)
                    A[FX + k] = dx
                    A[FY + k] = dy
                    A[WEIGHT + k] = weight
                    A[AO + k] = open_row[x]
                    n += 1
                elif has_env:
                    bx = dx
                    by = dy
                    bz = f4(-1)
                    if fisheye:
                        bx = ray_x[q]
                        by = ray_y[q]
                        bz = ray_z[q]
                        if bx == f4(0) and by == f4(0) and bz == f4(0):
                            continue
                    k = u8(skies)
                    S[sky.DX + k] = bx
                    S[sky.DY + k] = by
                    S[sky.DZ + k] = bz
                    S[sky.SHARE + k] = weight
                    sky_at[skies] = x
                    sky_mine[skies] = m == 0
                    skies += 1
            x += 1
        for k in range(edge_count):
            x = edges[k]
            rgb[y, x, 0] = np.uint8(acc[x, 0] + f4(0.5))
            rgb[y, x, 1] = np.uint8(acc[x, 1] + f4(0.5))
            rgb[y, x, 2] = np.uint8(acc[x, 2] + f4(0.5))
            rgb[y, x, 3] = 255
        if keep_hdr:
            for x in range(W):
                for c in range(3):
                    hdr[y, x, c] = lin[x, c]
                hdr[y, x, 3] = f4(1)
