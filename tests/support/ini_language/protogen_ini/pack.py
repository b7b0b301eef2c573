"""Pack the current folder: python -m protogen_ini.pack ZIP."""

import sys
import zipfile
from pathlib import Path

with zipfile.ZipFile(sys.argv[1], "w") as packed:
    for path in sorted(path for path in Path().rglob("*") if path.is_file()):
        packed.writestr(zipfile.ZipInfo(path.as_posix()), path.read_bytes())
