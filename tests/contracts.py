"""The contracts of proto/redress/v1 as Python modules, made by the same compiler that everybody uses."""

import atexit
import pathlib
import shutil
import sys
import tempfile

from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[1] / "proto"


def compile_contracts():
    """Makes `redress.v1.*_pb2` importable for the rest of this process."""
    target = tempfile.mkdtemp(prefix="redress-proto-")
    atexit.register(shutil.rmtree, target, True)
    names = ["types", "inbound", "proposals", "facts", "notices"]
    code = protoc.main(["", f"-I{PROTO}", f"--python_out={target}"]
                       + [str(PROTO / "redress" / "v1" / f"{name}.proto") for name in names])
    if code != 0:
        raise RuntimeError("the contracts do not compile")
    sys.path.insert(0, target)


compile_contracts()
