"""The choice of a stand-in: by the words of a path, the file name before the folders."""

from __future__ import annotations

import pytest

from rendersdg.assets.library import LIBRARY
from rendersdg.assets.stand_ins import _MEANING, stand_in_for, words_of

_HOSPITAL = "/Isaac/Environments/Hospital/Props"
_OFFICE = "/Isaac/Environments/Office/Props"
_WAREHOUSE = "/Isaac/Environments/Simple_Warehouse/Props"
_EQUIPMENT = "/DigitalTwin/Assets/Warehouse/Equipment"


def test_every_stand_in_of_the_table_exists() -> None:
    assert set(_MEANING.values()) <= set(LIBRARY)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("SM_PalletTruck_A01", ["sm", "pallet", "truck", "a"]),
        ("KIRoPro_Arbeitstisch", ["ki", "ro", "pro", "arbeitstisch"]),
        ("005_tomato-soup.can", ["tomato", "soup", "can"]),
        ("SM_TV", ["sm", "tv"]),
        ("0815", []),
    ],
)
def test_a_name_is_split_where_words_begin(part: str, words: list[str]) -> None:
    assert words_of(part) == words


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/Isaac/Props/KLT_Bin/small_KLT.usd", "warehouse/crate"),
        ("/NVIDIA/Assets/ArchVis/Residential/Food/Fruit/Lemon_01.usd", "fruit/lemon"),
        ("/Isaac/Environments/Simple_Warehouse/Props/SM_PaletteA_01.usd", "warehouse/pallet"),
        ("/Isaac/Environments/Simple_Warehouse/Props/SM_Thing.usd", "household/block"),
        ("/Isaac/Environments/Simple_Warehouse/warehouse.usd", "environment/warehouse"),
        ("/Isaac/Environments/Grid/default_environment.usd", "environment/ground"),
        (
            "/DigitalTwin/Assets/Warehouse/Equipment/Pallet_Jacks/Scale_A/PalletJackScale_A01_PR_NVD_01.usd",
            "warehouse/pallet_jack",
        ),
        ("/Isaac/Environments/Simple_Room/simple_room.usd", "environment/room"),
        ("/Isaac/Props/Pallet/pallet.usd", "warehouse/pallet"),
        ("/Isaac/Props/YCB/Axis_Aligned/005_tomato_soup_can.usd", "household/can"),
        ("/Isaac/Props/YCB/Axis_Aligned_Physics/003_cracker_box.usd", "grocery/cracker_box"),
        ("/Isaac/Props/Forklift/forklift.usd", "warehouse/forklift"),
        ("/NVIDIA/Samples/Marbles/assets/standalone/SM_room_crate_3.usd", "warehouse/crate_about_its_centre"),
        ("/NVIDIA/Assets/Scenes/Templates/Interior/ZetCG_ExhibitionHall.usd", "environment/room"),
        ("/NVIDIA/Assets/Scenes/Templates/Outdoor/Puddles.usd", "environment/ground"),
        ("/NVIDIA/Assets/Scenes/Templates/Basic/display_riser.usd", "warehouse/riser"),
        ("/Isaac/Samples/Replicator/Stage/full_warehouse_worker_and_anim_cameras.usd", "environment/full_warehouse"),
        ("/Isaac/Environments/Simple_Warehouse/warehouse_with_forklifts.usd", "environment/warehouse"),
        ("/Projects/GearGenerator/Assets/Gears/Spur/gear_01.usd", "hardware/gear"),
        ("omniverse://SERVER/Projects/GearGenerator/Assets/Surfaces/KIRoPro_Arbeitstisch.usd", "furniture/table"),
        ("omniverse://SERVER/Projects/GearGenerator/Assets/Surfaces/thing.usd", "household/block"),
        ("omniverse://SERVER/NVIDIA/Assets/Characters/Reallusion/Worker/Worker.usd", "people/worker"),
        ("/Isaac/People/Characters/F_Business_02/F_Business_02.usd", "people/person"),
        ("https://host.amazonaws.com/Assets/Vegetation/Plant_Tropical/Agave.usd", "nature/plant"),
        ("/NVIDIA/Assets/Vegetation/Trees/White_Oak.usd", "nature/tree"),
        (f"{_EQUIPMENT}/Pallet_Trucks/Low_Profile_A/LowProfilePalletTruck_A01_PR_NVD_01.usd", "warehouse/pallet_jack"),
        ("/Isaac/Samples/Replicator/OmniGraph/nova_carter_nav_only.usd", "robot/mobile_robot"),
        ("/Isaac/Robots/Franka/franka.usd", "robot/arm"),
        ("/Isaac/Robots/Crazyflie/cf2x.usd", "robot/drone"),
        ("/assets/vehicles/tracker.usd", "vehicle/car"),
        (f"{_WAREHOUSE}/S_WetFloorSign.usd", "equipment/wet_floor_sign"),
        (f"{_WAREHOUSE}/S_TrafficCone.usd", "warehouse/traffic_cone"),
        (f"{_WAREHOUSE}/SM_PushcartA_02.usd", "equipment/push_cart"),
        (f"{_WAREHOUSE}/SM_BucketPlastic_B.usd", "equipment/bucket"),
        (f"{_WAREHOUSE}/SM_BarelPlastic_B_01.usd", "warehouse/barrel"),
        (f"{_WAREHOUSE}/SM_CardBoxD_01_1513.usd", "warehouse/carton"),
        (f"{_WAREHOUSE}/SM_RackPile_04.usd", "warehouse/shelf"),
        (f"{_HOSPITAL}/SM_TrashCan.usd", "equipment/trash_can"),
        (f"{_HOSPITAL}/SM_BedSideTable_01b.usd", "furniture/side_table"),
        (f"{_HOSPITAL}/SM_HospitalBed_01b.usd", "furniture/bed"),
        (f"{_HOSPITAL}/SM_SupplyCabinet_01c.usd", "furniture/cabinet"),
        (f"{_HOSPITAL}/SM_SupplyCart_01e.usd", "equipment/shelf_cart"),
        (f"{_HOSPITAL}/SM_FirstAidKit_01a.usd", "equipment/first_aid_kit"),
        (f"{_HOSPITAL}/SM_WheelChair_01a.usd", "equipment/wheelchair"),
        (f"{_HOSPITAL}/SM_MopSet_01b.usd", "equipment/mop"),
        (f"{_OFFICE}/SM_WaterCooler.usd", "equipment/water_cooler"),
        (f"{_HOSPITAL}/SM_Chair_01a.usd", "furniture/chair"),
        (f"{_HOSPITAL}/SM_Computer_02b.usd", "electronics/monitor"),
        (f"{_HOSPITAL}/SM_BooksSet_26.usd", "office/books"),
        (f"{_OFFICE}/SM_TableC.usd", "furniture/table"),
        (f"{_OFFICE}/SM_TV.usd", "electronics/television"),
        (f"{_OFFICE}/SM_Lamp02_162.usd", "furniture/lamp"),
        (f"{_OFFICE}/SM_Extinguisher.usd", "equipment/fire_extinguisher"),
        (f"{_OFFICE}/SM_HandDryer.usd", "household/block"),
        (f"{_OFFICE}/SM_Board.usd", "office/whiteboard"),
        (f"{_OFFICE}/SM_Briefcase.usd", "office/briefcase"),
        (f"{_HOSPITAL}/SM_GasCart_01b.usd", "equipment/shelf_cart"),
        (f"{_HOSPITAL}/SM_MedicalBag_01a.usd", "equipment/first_aid_kit"),
        (f"{_HOSPITAL}/SM_MedicalBox_01g.usd", "equipment/first_aid_kit"),
        (f"{_HOSPITAL}/SM_Toweldispenser_01a.usd", "equipment/towel_dispenser"),
        ("/Isaac/Environments/Office/office.usd", "environment/office"),
        ("/Isaac/Environments/Hospital/hospital.usd", "environment/hospital"),
        ("/Isaac/Environments/Simple_Warehouse/full_warehouse.usd", "environment/full_warehouse"),
        ("/Isaac/Samples/Replicator/Infinigen/dining_rooms/dining_room_7.usd", "environment/dining_room"),
    ],
)
def test_stand_ins_follow_the_words_of_the_name(path: str, name: str) -> None:
    assert stand_in_for(path) == name


@pytest.mark.parametrize(
    ("plural", "name"),
    [("Shelves", "warehouse/shelf"), ("Berries/Strawberries", "fruit/strawberry"), ("CardBoxes", "warehouse/carton")],
)
def test_a_plural_means_what_its_singular_means(plural: str, name: str) -> None:
    assert stand_in_for(f"/Library/{plural}/A_01.usd") == name


@pytest.mark.parametrize(
    ("file", "name"),
    [("desk_lamp", "furniture/lamp"), ("computer_desk", "furniture/desk"), ("apple_tree", "nature/tree")],
)
def test_the_last_word_is_the_thing(file: str, name: str) -> None:
    assert stand_in_for(f"/Library/{file}.usd") == name
