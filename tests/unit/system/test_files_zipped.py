from __future__ import annotations

import io
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from protogen.system.archives import zip_bytes

NAMES = st.text("abcxyz-_.", min_size=1, max_size=8)


@given(st.dictionaries(NAMES, st.binary(max_size=50), max_size=6))
def test_an_archive_holds_the_files_in_whatever_order_they_come(files: dict[str, bytes]) -> None:
    made = zip_bytes(files)
    assert made == zip_bytes(dict(reversed(files.items())))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert archive.namelist() == sorted(files)
        assert {member.date_time for member in archive.infolist()} <= {(1980, 1, 1, 0, 0, 0)}
        assert {member.external_attr >> 16 for member in archive.infolist()} <= {0o100644}
