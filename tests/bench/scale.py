"""What grows: armed clocks, cases in the ledger, facts to rebuild from."""


def clocks(_stack, _count):
    raise NotImplementedError


def growth(_stack, _count):
    raise NotImplementedError


def rebuild(_stack, _count):
    raise NotImplementedError
