"""Eight samples at a time, in vector instructions: LLVM's own vectoriser leaves runs as short as a small triangle's alone."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 8
_I8, _I32, _I64, _F32 = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.FloatType()
_IOTA = ir.Constant(ir.VectorType(_I32, LANES), list(range(LANES)))


def _splat(builder: Any, value: Any) -> Any:
    """Return a vector with ``value`` in every lane."""
    kind = ir.VectorType(value.type, LANES)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(_I32, 0))
    return builder.shuffle_vector(
        one, ir.Constant(kind, ir.Undefined), ir.Constant(ir.VectorType(_I32, LANES), [0] * LANES)
    )


def _vector_at(context: Any, builder: Any, kind: Any, array: Any, index: Any, element: Any) -> Any:
    """Return a pointer to the eight elements of a flat array from ``index`` on."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), ir.VectorType(element, LANES).as_pointer())


@intrinsic
def draw_eight(typingctx, zb, tb, first, r0, r1, r2, s0, s1, s2, left, q, dq, k, dk, t):
    """Draw a triangle into eight samples of a row from ``first`` on; return a bit for each that it covers.

    ``r`` are its three edge functions at the first sample and ``s`` their steps (int32); the first ``left`` samples count.
    Sample i has the reciprocal depth q + dq (k + i dk) in float32; where it is nearer than ``zb``, that and ``t`` are put in.
    Both arrays have LANES elements to spare behind the last sample: what is not covered is written back as it was.
    """
    signature = types.uint64(zb, tb, types.uint64, *[types.int32] * 7, types.float32, types.float32, *[types.int32] * 3)

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        zb, tb, first, r0, r1, r2, s0, s1, s2, left, q, dq, k, dk, t = given
        edges = [
            builder.add(_splat(builder, r), builder.mul(_splat(builder, s), _IOTA))
            for r, s in ((r0, s0), (r1, s1), (r2, s2))
        ]
        signs = builder.or_(builder.or_(edges[0], edges[1]), edges[2])
        zero = ir.Constant(signs.type, [0] * LANES)
        inside = builder.and_(
            builder.icmp_signed(">=", signs, zero), builder.icmp_signed("<", _IOTA, _splat(builder, left))
        )
        steps = builder.add(_splat(builder, k), builder.mul(_splat(builder, dk), _IOTA))
        steps = builder.sitofp(steps, ir.VectorType(_F32, LANES))
        depth = builder.fadd(_splat(builder, q), builder.fmul(_splat(builder, dq), steps))
        depths = _vector_at(context, builder, signature.args[0], zb, first, _F32)
        names = _vector_at(context, builder, signature.args[1], tb, first, _I32)
        was, of = builder.load(depths, align=4), builder.load(names, align=4)
        nearer = builder.and_(inside, builder.fcmp_ordered(">", depth, was))
        builder.store(builder.select(nearer, depth, was), depths, align=4)
        builder.store(builder.select(nearer, _splat(builder, t), of), names, align=4)
        return builder.zext(builder.bitcast(inside, _I8), _I64)

    return signature, code


@intrinsic
def nearest_eight(typingctx, zb, first, e0, e1, e2, a0, a1, a2, left, z, dz, perspective):
    """Keep the least depth of a triangle in eight texels of a row from ``first`` on, all in float32.

    ``e`` are its barycentrics at the first texel and ``a`` their steps; the depth is z + i dz, or one over it with
    ``perspective``; the first ``left`` texels count. ``zb`` has LANES elements to spare behind the last texel.
    """
    signature = types.void(
        zb, types.uint64, *[types.float32] * 6, types.int32, types.float32, types.float32, types.boolean
    )

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        zb, first, e0, e1, e2, a0, a1, a2, left, z, dz, perspective = given
        steps = ir.Constant(ir.VectorType(_F32, LANES), [float(k) for k in range(LANES)])
        zero = ir.Constant(steps.type, [0.0] * LANES)

        def along(start: Any, step: Any) -> Any:
            return builder.fadd(_splat(builder, start), builder.fmul(_splat(builder, step), steps))

        inside = builder.icmp_signed("<", _IOTA, _splat(builder, left))
        for e, a in ((e0, a0), (e1, a1), (e2, a2)):
            inside = builder.and_(inside, builder.fcmp_ordered(">=", along(e, a), zero))
        straight = along(z, dz)
        one = ir.Constant(straight.type, [1.0] * LANES)
        depth = builder.select(perspective, builder.fdiv(one, straight), straight)
        depths = _vector_at(context, builder, signature.args[0], zb, first, _F32)
        was = builder.load(depths, align=4)
        nearer = builder.and_(inside, builder.fcmp_ordered("<", depth, was))
        builder.store(builder.select(nearer, depth, was), depths, align=4)
        return context.get_dummy_value()

    return signature, code


@intrinsic
def first_bit(typingctx, bits):
    """Return the number of the lowest bit that is set; there must be one."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.cttz(given[0], cgutils.true_bit)

    return types.int64(types.uint64), code


@intrinsic
def last_bit(typingctx, bits):
    """Return the number of the highest bit that is set; there must be one."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.sub(ir.Constant(_I64, 63), builder.ctlz(given[0], cgutils.true_bit))

    return types.int64(types.uint64), code
