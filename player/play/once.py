"""Executed when the page's Python starts, as its sitecustomize: it imports all from archives, without bytecode.

zipimport is asked where a module is, for which it compiles it, and then for its code, for which it compiles it again.
Here the second answer is the first one.
"""

import zipimport

_made = {}
_make = zipimport._get_module_code  # noqa: SLF001 -- nothing else is asked both times


def _once(importer, name):
    key = importer.archive, importer.prefix, name
    found = _made.pop(key, None)
    if found is None:
        found = _made[key] = _make(importer, name)
    return found


zipimport._get_module_code = _once  # noqa: SLF001
