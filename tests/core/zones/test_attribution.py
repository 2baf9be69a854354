# ruff: noqa: E501, RUF001 (mails as they come: long lines, words of many alphabets)
"""Attribution lines of many languages and clients, each in front of a quote."""

import pytest

from triage.core.message import ZoneKind
from triage.core.zones import zone_text

MARKED = {
    "english": "On 5 May 2020, at 10:00, Ana Lima <ana@example.com> wrote:",
    "english without an address": "On 05/05/2020 10:00 AM, Ana Lima wrote:",
    "english with zone": "On Tue, 2020-05-05 at 18:02 +0530, Ana Lima wrote:",
    "english sent": "On 5-May-2020, at 6:54 PM, Ana Lima <ana@example.com> sent:",
    "english dashes": "--- On Tue, 5/5/20, Ana Lima <ana@example.com> wrote:",
    "english name first": "Ana Lima <ana@example.com> writes:",
    "english name only": "Ana Lima wrote:",
    "nickname": "anali wrote:",
    "archive without a colon": "Ana Lima wrote",
    "english dashes around": "---- Ana Lima wrote ----",
    "german": "Am 05.05.2020 um 10:00 schrieb Ana Lima:",
    "german with address": "Am Di., 5. Mai 2020 um 10:00 Uhr schrieb Ana Lima <ana@example.com>:",
    "german name first": "Ana Lima <ana@example.com> hat am 05.05.2020 10:00 geschrieben:",
    "french": "Le mar. 5 mai 2020 à 10:00, Ana Lima <ana@example.com> a écrit :",
    "french without an address": "Le 05/05/2020 à 10:00, Ana Lima a écrit :",
    "spanish": "El mar, 5 may 2020 a las 10:00, Ana Lima (<ana@example.com>) escribió:",
    "italian": "Il giorno mar 5 mag 2020 alle ore 10:00 Ana Lima <ana@example.com> ha scritto:",
    "portuguese": "Em ter., 5 de mai. de 2020 às 10:00, Ana Lima <ana@example.com> escreveu:",
    "dutch": "Op di 5 mei 2020 om 10:00 schreef Ana Lima <ana@example.com>:",
    "dutch apple": "Op 5 mei 2020, om 10:00 heeft Ana Lima <ana@example.com> het volgende geschreven:",
    "swedish": "Den tis 5 maj 2020 kl 10:00 skrev Ana Lima <ana@example.com>:",
    "danish": "Den tirs. 5. maj 2020 kl. 10.00 skrev Ana Lima <ana@example.com>:",
    "norwegian": "tir. 5. mai 2020 kl. 10:00 skrev Ana Lima <ana@example.com>:",
    "finnish": "ti 5. toukok. 2020 klo 10.00 Ana Lima (ana@example.com) kirjoitti:",
    "icelandic": "Þann þri., 5. maí 2020 kl. 10:00 skrifaði Ana Lima <ana@example.com>:",
    "polish": "wt., 5 maj 2020 o 10:00 Ana Lima <ana@example.com> napisał(a):",
    "polish formal": "W dniu 05.05.2020 o 10:00, Ana Lima pisze:",
    "czech": "út 5. 5. 2020 v 10:00 odesílatel Ana Lima <ana@example.com> napsal:",
    "slovak": "Dňa 5. 5. 2020 o 10:00 Ana Lima napísala:",
    "slovene": "V V tor., 5. maj 2020 ob 10:00 je oseba Ana Lima <ana@example.com> napisala:",
    "croatian": "Dana uto, 5. svi 2020. u 10:00 Ana Lima <ana@example.com> je napisala:",
    "serbian": "уто, 5. мај 2020. у 10:00 Ana Lima <ana@example.com> је написао/ла:",
    "hungarian": "Ana Lima <ana@example.com> ezt írta (időpont: 2020. máj. 5., K, 10:00):",
    "romanian": "În data de mar., 5 mai 2020 la 10:00, Ana Lima <ana@example.com> a scris:",
    "bulgarian": "На вт, 5.05.2020 г. в 10:00 Ana Lima <ana@example.com> написа:",
    "russian": "вт, 5 мая 2020 г. в 10:00, Ana Lima <ana@example.com>:",
    "russian with verb": "5 мая 2020 г., 10:00, Анна Лима написала:",
    "ukrainian": "вт, 5 трав. 2020 р. о 10:00 Ana Lima <ana@example.com> пише:",
    "greek": "Στις Τρί, 5 Μαΐ 2020 στις 10:00 π.μ., ο/η Ana Lima <ana@example.com> έγραψε:",
    "turkish": "Ana Lima <ana@example.com>, 5 May 2020 Sal, 10:00 tarihinde şunu yazdı:",
    "hebrew": "בתאריך יום ג׳, 5 במאי 2020 ב-10:00 מאת Ana Lima <ana@example.com>:",
    "arabic": "في الثلاثاء، ٥ مايو ٢٠٢٠ في ١٠:٠٠ ص تمت كتابة ما يلي بواسطة Ana Lima <ana@example.com>:",
    "persian": "در تاریخ ۵ مهٔ ۲۰۲۰ ساعت ۱۰:۰۰ Ana Lima <ana@example.com> نوشت:",
    "hindi": "मंगल, 5 मई 2020 को 10:00 am बजे को Ana Lima <ana@example.com> ने लिखा:",
    "thai": "ในวันที่ อ. 5 พ.ค. 2020 เวลา 10:00 Ana Lima <ana@example.com> เขียนว่า:",
    "vietnamese": "Vào Th 3, 5 thg 5, 2020 vào lúc 10:00 Ana Lima <ana@example.com> đã viết:",
    "indonesian": "Pada tanggal Sel, 5 Mei 2020 pukul 10.00 Ana Lima <ana@example.com> menulis:",
    "simplified chinese": "Ana Lima <ana@example.com> 于2020年5月5日周二 上午10:00写道：",
    "traditional chinese": "Ana Lima <ana@example.com> 於 2020年5月5日 週二 上午10:00寫道：",
    "chinese outlook": '在 2020-05-05 10:00:00，"Ana Lima" <ana@example.com> 写道：',
    "chinese without an address": "张三 于2020年5月5日 上午10:00写道：",
    "japanese": "2020年5月5日(火) 10:00 Ana Lima <ana@example.com>:",
    "japanese with verb": "2020/05/05 10:00、Ana Lima <ana@example.com>のメール:",
    "korean": "2020년 5월 5일 (화) 오전 10:00, Ana Lima <ana@example.com>님이 작성:",
    "estonian": "Kuupäev T, 5. mai 2020 kell 10:00 kirjutas Ana Lima <ana@example.com>:",
    "latvian": "otrd., 2020. g. 5. maijs plkst. 10:00 Ana Lima <ana@example.com> rakstīja:",
    "lithuanian": "2020-05-05, an, 10:00 Ana Lima <ana@example.com> rašė:",
    "catalan": "Missatge de Ana Lima <ana@example.com> del dia dt., 5 de maig 2020 a les 10:00 va escriure:",
    "gmt form": "2020-05-05 10:00 GMT+02:00 Ana Lima <ana@example.com>:",
    "quoting": "Quoting Ana Lima <ana@example.com>:",
    "zitat": "Zitat von Ana Lima <ana@example.com>:",
}  # fmt: skip


