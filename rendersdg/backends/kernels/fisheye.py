"""Primary rays for cameras that no rasterizer can draw: a bounding volume hierarchy over the camera-space triangles."""

import numpy as np
from numba import njit

from rendersdg.backends.kernels import OPTIONS
from rendersdg.backends.kernels.visibility import _alpha

f4, f8, i8 = np.float32, np.float64, np.int64
LEAF = 4


@njit(**OPTIONS)
def _build(low, high, index, node_low, node_high, node_first, node_count, node_right):
    """Median split over the longest axis; children of node k are k + 1 and node_right[k]."""
    n = len(index)
    centre = np.empty((n, 3), f4)
    for t in range(n):
        for a in range(3):
            centre[t, a] = f4(0.5) * (low[t, a] + high[t, a])
    stack = np.empty((256, 3), np.int64)
    stack[0, 0] = 0
    stack[0, 1] = n
    stack[0, 2] = -1
    top = 1
    used = 0
    while top > 0:
        top -= 1
        a = stack[top, 0]
        b = stack[top, 1]
        parent = stack[top, 2]
        k = used
        used += 1
        if parent >= 0:
            node_right[parent] = k
        lo = np.full(3, np.inf)
        hi = np.full(3, -np.inf)
        clo = np.full(3, np.inf)
        chi = np.full(3, -np.inf)
        for s in range(a, b):
            t = index[s]
            for d in range(3):
                lo[d] = min(lo[d], low[t, d])
                hi[d] = max(hi[d], high[t, d])
                clo[d] = min(clo[d], centre[t, d])
                chi[d] = max(chi[d], centre[t, d])
        for d in range(3):
            node_low[k, d] = lo[d]
            node_high[k, d] = hi[d]
        axis = 0
        for d in range(3):
            if chi[d] - clo[d] > chi[axis] - clo[axis]:
                axis = d
        if b - a <= LEAF or chi[axis] <= clo[axis]:
            node_first[k] = a
            node_count[k] = b - a
            continue
        keys = np.empty(b - a, f4)
        for s in range(a, b):
            keys[s - a] = centre[index[s], axis]
        order = np.argsort(keys, kind="mergesort")
        copy = index[a:b].copy()
        for s in range(b - a):
            index[a + s] = copy[order[s]]
        middle = (a + b) // 2
        node_count[k] = 0
        stack[top, 0] = middle
        stack[top, 1] = b
        stack[top, 2] = k
        top += 1
        stack[top, 0] = a
        stack[top, 1] = middle
        stack[top, 2] = -1
        top += 1
    return used


