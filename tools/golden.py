"""Writes tests/golden/<message>.bin for each message that has none: every field set, for ever.

A file that is there is never written again; tests/unit/proto decodes them all.
"""

import pathlib
import sys
import tempfile

from google.protobuf.descriptor import FieldDescriptor as Field
from grpc_tools import protoc

ROOT = pathlib.Path(__file__).resolve().parents[1]
NAMES = ["types", "inbound", "proposals", "facts", "notices"]


def fill(message, depth=0):
    """Sets every field to something recognisable."""
    for field in message.DESCRIPTOR.fields:
        repeated = field.label == Field.LABEL_REPEATED
        if field.type == Field.TYPE_MESSAGE:
            target = getattr(message, field.name).add() if repeated else getattr(message, field.name)
            fill(target, depth + 1)
            continue
        value = {Field.TYPE_STRING: f"{field.name}-字", Field.TYPE_BYTES: bytes(range(32)), Field.TYPE_BOOL: True,
                 Field.TYPE_ENUM: 1}.get(field.type, 1000 + field.number)
        if repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)


def main():
    """One file a message."""
    target = tempfile.mkdtemp()
    assert protoc.main(["", f"-I{ROOT / 'proto'}", f"--python_out={target}"]
                       + [str(ROOT / "proto" / "redress" / "v1" / f"{name}.proto") for name in NAMES]) == 0
    sys.path.insert(0, target)
    folder = ROOT / "tests" / "golden"
    folder.mkdir(exist_ok=True)
    for name in NAMES:
        module = __import__(f"redress.v1.{name}_pb2", fromlist=["DESCRIPTOR"])
        for kind in module.DESCRIPTOR.message_types_by_name:
            path = folder / f"{kind}.bin"
            if not path.exists():
                message = getattr(module, kind)()
                fill(message)
                path.write_bytes(message.SerializeToString(deterministic=True))


main()
