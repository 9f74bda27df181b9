"""Where an answer says that here is the answer: a line, a tag, a box."""

from __future__ import annotations

import re

from bench.reading.sentences import korean_value, without_full_stop

_TAG = re.compile(r"<answer>", re.IGNORECASE)
_END_TAG = re.compile(r"</answer>", re.IGNORECASE)
_BOX = re.compile(r"\\boxed\s?\{")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_LATEX_TEXT = re.compile(r"\\(?:text|textbf|mathrm|mathbf)\{([^{}]*)\}")
_LATEX_SIGN = re.compile(r"\\([$%&#_{}])")

_LINE = re.compile(
    r"^(?P<markup>[ \t#>*-]*+)"
    r"(?:(?:(?:so|thus|therefore|hence),?[ ])?(?:the |my )?(?:final |correct |short )?answer"
    r"(?P<stated> is\b)?"
    r"|(?:итоговый |окончательный |правильный |финальный )?ответ"
    r"|(?:최종 ?|정)?답(?:변|안)?(?P<korean>[은는](?= ))?"
    r"|(?:die |meine )?(?:endgültige |richtige )?antwort(?P<german> lautet| ist)?"
    r"|(?-i:(?P<short>A))(?=[:：]))"
    r"(?P<closing>\*{0,3})(?P<colon>[ \t]*+[:：]\*{0,3}|[ \t]++[—–][ \t]|(?=[ \t]|$))"
    r"[ \t]*+(?P<value>[^\n]*+)$",
    re.IGNORECASE | re.MULTILINE,
)
_PARAGRAPH = re.compile(r"\s*+((?:[^\n]*\S[^\n]*(?:\n|\Z))*)")
_SAYS_ITS_END = re.compile(r"[\d\"'”“»)\]}*`]\.\Z")


def answer_of(text: str) -> str | None:
    """What a last tag, a last box and a last line say, one inside the other."""
    for part in (_in_tag, _in_box, _on_line):
        said = part(text)
        if said == "":
            return None
        text = text if said is None else said
    return text


def _in_tag(text: str) -> str | None:
    begin = -1
    for tag in _TAG.finditer(text):
        begin = tag.end()
    if begin < 0:
        return None
    end = _END_TAG.search(text, begin)
    return text[begin : end.start() if end else len(text)].strip()


def _in_box(text: str) -> str | None:
    begin = -1
    for box in _BOX.finditer(text):
        begin = box.end()
    if begin < 0:
        return None
    end, depth = len(text), 1
    for brace in _BRACE.finditer(text, begin):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if not depth:
            end = brace.start()
            break
    return _LATEX_SIGN.sub(r"\1", _LATEX_TEXT.sub(r"\1", text[begin:end])).strip()


def _on_line(text: str) -> str | None:
    found = None
    for line in _LINE.finditer(text):
        if _is_answer(line, text):
            found = line
    if found is None:
        return None
    value = found["value"].strip()
    if not value:
        below = _PARAGRAPH.match(text, found.end())
        return below[1].strip() if below else ""
    if "**" in found["markup"] and not found["closing"] and value.count("**") % 2:
        value = value.removesuffix("**").rstrip()
    if found["korean"]:
        return korean_value(value)
    if re.fullmatch(r"\[[^\[\]]+\]", value):
        return value[1:-1].strip()
    if _SAYS_ITS_END.search(value) or not found["colon"].strip(" \t*"):
        return without_full_stop(value)
    return value


def _is_answer(line: re.Match[str], text: str) -> bool:
    """With a colon, a dash or a verb; a heading; the last line behind `A:`."""
    if line["short"]:
        return not text[line.end() :].strip()
    if line["colon"].strip() or line["korean"]:
        return True
    if line["stated"] or line["german"]:
        return bool(line["value"])
    return "#" in line["markup"] and not line["value"]
