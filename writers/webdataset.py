"""WebDatasetWriter: samples in tar shards, which training reads from one end to the other (disk, S3, HTTP)."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Mapping

from writers import Files, Fragment, Fragments, Packed
from writers.encoders import json_bytes
from writers.named_points import gathered
from writers.shards import ShardWriter

_POINTS = "points"  # of a shard's fragment, where its objects have any


class WebDatasetWriter(ShardWriter):
    """WebDataset tar shards: shard-000000.tar with <key>.png, <key>.json (COCO's labels), and index.json.

    ``frames_per_shard`` frames are one shard (100), committed as one. ``depth`` adds ``<key>.depth.png`` (16-bit
    millimetres), ``instances`` ``<key>.instances.png``. Members have no owner, no time, and the order of the frames.
    Named points are COCO's ``keypoints``; ``categories`` of a sample and of index.json have their names and lines.
    """

    def pack(self, shard: int, pieces: Mapping[int, Files], fragments: Fragments) -> Packed:
        members = [item for files in pieces.values() for item in sorted_samples(files)]
        data = tar_bytes(members)
        samples = sum(path.endswith(".json") for path, _ in members)
        name = f"shard-{shard:06d}.tar"
        row = {"url": name, "nsamples": samples, "filesize": len(data)}
        points = gathered(fragments.values())
        return Packed({name: data}, {**row, **({_POINTS: points} if points else {})})

    def finish(self, fragments: Mapping[int, Fragment], seed: int) -> Files:
        ordered = [fragments[shard] for shard in sorted(fragments)]
        listed = [{key: value for key, value in row.items() if key != _POINTS} for row in ordered]
        index = {"__kind__": "wids-shard-index-v1", "wids_version": 1, "shardlist": listed}
        categories = self.categories_of(row.get(_POINTS, {}) for row in ordered)
        index |= {"categories": categories} if categories else {}
        return {"index.json": json_bytes(index, indent=1)}


def sorted_samples(files: Files) -> list[tuple[str, bytes]]:
    """Return the pieces of a frame sample by sample: those of one key lie together."""
    return sorted(files.items(), key=lambda item: (item[0].partition(".")[0], item[0]))


def tar_bytes(members: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a tar archive of files by name, in the order given: the same files give the same bytes.

    The format is GNU's, which knows long names.

    >>> len(tar_bytes([("a.txt", b"text")]))
    10240
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)  # without owner and time
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()
