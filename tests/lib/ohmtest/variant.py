# SPDX-License-Identifier: LGPL-2.1-or-later
"""Values of D-Bus as values of Python. PyGObject's unpack() makes an object of each number of an array,
which took most of the time of scenarios that look at every reading."""

from array import array

NUMBERS = {'ay': 'B', 'an': 'h', 'aq': 'H', 'ai': 'i', 'au': 'I', 'ax': 'q', 'at': 'Q', 'ad': 'd'}


def unpack(variant):
    """What variant.unpack() returns, arrays of numbers in one step."""
    kind = variant.get_type_string()
    if kind in NUMBERS:
        return array(NUMBERS[kind], variant.get_data_as_bytes().get_data() or b'').tolist()
    if kind[0] == '(':
        return tuple(unpack_children(variant))
    if kind[:2] in ('a(', 'aa'):
        return unpack_children(variant)
    return variant.unpack()


def unpack_children(variant):
    return [unpack(variant.get_child_value(i)) for i in range(variant.n_children())]
