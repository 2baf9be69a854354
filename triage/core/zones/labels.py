# ruff: noqa: RUF001 (words of many alphabets)
"""Labels of the header block that mail programs put above a quoted or forwarded message, by language.

The block repeats some header fields in the language of the program's user: "Von: ... Gesendet: ...
An: ... Betreff: ...". Labels are compared in lower case, without the colon and without marks of bold
type. One word may mean different fields in different languages; the reader of the block decides by
what stands around it.
"""

from enum import Flag, auto


class Field(Flag):
    """Header fields that a block may repeat."""

    FROM = auto()
    SENT = auto()
    TO = auto()
    CC = auto()
    SUBJECT = auto()
    OTHER = auto()


_FROM = """
from|author|sender|von|absender|de|expéditeur|expediteur|remitente|da|mittente|remetente|van
afzender|från|fran|fra|lähettäjä|lähettäjältä|frá|od|nadawca|odesílatel|odosielateľ|pošiljatelj
feladó|de la|expeditor|от|от кого|отправитель|від|від кого|відправник|από|αποστολέας|kimden|gönderen
מאת|من|از|از طرف|प्रेषक|से|จาก|từ|người gửi|dari|发件人|寄件者|寄件人|發件人|差出人|送信者
보낸 사람|보낸사람|보낸이|saatja|kellelt|no|nuo|siuntėjas|sūtītājs|pošiljatel|expedidor|发自|nga
шаље|од|пошиљалац
"""
_SENT = """
sent|date|sent on|sent at|gesendet|gesendet am|datum|versendet|datum/uhrzeit|envoyé|envoye|envoyé le
date d'envoi|message du|enviado|enviado el|enviado em|fecha|data|inviato|data invio|verzonden
verstuurd|skickat|sendt|dato|lähetetty|päivämäärä|päiväys|pvm|sent dato|dagsetning|wysłano|wysłane
odesláno|odoslané|dátum|poslano|poslané|elküldve|küldve|küldés dátuma|időpont|trimis|отправлено|дата
дата отправки|надіслано|відправлено|изпратено|στάλθηκε|ημερομηνία|εστάλη|απεστάλη|gönderilme tarihi
gönderildi|tarih|נשלח|תאריך|תאריך שליחה|تاريخ الإرسال|تاريخ|التاريخ|أرسل|فرستاده شده|ارسال شده
भेजा गया|दिनांक|वันที่|วันที่|ส่ง|ส่งเมื่อ|ngày|đã gửi|gửi|dikirim|tanggal|tarikh|发送时间
发送日期|日期|寄件日期|傳送時間|发件时间|时间|發送時間|送信日時|日時|日付|送信日|보낸 날짜|날짜
보낸시간|kuupäev|saadetud|išsiųsta|nosūtīts|datums|enviat|slanje|poslato|датум|послато
"""
_TO = """
to|an|empfänger|à|a|destinataire|para|destinatario|destinatário|aan|till|til|vastaanottaja|kenelle
do|adresat|komu|pro|pre|za|prima|primatelj|címzett|către|catre|la|кому|получатель|до|προς|παραλήπτης
kime|alıcı|אל|לכבוד|إلى|الى|به|प्रति|को|ถึง|tới|đến|kepada|ke|untuk|收件人|收件者|宛先|받는 사람
받는사람|받는이|kellele|saaja|kam|per a|per|prejemnik|viðtakandi|за|прима|për
"""
_CC = """
cc|kopie|copie|copie à|copia|c.c.|kopia|kopi|kopio|afrit|dw|do wiadomości|kopie (cc)|kópia|kp
másolatot kap|másolat|copie la|копия|копія|копие|κοιν|κοινοποίηση|κοιν.|bilgi|עותק|העתק|نسخة
نسخة إلى|رونوشت|प्रतिलिपि|สำเนา|đồng kính gửi|tembusan|salinan|抄送|副本|参照|참조|koopia|kopija
bcc|blind copy|salin|copia a|com cópia|com cópia para|cópia|kopie an
"""
_SUBJECT = """
subject|re|betreff|objet|sujet|asunto|assunto|oggetto|onderwerp|ämne|amne|emne|aihe|otsikko|efni
temat|předmět|predmet|zadeva|naslov|tárgy|subiect|тема|относно|предмет|θέμα|konu|נושא|الموضوع|موضوع
विषय|เรื่อง|หัวเรื่อง|chủ đề|tiêu đề|subjek|perihal|hal|subyek|主题|主旨|主題|件名|제목|teema
tema|temats|tēma|assumpte|emner|наслов
"""
_OTHER = """
reply-to|reply to|antwort an|répondre à|responder a|rispondi a|importance|wichtigkeit|importancia
priority|sensitivity|priorität|attachments|attachment|anlagen|anlage|pièces jointes|pièce jointe
adjuntos|datos adjuntos|allegati|bijlagen|bilagor|organization|message-id|mime-version|content-type
resent-from|resent-date|resent-to|sent by|please respond to|respond to|x-mailer|in-reply-to
references|newsgroups|list-id|cc/bcc|delivered-to|return-path|received|expires|gesendet von|via
categories|follow up flag|flag status|due by|importanza|importância|wichtig|вложения|важность|附件
添付ファイル
"""


def _table() -> dict[str, Field]:
    table: dict[str, Field] = {}
    for field, words in (
        (Field.FROM, _FROM),
        (Field.SENT, _SENT),
        (Field.TO, _TO),
        (Field.CC, _CC),
        (Field.SUBJECT, _SUBJECT),
        (Field.OTHER, _OTHER),
    ):
        for word in words.strip().replace("\n", "|").split("|"):
            table[word] = table.get(word, Field(0)) | field
    return table


#: Label in lower case to the fields it may stand for.
LABELS: dict[str, Field] = _table()

#: No label is longer than this; a colon further right is not one that ends a label.
LONGEST_LABEL = max(map(len, LABELS))
