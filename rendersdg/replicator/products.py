"""Render products on a script's stage: the prims that they go by, which scripts read and write."""

from __future__ import annotations

from pxr import Gf, Sdf, Usd, UsdRender

from rendersdg.graph.nodes import Prims, Product


def product_path(product: Product) -> str:
    """Return the path by which a render product goes."""
    return f"/Render/OmniverseKit/HydraTextures/{product.name}"


def define(stage: Usd.Stage, product: Product) -> None:
    """Put a render product's prim on the stage, in the layer of the session: it is no part of what is exported."""
    if stage.GetPrimAtPath(product_path(product)):
        return
    with Usd.EditContext(stage, stage.GetSessionLayer()):
        prim = UsdRender.Product.Define(stage, product_path(product))
        prim.CreateResolutionAttr(Gf.Vec2i(*product.resolution_wh))
        prim.CreateCameraRel().SetTargets([Sdf.Path(p) for p in product.camera.paths])


def remove(stage: Usd.Stage, product: Product) -> None:
    """Take a render product's prim off the stage: another one may get its name."""
    with Usd.EditContext(stage, stage.GetSessionLayer()):
        stage.RemovePrim(product_path(product))


def read(stage: Usd.Stage, products: list[Product]) -> None:
    """Take over what a script has set on the prims of render products: their size and their camera."""
    for product in products:
        prim = UsdRender.Product(stage.GetPrimAtPath(product_path(product)))
        if not prim or product.tiles:
            continue
        size = prim.GetResolutionAttr().Get()
        if size is not None and tuple(size) != product.resolution_wh:
            product.resolution_wh = int(size[0]), int(size[1])
        cameras = [str(p) for p in prim.GetCameraRel().GetTargets()]
        if len(cameras) == 1 and cameras != list(product.camera.paths):
            product.camera = Prims(cameras[0].rsplit("/", 1)[-1], paths=tuple(cameras))


def show(
    stage: Usd.Stage, product: Product, *, camera: str | None = None, resolution_wh: tuple[int, int] | None = None
) -> None:
    """Let a render product show another camera, or have another size, from the next frame on."""
    prim = UsdRender.Product(stage.GetPrimAtPath(product_path(product)))
    with Usd.EditContext(stage, stage.GetSessionLayer()):
        if prim and resolution_wh is not None:
            prim.GetResolutionAttr().Set(Gf.Vec2i(*resolution_wh))
        if prim and camera is not None:
            prim.GetCameraRel().SetTargets([Sdf.Path(camera)])
    read(stage, [product])
