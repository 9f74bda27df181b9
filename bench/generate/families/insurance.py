"""Korean forms on which somebody claims the costs of a treatment from an insurer."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from bench.generate.document import Document, Family, Question, questions
from bench.generate.flow import Column, Flow
from bench.generate.numbers import amount, date_text, day, digits, unissued_phone
from bench.generate.page import Page
from bench.generate.words import person, postal

_INSURERS = ("한결생명보험", "누리화재해상보험", "새봄손해보험", "가람생명보험")
_BANKS = ("미리내은행", "가온은행", "온누리은행", "별빛저축은행")
_CLINICS = ("푸른숲병원", "새벽의원", "한마음정형외과", "들꽃내과의원", "소나무치과의원")
_ACCIDENTS = (
    "계단에서 넘어져 발목을 다침",
    "자전거를 타다가 팔을 다침",
    "운동 중 무릎을 다침",
    "빙판길에서 미끄러져 손목을 다침",
    "심한 복통으로 병원에 감",
    "높은 열과 기침으로 치료를 받음",
)
_COSTS = (("진찰료", 16000), ("검사료", 54000), ("약제비", 12500), ("처치료", 38000),
          ("입원료", 182000), ("물리치료", 27000), ("영상진단", 96000))  # fmt: skip
_KINDS = ("통원", "입원", "수술")
# Its name on the form, and the question.
_FIELDS = {
    "policy_number": ("증권번호", "증권번호는 무엇입니까?"),
    "claimant": ("청구인", "청구인의 이름은 무엇입니까?"),
    "birth_date": ("생년월일", "청구인의 생년월일은 언제입니까?"),
    "phone": ("연락처", "청구인의 연락처는 무엇입니까?"),
    "address": ("주소", "청구인의 주소는 어디입니까?"),
    "kind": ("청구유형", "청구유형은 무엇입니까?"),
    "accident_date": ("사고일자", "사고일자는 언제입니까?"),
    "accident": ("사고내용", "사고내용은 무엇입니까?"),
    "hospital": ("병원명", "병원명은 무엇입니까?"),
    "bank": ("은행명", "보험금을 받을 은행명은 무엇입니까?"),
    "account": ("계좌번호", "보험금을 받을 계좌번호는 무엇입니까?"),
    "total": ("청구금액", "청구금액은 모두 얼마입니까?"),
    "claim_date": ("청구일", "보험금을 청구한 날짜는 언제입니까?"),
}
_NOT_THERE = (
    Question("e_mail", "청구인의 이메일 주소는 무엇입니까?"),
    Question("doctor", "담당 의사의 이름은 무엇입니까?"),
    Question("occupation", "청구인의 직업은 무엇입니까?"),
)
_CLAIMANT = ("policy_number", "claimant", "birth_date", "phone", "address")
_EVENT = ("kind", "accident_date", "accident", "hospital")
_COLUMNS = (
    Column("진료일", 0.0, 0.34),
    Column("항목", 0.4, 0.3),
    Column("금액", 1.0, 0.26, "right"),
)


def claim(_index: int, rng: Random) -> Document:
    claimant = person(rng, "ko")
    happened = day(rng, date(2022, 1, 1), date(2025, 6, 30))
    style = rng.choice(("ko", "hyphens"))
    costs = [
        (
            happened + timedelta(days=rng.randint(0, 12)),
            name,
            round(won * rng.uniform(0.8, 1.3), -2),
        )
        for name, won in rng.sample(_COSTS, rng.randint(2, 5))
    ]
    costs.sort(key=lambda cost: cost[0])
    claimed = costs[-1][0] + timedelta(days=rng.randint(1, 20))
    total = sum(int(won) for _, _, won in costs)
    record: dict[str, Any] = {
        "policy_number": f"{rng.choice('LMNP')}{digits(rng, 4)}-{digits(rng, 6)}",
        "claimant": claimant.full,
        "birth_date": date_text(day(rng, date(1950, 1, 1), date(2004, 12, 31)), style),
        "phone": unissued_phone(rng, "ko") if rng.random() < 0.8 else None,
        "address": postal(rng, "ko"),
        "kind": rng.choice(_KINDS),
        "accident_date": date_text(happened, style),
        "accident": rng.choice(_ACCIDENTS),
        "hospital": rng.choice(_CLINICS),
        "items": [
            {"date": date_text(when, "hyphens"), "name": name, "amount": _won(int(won))}
            for when, name, won in costs
        ],
        "total": _won(total),
        "bank": rng.choice(_BANKS),
        "account": f"000-{digits(rng, 3)}-{digits(rng, 6)}",
        "claim_date": date_text(claimed, style),
    }
    page = _form(record, rng.choice(_INSURERS), grid=rng.random() < 0.5)
    asked = [
        _plainer(one)
        for one in questions({key: text for key, (_, text) in _FIELDS.items()}, record)
    ]
    return Document(page, "insurance_claim", "ko", (*asked, rng.choice(_NOT_THERE)), record)


def _won(won: int) -> str:
    return f"{amount(won * 100, 'ko')}원"


def _plainer(question: Question) -> Question:
    """A sum is right without 원 as well."""
    if question.field != "total":
        return question
    more = tuple(text.removesuffix("원") for text in question.references)
    return Question(question.field, question.text, (*question.references, *more))


def _form(record: dict[str, Any], insurer: str, *, grid: bool) -> Page:
    flow = Flow("ko", size=25)
    flow.mark()
    flow.line("보험금 청구서", anchor="middle", size=40, bold=True)
    flow.gap(0.3)
    flow.line(f"{insurer} 귀중")
    flow.rule()
    for title, keys in (("1. 청구인", _CLAIMANT), ("2. 사고", _EVENT)):
        flow.gap(0.2)
        flow.line(title, bold=True)
        for key in keys:
            if record[key] is not None:
                flow.pair(_FIELDS[key][0], record[key], at=0.24)
    flow.gap(0.2)
    flow.line("3. 진료비", bold=True)
    rows = [[item["date"], item["name"], item["amount"]] for item in record["items"]]
    flow.table(_COLUMNS, rows, grid=grid)
    flow.ends(_FIELDS["total"][0], record["total"], bold=True)
    flow.gap(0.2)
    flow.line("4. 받을 계좌", bold=True)
    for key in ("bank", "account"):
        flow.pair(_FIELDS[key][0], record[key], at=0.24)
    flow.gap(0.5)
    flow.line("위와 같이 보험금을 청구합니다.", anchor="middle")
    flow.gap(0.2)
    flow.pair(_FIELDS["claim_date"][0], record["claim_date"], at=0.24)
    return flow.page()


INSURANCE = Family("insurance-ko", "Korean insurance claim forms", 10, claim)