@pytest.mark.parametrize("attribution", MARKED.values(), ids=MARKED.keys())
def test_attribution_before_marked_quote_is_the_quote_header(attribution: str) -> None:
    text = f"Yes, Friday is fine.\n\n{attribution}\n\n> Is Friday fine?\n> Ana\n"

    kinds = {text[zone.start : zone.end].strip(): zone.kind for zone in zone_text(text).zones}

    assert kinds["Yes, Friday is fine."] is ZoneKind.NEW
    assert kinds[attribution.strip()] is ZoneKind.QUOTE_HEADER
    assert kinds["> Is Friday fine?\n> Ana"] is ZoneKind.QUOTED


WRAPPED = {
    "two lines": "On Tue, May 5, 2020 at 10:00 AM, Ana Maria Lima of the Example Company\n<ana@example.com> wrote:",
    "address torn": "On May 5, 2020, at 10:00 AM, Ana Lima <\nana.maria.lima@example.com> wrote:",
    "three lines": "On May 5, 2020, at 10:00 AM, Ana Lima <\nana.maria.lima@example.com>\nwrote:",
    "verb alone": "W dniu 5 maja 2020 10:00 użytkownik Ana Lima <ana@example.com>\nnapisał:",
    "with blank line": "On Tue, May 5, 2020 at 10:00 AM Ana Lima\n\n<\nmailto:ana@example.com\n> wrote:",
    "gmt form torn": "2020-05-05 10:00 GMT+02:00 Ana Lima <\nana@example.com>:",
}


