"""What lies in folders of public libraries: names of files, for scripts that list a folder which is not at hand."""

from __future__ import annotations

_PROPS = "isaac/environments"
_YCB = (
    "002_master_chef_can, 003_cracker_box, 004_sugar_box, 005_tomato_soup_can, 006_mustard_bottle, 007_tuna_fish_can, "
    "008_pudding_box, 009_gelatin_box, 010_potted_meat_can, 011_banana, 019_pitcher_base, 021_bleach_cleanser, "
    "024_bowl, 025_mug, 035_power_drill, 036_wood_block, 037_scissors, 040_large_marker, 051_large_clamp, "
    "052_extra_large_clamp, 061_foam_brick"
)
_FILES = {  # the end of a folder, in lower case -> what lies in it, as public scripts and documents name it
    "isaac/props/ycb/axis_aligned": _YCB,
    "isaac/props/ycb/axis_aligned_physics": _YCB,
    f"{_PROPS}/simple_warehouse/props": "S_TrafficCone, S_WetFloorSign, SM_BarelPlastic_B_01, SM_BarelPlastic_B_03, "
    "SM_BucketPlastic_B, SM_CardBoxA_01_414, SM_CardBoxB_01_1007, SM_CardBoxC_01_836, SM_CardBoxD_04_1847, "
    "SM_CratePlastic_A_01, SM_FireExtinguisher_01, SM_PaletteA_01, SM_PushcartA_02, SM_RackPile_04",
    f"{_PROPS}/office/props": "SM_Armchair, SM_Board, SM_Book_03, SM_Book_34, SM_BookOpen_01, SM_Briefcase, "
    "SM_Extinguisher, SM_Mug, SM_Plant, SM_TableLamp, SM_TrashCan",
    f"{_PROPS}/hospital/props": "SM_BedSideTable_01b, SM_GasCart_01b, SM_HospitalBed_01b, SM_MedicalBag_01a, "
    "SM_MedicalBox_01g, SM_SupplyCabinet_01c, SM_Toweldispenser_01a, SM_TrashCan",
    "isaac/samples/replicator/infinigen/dining_rooms": "dining_room_1, dining_room_2_brick, dining_room_3_stone",
}


def known_files(folder: str) -> list[str]:
    """Return the paths of the USD files that a folder of a public library is known to hold; none for other folders."""
    plain = folder.rstrip("/")
    names = next((names for end, names in _FILES.items() if plain.lower().endswith("/" + end)), "")
    return [f"{plain}/{name.strip()}.usd" for name in names.split(",") if name]
