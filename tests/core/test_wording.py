import pytest

from triage.core.wording import NO_WORDING, Wording, keep_wording, read_wording, wording_of


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "Thank you very much for your help, have a nice weekend!\n\nBest regards\nAnna",
        "OK, perfect.",
        "Great, thx",
        "Vielen Dank, das hat geholfen.",
        "Danke schön und schönes Wochenende!",
        "Merci beaucoup pour votre aide.",
        "Muchas gracias, un saludo.",
        "Grazie mille, buona giornata",
        "Muito obrigado pela ajuda!",
        "Hartelijk dank!",
        "Dziękuję bardzo za pomoc",
        "Děkuji moc",
        "Tack så mycket!",
        "Mange tak for hjælpen",
        "Takk for hjelpen",
        "Kiitos avusta!",
        "Teşekkürler",
        "Köszönöm szépen!",
        "Mulțumesc frumos",
        "Спасибо большое!",
        "Дякую за допомогу",
        "Ευχαριστώ πολύ",
        "谢谢!",
        "ありがとうございました。",
        "Received, noted.",
    ],
)
def test_thanks_close(text: str) -> None:
    assert read_wording(text).is_closing


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, but it still fails.",
        "Thanks. When will it be ready?",
        "Thank you. Please send the invoice as well.",
        "Thanks, however the second server is down.",
        "OK, go ahead with the migration.",
        "Danke, aber der Drucker geht immer noch nicht.",
        "Danke! Bitte auch Server 2 prüfen.",
        "Merci, mais le problème persiste.",
        "Gracias, pero no funciona.",
        "Grazie, ma non funziona ancora.",
        "Obrigado, mas ainda não funciona.",
        "Bedankt, maar het werkt niet.",
        "Dziękuję, ale nie działa.",
        "Tack, men det fungerar inte.",
        "Спасибо, но не работает.",
        "谢谢,请再发一次。",
        "ありがとう。でも、まだ動きません。",
        "Tak, zróbcie to.",  # Polish: yes, do it
        "Le scrivo prima della riunione di domani per il progetto",  # Italian: before
        "The export has stopped since this morning.",
        "Thanks " + "and more words to make it long " * 5,
        "",
    ],
)
def test_what_wants_more_does_not_close(text: str) -> None:
    assert not read_wording(text).is_closing


def test_thanks_with_an_attachment_do_not_close() -> None:
    assert not read_wording("Thanks!", has_attachments=True).is_closing


@pytest.mark.parametrize(
    "text",
    [
        "Hello Anna, we are looking into it and will get back to you.",
        "Wir kümmern uns darum und melden uns.",
        "Nous revenons vers vous demain.",
        "Estamos revisando el caso.",
        "Stiamo verificando, le faremo sapere.",
        "Vi återkommer så snart vi vet mer.",
    ],
)
def test_an_announced_answer_is_holding(text: str) -> None:
    assert read_wording(text).is_holding


@pytest.mark.parametrize(
    "text",
    [
        "The fix is live; we found it while looking at the logs.",
        "We are looking into it. Which version do you run?",
        "We are looking into it. " + "Here is the full account of what happened. " * 8,
    ],
)
def test_an_answer_with_more_to_say_is_not_holding(text: str) -> None:
    assert not read_wording(text).is_holding


@pytest.mark.parametrize(
    "text", ["Can you check?", "Please send it.", "Bitte prüfen.", "请确认一下。", "Prosím o fakturu"]
)
def test_a_request_is_heard(text: str) -> None:
    assert read_wording(text).has_request


def test_news_ask_for_nothing() -> None:
    assert read_wording("The server was replaced on Monday.") == NO_WORDING


def test_a_huge_text_costs_no_more_than_its_beginning() -> None:
    assert read_wording("Thanks " * 1_000_000) == NO_WORDING


def test_what_a_parser_read_is_not_read_again() -> None:
    text = "Words that only this test has. " * 1_000
    told = Wording(is_holding=True, has_request=True)

    keep_wording(text, told, has_attachments=False)

    # The database hands out the beginning of a long text.
    assert wording_of(text[:4_096], has_attachments=False) == told
    assert wording_of(text, has_attachments=True) == read_wording(text, has_attachments=True)


def test_texts_are_not_kept_for_ever() -> None:
    first = "The first of many texts."
    keep_wording(first, Wording(is_closing=True), has_attachments=False)

    for number in range(5_000):
        wording_of(f"Text number {number}.", has_attachments=False)

    assert wording_of(first, has_attachments=False) == NO_WORDING
