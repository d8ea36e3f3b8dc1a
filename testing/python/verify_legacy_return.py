"""verify_legacy_return.py PAGE SIGNING_KEY < FIELDS

Verifies the form that brings the payer of a legacy link back by the function that the reference
page PAGE shows; FIELDS is a JSON object. Exit: 0 it is genuine, in either case
of hex; 1 it is not, or a changed form passes too.
"""
import json
import sys


def main(page, signing_key):
    with open(page, encoding="utf-8") as file:
        source = file.read().split("```python\n")[1].split("```")[0]
    shown = {}
    exec(source, shown)
    verify = shown["verify_legacy_return"]
    fields = json.load(sys.stdin)
    if not verify(signing_key, fields) or fields["DIA_SECRET"] != fields["DIA_SECRET"].upper():
        return 1
    for name in fields.keys() - {"DIA_SECRET_TYPE"}:
        if verify(signing_key, {**fields, name: fields[name] + "0"}):
            return 1
    for wrong in ("", "é", "0"):
        if verify(signing_key, {**fields, "DIA_SECRET": wrong}):
            return 1
    return 0 if verify(signing_key, {**fields, "DIA_SECRET": fields["DIA_SECRET"].lower()}) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
