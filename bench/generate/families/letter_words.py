"""What letters and CVs say, by language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LetterWords:
    """`letters`: a subject, then its paragraphs."""

    to: str
    dear: str
    closing: str
    letters: tuple[tuple[str, ...], ...]
    cv: str
    born: str
    phone: str
    lives: str
    work: str
    school: str
    skills: str
    roles: tuple[str, ...]
    degrees: tuple[str, ...]
    known: tuple[str, ...]


LETTERS = {
    "en": LetterWords(
        to="To",
        dear="Dear neighbour,",
        closing="Yours sincerely,",
        letters=(
            (
                "Repair of the stairs",
                "The stairs will be repaired next month. Please use the side entrance meanwhile.",
                "The noise will be loudest in the mornings. The builders stop every day at five.",
                "If you have questions, our office is open on Tuesdays and Thursdays.",
            ),
            (
                "Your request of last month",
                "Thank you for writing. We can offer a meeting in the second half of the month.",
                "Please bring the papers that you named, and a list of what is still missing.",
                "We are sorry that our answer took so long and thank you for your patience.",
            ),
        ),
        cv="Curriculum vitae",
        born="Date of birth",
        phone="Telephone",
        lives="Address",
        work="Experience",
        school="Education",
        skills="Skills",
        roles=("Bookkeeper", "Warehouse clerk", "Technical drawer", "Office assistant", "Buyer"),
        degrees=("Diploma in accounting", "Degree in engineering", "Certificate in logistics"),
        known=("Spreadsheets and databases", "Spanish, fluent", "Driving licence, class B",
               "First aid", "Planning of small teams"),
    ),
    "ru": LetterWords(
        to="Кому:",
        dear="Здравствуйте!",
        closing="С уважением,",
        letters=(
            (
                "О ремонте лестницы",
                "В следующем месяце начнётся ремонт лестницы. Просим пользоваться боковым входом.",
                "Сильнее всего шум будет по утрам. Рабочие заканчивают каждый день в пять часов.",
                "Если у вас есть вопросы, приходите к нам по вторникам и четвергам.",
            ),
            (
                "Ответ на ваше обращение",
                "Благодарим за письмо. Предлагаем встретиться во второй половине месяца.",
                "Возьмите с собой названные бумаги и список того, чего пока не хватает.",
                "Просим извинить за долгий ответ и благодарим за терпение.",
            ),
        ),
        cv="Резюме",
        born="Дата рождения",
        phone="Телефон",
        lives="Адрес",
        work="Опыт работы",
        school="Образование",
        skills="Навыки",
        roles=("Бухгалтер", "Кладовщик", "Чертёжник", "Секретарь", "Закупщик"),
        degrees=("Экономический техникум", "Технический университет", "Колледж связи"),
        known=("Электронные таблицы", "Английский язык, свободно", "Водительские права B",
               "Первая помощь", "Планирование работы группы"),
    ),
    "ko": LetterWords(
        to="받는 사람:",
        dear="안녕하십니까?",
        closing="감사합니다.",
        letters=(
            (
                "계단 공사 안내",
                "다음 달 첫째 주부터 건물 계단을 고칩니다. 공사하는 동안 옆문을 이용해 주십시오.",
                "소음은 아침에 가장 클 것입니다. 공사는 매일 오후 다섯 시에 끝납니다.",
                "궁금한 점이 있으면 화요일과 목요일에 사무실로 오십시오.",
            ),
            (
                "지난달 요청에 대한 답변",
                "편지를 보내 주셔서 고맙습니다. 이달 하순에 만날 수 있습니다.",
                "말씀하신 서류와 아직 없는 서류의 목록을 가져오시기 바랍니다.",
                "답변이 늦어진 점 죄송하며 기다려 주셔서 감사합니다.",
            ),
        ),
        cv="이력서",
        born="생년월일",
        phone="연락처",
        lives="주소",
        work="경력",
        school="학력",
        skills="자격과 능력",
        roles=("경리", "창고 관리", "기계 설계", "사무 보조", "구매 담당"),
        degrees=("상업고등학교 졸업", "공과대학 졸업", "물류전문학교 졸업"),
        known=("표 계산과 자료 관리", "영어 회화 능숙", "운전면허 보통", "응급 처치", "조직 관리"),
    ),
}  # fmt: skip
