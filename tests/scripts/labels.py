"""Labels in Isaac Sim's helpers, older and newer."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import isaacsim.core.experimental.utils.semantics as newer
import omni.replicator.core as rep
from isaacsim.core.utils import semantics

f = rep.functional
a, b, c = (f.create.cube(name=n) for n in ("apple", "pear", "bare"))
newer.add_labels(a, labels=["apple"], taxonomy="class")
newer.add_labels(a, labels="fresh", taxonomy="state")
newer.add_labels(a, labels=["fruit"])
assert newer.get_labels(a) == {"class": ["apple", "fruit"], "state": ["fresh"]}, newer.get_labels(a)
semantics.add_labels(b, labels=["wrong"])
assert semantics.check_missing_labels() == ["/bare"]
assert semantics.check_incorrect_labels() == [["/apple", "fruit"], ["/apple", "fresh"], ["/pear", "wrong"]], (
    semantics.check_incorrect_labels()
)
assert semantics.count_labels_in_scene() == {"missing_labels": 1, "apple": 1, "fruit": 1, "fresh": 1, "wrong": 1}
newer.remove_labels(a, taxonomy="state")
assert newer.get_labels(a) == {"class": ["apple", "fruit"]}
from pxr import Semantics

api = Semantics.SemanticsAPI.Apply(c, "Semantics")
api.CreateSemanticTypeAttr().Set("class")
api.CreateSemanticDataAttr().Set("old")
assert semantics.upgrade_prim_semantics_to_labels(c) == 1 and list(c.GetAttribute("semantics:labels:class").Get()) == [
    "old"
]
assert not Semantics.SemanticsAPI.GetAll(c)
