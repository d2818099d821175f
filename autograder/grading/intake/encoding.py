"""Explain why Python cannot read a file as text.

The bytes go to the worker unchanged, and there the file costs its own tasks. Python's own message
does not help a student whose program writes UTF-16; this one does. A byte order mark of UTF-8, any
line ends and tabs are fine.
"""

import codecs
import io
import tokenize

# Those that people save in. Others may take minutes: punycode is quadratic in the size.
READ = {"utf-8", "utf-8-sig", "ascii", "iso8859-1", "iso8859-15", "cp1252", "mac-roman"}
READ |= {"gbk", "gb2312", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "koi8-r", "cp1251"}
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def remark_on(content: bytes) -> str | None:
    """What to do about a source file that is no text, as the rest of a sentence; None if it is."""
    if content.startswith(UTF_16):
        return "is UTF-16, which Python does not read; save it as UTF-8"
    if b"\0" in content:
        return f"holds a zero byte in line {_line(content, content.index(0))}; save it as UTF-8"
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        if codecs.lookup(encoding).name not in READ:
            return "names an encoding in its first lines that few programs read; save it as UTF-8"
        content.decode(encoding)
    except UnicodeDecodeError as error:
        line = _line(content, error.start)
        return f"is not {error.encoding.upper()} in line {line}; save it as UTF-8"
    except (SyntaxError, LookupError, ValueError):
        return "names an encoding in its first lines that is not its own; save it as UTF-8"
    return None


def _line(content: bytes, place: int) -> int:
    return content.count(b"\n", 0, place) + 1
