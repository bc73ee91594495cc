"""Archives as devices make them, and as nobody should: gzipped tar, written by the standard library."""

import gzip
import io
import tarfile


def tar(files: dict[str, bytes], *, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return a tar archive of files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.type = kind
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def tgz(files: dict[str, bytes], *, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return the same, compressed."""
    return gzip.compress(tar(files, kind=kind), mtime=0)