@njit(**OPTIONS)
def see(
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
    cut_tex,
    cut_ch,
    cut_thr,
    tex_data,
    tex_level,
    tex_size,
    W,
    H,
    step,
    rx,
    ry,
    rz,
    near,
    far,
    tb,
    st,
    cnt,
    box,
):
    """Fill ``tb`` with the first triangle along each ray; at pixel centres count every entity that the ray meets at all."""
    total = 0
    for oi in range(len(order)):
        total += mesh_tcount[order[oi]]
    if total == 0:
        return
    V = np.empty((total, 3, 3), f4)
    low = np.empty((total, 3), f4)
    high = np.empty((total, 3), f4)
    owner = np.empty(total, np.int64)
    local = np.empty(total, np.int64)
    n = 0
    for oi in range(len(order)):
        o = order[oi]
        for k in range(mesh_tcount[o]):
            g = mesh_toff[o] + k
            for c in range(3):
                s = soff[o] + triangles[g, c]
                V[n, c, 0] = cam[s, 0]
                V[n, c, 1] = cam[s, 1]
                V[n, c, 2] = -cam[s, 2]
            for d in range(3):
                low[n, d] = min(V[n, 0, d], min(V[n, 1, d], V[n, 2, d]))
                high[n, d] = max(V[n, 0, d], max(V[n, 1, d], V[n, 2, d]))
            owner[n] = o
            local[n] = k
            n += 1
    index = np.arange(total)
    size = 2 * total + 2
    nlow = np.empty((size, 3), f4)
    nhigh = np.empty((size, 3), f4)
    first = np.zeros(size, np.int64)
    count = np.zeros(size, np.int64)
    right = np.zeros(size, np.int64)
    _build(low, high, index, nlow, nhigh, first, count, right)
    stack = np.empty(128, np.int64)
    met = np.empty(4096, np.int64)
    W2 = 2 * W
    for v in range(0, 2 * H, step):
        for h in range(0, W2, step):
            q = v * W2 + h
            dx = f8(rx[q])
            dy = f8(ry[q])
            dz = f8(rz[q])
            if dx == 0 and dy == 0 and dz == 0:
                continue
            is_centre = (v & 1) == 0 and (h & 1) == 0
            best = f8(far)
            found = -1
            n_met = 0
            ix = 1.0 / dx if dx != 0 else 1e30
            iy = 1.0 / dy if dy != 0 else 1e30
            iz = 1.0 / dz if dz != 0 else 1e30
            stack[0] = 0
            top = 1
            while top > 0:
                top -= 1
                k = stack[top]
                a = nlow[k, 0] * ix
                b = nhigh[k, 0] * ix
                t0 = min(a, b)
                t1 = max(a, b)
                a = nlow[k, 1] * iy
                b = nhigh[k, 1] * iy
                t0 = max(t0, min(a, b))
                t1 = min(t1, max(a, b))
                a = nlow[k, 2] * iz
                b = nhigh[k, 2] * iz
                t0 = max(t0, min(a, b))
                t1 = min(t1, max(a, b))
                if t1 < max(t0, 0.0) - 1e-9 or (not is_centre and t0 > best):
                    continue
                if count[k] == 0:
                    stack[top] = right[k]
                    stack[top + 1] = k + 1
                    top += 2
                    continue
                for s in range(first[k], first[k] + count[k]):
                    t = index[s]
                    ax = f8(V[t, 0, 0])
                    ay = f8(V[t, 0, 1])
                    az = f8(V[t, 0, 2])
                    ux = V[t, 1, 0] - ax
                    uy = V[t, 1, 1] - ay
                    uz = V[t, 1, 2] - az
                    wx = V[t, 2, 0] - ax
                    wy = V[t, 2, 1] - ay
                    wz = V[t, 2, 2] - az
                    px = dy * wz - dz * wy
                    py = dz * wx - dx * wz
                    pz = dx * wy - dy * wx
                    det = ux * px + uy * py + uz * pz
                    if det == 0:
                        continue
                    inv = 1.0 / det
                    e1 = -(ax * px + ay * py + az * pz) * inv
                    if e1 < 0 or e1 > 1:
                        continue
                    qx = -ay * uz + az * uy
                    qy = -az * ux + ax * uz
                    qz = -ax * uy + ay * ux
                    e2 = (dx * qx + dy * qy + dz * qz) * inv
                    if e2 < 0 or e1 + e2 > 1:
                        continue
                    d = (wx * qx + wy * qy + wz * qz) * inv
                    if d <= near or d >= far:
                        continue
                    o = owner[t]
                    if cut_tex[o] >= 0:
                        g = mesh_toff[o] + local[t]
                        i = voff[o] + triangles[g, 0]
                        j = voff[o] + triangles[g, 1]
                        m = voff[o] + triangles[g, 2]
                        e0 = 1 - e1 - e2
                        if (
                            _alpha(
                                tex_data,
                                tex_level,
                                tex_size,
                                cut_tex[o],
                                cut_ch[o],
                                f4(e0 * uvs[i, 0] + e1 * uvs[j, 0] + e2 * uvs[m, 0]),
                                f4(e0 * uvs[i, 1] + e1 * uvs[j, 1] + e2 * uvs[m, 1]),
                            )
                            < cut_thr[o]
                        ):
                            continue
                    if is_centre:
                        ent = entity[o]
                        new = True
                        for r in range(n_met):
                            if met[r] == ent:
                                new = False
                                break
                        if new and n_met < len(met):
                            met[n_met] = ent
                            n_met += 1
                    number = ttoff[o] + local[t]
                    if d < best or (d == best and number < found):
                        best = d
                        found = number
            if step == 2:
                tb[(v >> 1) * W + (h >> 1)] = found
            else:
                tb[q] = found
            for r in range(n_met):
                ent = met[r]
                cnt[ent] += 1
                box[ent, 0] = min(box[ent, 0], h >> 1)
                box[ent, 1] = min(box[ent, 1], v >> 1)
                box[ent, 2] = max(box[ent, 2], h >> 1)
                box[ent, 3] = max(box[ent, 3], v >> 1)