@pytest.mark.parametrize("attribution", WRAPPED.values(), ids=WRAPPED.keys())
@pytest.mark.parametrize("quote", ["> Is Friday fine?", "Is Friday fine?"], ids=["marked", "unmarked"])
def test_attribution_may_take_up_to_four_lines(attribution: str, quote: str) -> None:
    text = f"Yes, Friday is fine.\n\n{attribution}\n\n{quote}\n"

    zones = zone_text(text).zones

    assert [zone.kind for zone in zones] == [ZoneKind.NEW, ZoneKind.QUOTE_HEADER, ZoneKind.QUOTED]
    assert text[zones[0].start : zones[0].end].strip() == "Yes, Friday is fine."


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Fine. On Tue, May 5, 2020 at 3:59 PM, ana@example.com wrote:\n> Friday?", "Fine."),
        ("Fine--- On Tue, May 5, 2020 at 3:59 PM, ana@example.com wrote:\n> Friday?", "Fine"),
        (
            "Well -\nso be it On May 5, 2020, at 3:59 PM, Ana <\nana@example.com> wrote:\n\n> Friday?",
            "Well -\nso be it",
        ),
    ],
    ids=["space", "dashes", "wrapped"],
)
def test_answer_that_shares_a_line_with_the_attribution_stays_new(text: str, answer: str) -> None:
    zones = zone_text(text).zones

    assert [zone.kind for zone in zones] == [ZoneKind.NEW, ZoneKind.QUOTE_HEADER, ZoneKind.QUOTED]
    assert text[zones[0].start : zones[0].end].strip() == answer


NOT_ATTRIBUTIONS = {
    "line that starts with On": "On the other hand we could wait.\nOn Monday we decide.",
    "server wrote": "On 05.05.2020 the server wrote:\nDisk full on node 3",
    "plain wrote": "What he wrote:\nThe contract ends in May.",
    "date and colon": "Meeting on 5 May 2020 at 10:00:\nplease bring the plan",
    "name and address": "My colleague is Ana Lima <ana@example.com>:\nplease call her",
    "address in a sentence": "On 5 May 2020 I told ana@example.com that we accept, and she wrote:\nthe price is too high",
    "address at the end": "Please ask ana@example.com, who wrote on 5 May 2020:\nis it still true?",
    "opening behind a sentence": "So be it. On 5 May please:\nthe plan",
    "list with a time": "- 10:00:\nopening\n- 11:00:\nquestions",
}


def test_line_that_ends_in_an_address_above_marks_is_no_attribution() -> None:
    text = "On 5 May ask Ana (ana@example.com)\n> which is what we do"

    assert [zone.kind for zone in zone_text(text).zones] == [ZoneKind.NEW]


@pytest.mark.parametrize("text", NOT_ATTRIBUTIONS.values(), ids=NOT_ATTRIBUTIONS.keys())
def test_ordinary_sentence_does_not_begin_a_quote(text: str) -> None:
    assert [zone.kind for zone in zone_text(text).zones] == [ZoneKind.NEW]
