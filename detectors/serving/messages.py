"""The messages of KServe's gRPC service (the open inference protocol), built from a table of their fields.

They live in a pool of their own: tritonclient's and KServe's messages have the same names, and a process may hold all.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from detectors.serving.refusals import Refused

Message = Any  # of protocol buffers: its fields are attributes that no type checker knows
SERVICE = "inference.GRPCInferenceService"
_PACKAGE = "inference"
_TABLE = {  # message -> "number name type, ..."; * is a repeated field, ? one of a choice. Maps are lists of entries.
    "ServerLiveRequest": "",
    "ServerLiveResponse": "1 live bool",
    "ServerReadyRequest": "",
    "ServerReadyResponse": "1 ready bool",
    "ModelReadyRequest": "1 name string, 2 version string",
    "ModelReadyResponse": "1 ready bool",
    "ServerMetadataRequest": "",
    "ServerMetadataResponse": "1 name string, 2 version string, 3 extensions string*",
    "ModelMetadataRequest": "1 name string, 2 version string",
    "ModelMetadataResponse": "1 name string, 2 versions string*, 3 platform string, 4 inputs TensorMetadata*, "
    "5 outputs TensorMetadata*",
    "TensorMetadata": "1 name string, 2 datatype string, 3 shape int64*",
    "InferParameter": "1 bool_param bool?, 2 int64_param int64?, 3 string_param string?, 4 double_param double?, "
    "5 uint64_param uint64?",
    "ParametersEntry": "1 key string, 2 value InferParameter",
    "InferTensorContents": "1 bool_contents bool*, 2 int_contents int32*, 3 int64_contents int64*, "
    "4 uint_contents uint32*, 5 uint64_contents uint64*, 6 fp32_contents float*, 7 fp64_contents double*, "
    "8 bytes_contents bytes*",
    "InferTensor": "1 name string, 2 datatype string, 3 shape int64*, 4 parameters ParametersEntry*, "
    "5 contents InferTensorContents",
    "InferRequestedOutputTensor": "1 name string, 2 parameters ParametersEntry*",
    "ModelInferRequest": "1 model_name string, 2 model_version string, 3 id string, 4 parameters ParametersEntry*, "
    "5 inputs InferTensor*, 6 outputs InferRequestedOutputTensor*, 7 raw_input_contents bytes*",
    "ModelInferResponse": "1 model_name string, 2 model_version string, 3 id string, 4 parameters ParametersEntry*, "
    "5 outputs InferTensor*, 6 raw_output_contents bytes*",
    "RepositoryIndexRequest": "1 repository_name string, 2 ready bool",
    "RepositoryIndexResponse": "1 models ModelIndex*",
    "ModelIndex": "1 name string, 2 version string, 3 state string, 4 reason string",
}
_MOST_FIELDS = 10_000  # in a message, inner ones counted: each takes memory, however few its bytes
_GROWTH = 3  # bytes of memory for a byte of a message
_GROWTH_OF_NUMBERS = 9  # where numbers are packed, a byte each on the wire


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="open_inference.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _TABLE.items():
        message = file.message_type.add(name=name)
        for text in filter(None, fields.split(", ")):
            number, title, kind = text.split()
            field = message.field.add(name=title, number=int(number), label=3 if kind.endswith("*") else 1)
            if kind.endswith("?"):
                if not message.oneof_decl:
                    message.oneof_decl.add(name="parameter_choice")
                field.oneof_index = 0
            kind = kind.rstrip("*?")
            if kind in _TABLE:
                field.type, field.type_name = field.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
            else:
                field.type = getattr(field, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {n: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{n}")) for n in _TABLE}


_CLASSES = _classes()


def new(kind: str, /, **fields: object) -> Message:
    """Return a message by its name in the protocol, with fields."""
    return _CLASSES[kind](**fields)


def weight_of(data: bytes, name: str) -> int:
    """Return an upper bound of the bytes of memory that reading a message takes.

    Args:
        data: its bytes.
        name: of the message.

    Raises:
        Refused: it has too many fields, or ends in the midst of one.
    """
    counts = {"fields": 0, "numbers": 0}
    _count(memoryview(data), _CLASSES[name].DESCRIPTOR, counts)
    return len(data) * (_GROWTH_OF_NUMBERS if counts["numbers"] else _GROWTH)


def read(data: bytes, name: str) -> Message:
    """Return a message from its bytes. Raises Refused when they are none of it."""
    message = _CLASSES[name]()
    try:
        message.ParseFromString(data)
    except (DecodeError, RecursionError):
        raise Refused("wrong", f"the message is not a {name} that can be read") from None
    return message


def _count(data: memoryview, descriptor: Message, counts: dict[str, int]) -> None:
    place = 0
    while place < len(data):
        counts["fields"] += 1
        if counts["fields"] > _MOST_FIELDS:
            raise Refused("wrong", f"the message has more than {_MOST_FIELDS:,} fields")
        tag, place = _varint(data, place)
        kind = tag & 7
        if kind == 0:
            _, place = _varint(data, place)
        elif kind == 2:
            length, place = _varint(data, place)
            field = descriptor.fields_by_number.get(tag >> 3)
            if field is not None and field.message_type is not None:
                _count(data[place : place + length], field.message_type, counts)
            elif field is not None and field.type not in (field.TYPE_STRING, field.TYPE_BYTES):
                counts["numbers"] += 1
            place += length
        elif kind in (1, 5):
            place += 8 if kind == 1 else 4
        else:
            raise _cut_off()
    if place > len(data):
        raise _cut_off()


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for k in range(10):
        if place + k >= len(data):
            break
        byte = data[place + k]
        value |= (byte & 127) << (7 * k)
        if byte < 128:
            return value, place + k + 1
    raise _cut_off()


def _cut_off() -> Refused:
    return Refused("wrong", "the message is cut off or damaged")
