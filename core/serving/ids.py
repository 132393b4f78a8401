"""Random names for requests and predictions: unique, not secret; the generator is reseeded in each forked process."""

import random


def random_id(bits: int) -> str:
    """Return ``bits`` random bits as hexadecimal digits; asking the system for each would cost a call."""
    return f"{random.getrandbits(bits):0{bits // 4}x}"
