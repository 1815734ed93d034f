"""Where one is at hand, a real Triton serves the model.

In an environment of its own: `pip install 'nvidia-pytriton>=0.7' openvino` beside rendersdg, RENDERSDG_TRITON_PYTHON
set to that environment's python. pytriton's Triton has the Python backend only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from detectors.preprocess import decode_rgb
from detectors.runtime import load_model
from detectors.triton import export_triton
from tests.conftest import ROOT
from tests.served import CLASSES, colour_model, flat, free_port

pytest.importorskip("openvino")
grpc = pytest.importorskip("tritonclient.grpc")

pytestmark = pytest.mark.extra

PYTHON = os.environ.get("RENDERSDG_TRITON_PYTHON")


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The bundled server on a repository with the Python model (the other backends are not in the wheel)."""
    if PYTHON is None:
        pytest.skip("RENDERSDG_TRITON_PYTHON is not set")
    folder = tmp_path_factory.mktemp("triton")
    xml = colour_model(folder / "model")
    [_, whole] = export_triton(xml.parent, folder / "models", "colours", instances=1)
    shutil.rmtree(folder / "models" / "colours_openvino")
    packages = subprocess.check_output(
        [PYTHON, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"], text=True
    ).strip()
    script = whole / "1" / "model.py"  # the stub looks at no PYTHONPATH
    script.write_text(
        script.read_text().replace(
            "from __future__ import annotations\n",
            f"from __future__ import annotations\nimport sys\nsys.path[:0] = [{packages!r}, {str(ROOT)!r}]\n",
        )
    )
    home = Path(packages) / "pytriton" / "tritonserver"
    shutil.copytree(home / "backends", folder / "backends")
    stub = home / "python_backend_stubs" / sysconfig.get_python_version() / "triton_python_backend_stub"
    shutil.copy(stub, folder / "backends" / "python" / stub.name)
    libraries = f"{sysconfig.get_config_var('LIBDIR')}:{Path(packages) / 'nvidia_pytriton.libs'}"
    port = free_port()
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [
                home / "bin" / "tritonserver",
                f"--model-repository={folder / 'models'}",
                f"--backend-directory={folder / 'backends'}",
                f"--grpc-port={port}",
                "--allow-http=false",
                "--allow-metrics=false",
            ],
            env={**os.environ, "LD_LIBRARY_PATH": libraries},
            stdout=log,
            stderr=log,
        )
    client = grpc.InferenceServerClient(f"127.0.0.1:{port}")
    for _ in range(150):
        assert server.poll() is None, (folder / "log").read_text()[-3000:]
        try:
            if client.is_server_ready():
                break
        except grpc.InferenceServerException:
            time.sleep(0.2)
    yield f"127.0.0.1:{port}", xml
    client.close()
    server.terminate()
    server.wait(30)


def test_a_real_triton_answers_as_the_model_does_offline(triton: tuple[str, Path]) -> None:
    address, xml = triton
    pictures = [flat((255, 90, 0)), flat((0, 0, 0)), flat((10, 20, 200))]
    expected = [load_model(xml).find([image])[0] for image in map(decode_rgb, pictures) if image is not None]
    given = grpc.InferInput("images", [3], "BYTES")
    given.set_data_from_numpy(np.array(pictures, object))

    with grpc.InferenceServerClient(address) as client:
        answer = client.infer("colours", [given])
        given.set_data_from_numpy(np.array([pictures[0], b"no image", pictures[1]], object))
        with pytest.raises(grpc.InferenceServerException, match=r"image 1 \(8 bytes\) is no image"):
            client.infer("colours", [given])
        assert client.is_model_ready("colours")

    sure = [f.scores >= 0.25 for f in expected]
    scores = np.concatenate([f.scores[s] for f, s in zip(expected, sure)])
    assert answer.as_numpy("scores").tolist() == scores.astype(np.float32).tolist()
    assert answer.as_numpy("image").tolist() == [0, 0, 2]
    assert [CLASSES[k].encode() for k in answer.as_numpy("labels")] == answer.as_numpy("classes").tolist()
