# SPDX-License-Identifier: Apache-2.0
"""describe.py FILE...: what Python's email package makes of messages, as Description.java writes it."""
import email
import email.policy
import hashlib
import sys


def escape(text):
    units = text.encode("utf-16-be", "surrogatepass")
    chars = [units[i] << 8 | units[i + 1] for i in range(0, len(units), 2)]
    return "".join(chr(c) if 0x20 <= c < 0x7F else "\\u%04x" % c for c in chars)


def or_none(text):
    return "-" if text is None else escape(text)


def describe(part, depth, out):
    kind = part.get_content_type()
    if part.is_multipart() and kind.startswith("multipart/"):
        out.append("  " * depth + kind)
        for each in part.iter_parts():
            describe(each, depth + 1, out)
        return
    octets = part.get_payload(decode=True)
    digest = "%d:%s" % (len(octets), hashlib.sha256(octets).hexdigest()[:16])
    content_id = part["Content-ID"]
    out.append(
        "%s%s %s name=%s id=%s %s"
        % (
            "  " * depth,
            kind,
            digest,
            or_none(part.get_filename()),
            or_none(None if content_id is None else str(content_id).strip()),
            or_none(part.get_content_disposition()),
        )
    )


for file in sys.argv[1:]:
    with open(file, "rb") as stream:
        # Not from the file itself: that makes LF of CRLF.
        message = email.message_from_bytes(stream.read(), policy=email.policy.default)
    lines = ["Subject " + escape(str(message["Subject"]))]
    for field in ("From", "Sender", "Reply-To", "To", "Cc"):
        for address in message[field].addresses if message[field] else ():
            lines.append("%s %s <%s>" % (field, escape(address.display_name), escape(address.addr_spec)))
    describe(message, 0, lines)
    for part in message.walk():
        for defect in part.defects:
            lines.append("defect " + repr(defect))
    print("\n".join(lines))
    print("--")
