"""What Redis holds, each key's value read as what it is: a DUMP is compressed, so that no text is found in it."""

COMMANDS = {"string": ("GET",), "hash": ("HGETALL",), "list": ("LRANGE", 0, -1), "set": ("SMEMBERS",), "zset": ("ZRANGE", 0, -1),
            "stream": ("XRANGE", "-", "+")}


def values(store, **scan):
    """(key, type, value) of every key; what ends meanwhile is left out, a type that nobody reads is an error."""
    for key in store.scan_iter(**scan):
        kind = store.type(key)
        kind = kind.decode() if isinstance(kind, bytes) else kind
        if kind == "none":
            continue
        command, *rest = COMMANDS[kind]
        value = store.execute_command(command, key, *rest)
        if value is not None:
            yield key, kind, value


def pieces(value):
    """All texts that a value is made of."""
    if isinstance(value, dict):
        return [piece for pair in value.items() for piece in pieces(pair)]
    if isinstance(value, (list, tuple, set)):
        return [piece for part in value for piece in pieces(part)]
    return [] if value is None else [value]
