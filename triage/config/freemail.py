"""Domains whose mailboxes anybody can open: one of them never names a customer."""

_LIST = """
126.com 139.com 163.com 189.cn aim.com alice.it aliyun.com aol.com arcor.de att.net bellsouth.net
bigpond.com bk.ru bluewin.ch bol.com.br btinternet.com centrum.cz charter.net chello.at comcast.net
cox.net daum.net duck.com earthlink.net email.com email.cz email.de fastmail.com fastmail.fm
fastwebnet.it foxmail.com free.fr freemail.hu freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de
gmx.fr gmx.net googlemail.com hanmail.net hey.com home.nl hotmail.be hotmail.ch hotmail.co.uk
hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl hushmail.com icloud.com ig.com.br
inbox.lv inbox.ru interia.pl kabelmail.de kolabnow.com kpnmail.nl laposte.net libero.it list.ru
live.be live.ca live.co.uk live.com live.com.au live.de live.fr live.it live.nl mac.com mail.bg
mail.com mail.de mail.ee mail.ru mailbox.org mailfence.com me.com msn.com mweb.co.za nate.com
naver.com neuf.fr ntlworld.com o2.pl onet.pl online.de online.no op.pl optusnet.com.au orange.fr
outlook.at outlook.com outlook.de outlook.es outlook.fr outlook.it planet.nl pm.me posteo.at
posteo.de posteo.net proton.me protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com
rocketmail.com runbox.com sapo.pt seznam.cz sfr.fr shaw.ca sina.com sky.com skynet.be skynet.net
sohu.com spray.se sympatico.ca t-online.de talktalk.net telenet.be telia.com telus.net terra.com.br
tin.it tiscali.it tuta.com tuta.io tutanota.com tutanota.de ukr.net uol.com.br verizon.net
virgilio.it virgin.net virginmedia.com vodafone.de vodafone.it walla.co.il wanadoo.fr web.de
windowslive.com wp.pl xs4all.nl xtra.co.nz ya.ru yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk
yahoo.com yahoo.com.au yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru
yeah.net ymail.com ziggo.nl zoho.com zonnet.nl
"""

#: The large providers of Europe, the Americas and Asia.
FREEMAIL_DOMAINS = frozenset(_LIST.split())
