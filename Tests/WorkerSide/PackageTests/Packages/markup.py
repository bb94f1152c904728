# package: beautifulsoup4
# modules: bs4
# small
# use: html
from bs4 import BeautifulSoup
s = BeautifulSoup("<p class=a>x<b>y</b></p><p>z</p>", "html.parser"); print(s.find("p", class_="a").get_text(), [p.text for p in s.select("p")], s.b.parent.name)
# use: edit
from bs4 import BeautifulSoup
s = BeautifulSoup("<ul><li>1<li>2</ul>", "html.parser"); s.ul["id"] = "l"; s.li.decompose(); print(s, s.prettify())
# package: lxml
# use: etree
from lxml import etree
r = etree.fromstring("<a><b n='1'>x</b><b n='2'/></a>"); print(r.xpath("//b[@n='1']/text()"), etree.tostring(r, pretty_print=True).decode())
# use: html
from lxml import html, objectify
print(html.fromstring("<div><a href='/x'>l</a></div>").xpath("//a/@href"), objectify.fromstring("<r><v>3</v></r>").v + 1)
# package: html5lib
# use: parse
import html5lib
print(html5lib.parse("<p>a<p>b", namespaceHTMLElements=False).find("body/p").text)
# use: serialise
import html5lib
print(html5lib.serialize(html5lib.parseFragment("<b>x<i>y", treebuilder="etree"), tree="etree"))
# package: cssselect
# use: xpath
from cssselect import GenericTranslator
print(GenericTranslator().css_to_xpath("div.a > p:first-child"))
# use: specificity
import cssselect
print([s.specificity() for s in cssselect.parse("#a .b, c")])
# package: xmltodict
# small
# use: parse
import xmltodict
print(xmltodict.parse("<a x='1'><b>2</b><b>3</b></a>"))
# use: unparse
import xmltodict
print(xmltodict.unparse({"a": {"@x": "1", "b": ["2", "3"]}}, pretty=True))
# package: defusedxml
# use: etree
from defusedxml import ElementTree as E
print(E.fromstring("<a><b>1</b></a>").find("b").text)
# use: refused
from defusedxml import ElementTree as E, EntitiesForbidden
try: E.fromstring('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>')
except EntitiesForbidden as e: print(type(e).__name__)
# package: parsel
# use: css
from parsel import Selector
s = Selector("<p>a</p><p class=x>b</p>"); print(s.css("p.x::text").get(), s.xpath("//p/text()").getall(), s.css("p::text").re(r"[ab]"))
# use: json
from parsel import Selector
print(Selector('{"a": [1, 2]}', type="json").jmespath("a[1]").get())
# package: pyquery
# use: select
from pyquery import PyQuery
d = PyQuery("<div><p>a</p><p class='x'>b</p></div>"); print(d("p.x").text(), d("p").length, d("p").eq(0).html())
# use: edit
from pyquery import PyQuery
d = PyQuery("<p>a</p>"); d("p").add_class("k").append("<b>!</b>"); print(d)
# package: tinycss2
# use: rules
import tinycss2
print([t.type for t in tinycss2.parse_stylesheet("a { color: red } /* c */")])
# use: colour
from tinycss2 import color3, parse_one_component_value
print(color3.parse_color("#f00"), parse_one_component_value("12px").value)
# package: untangle
# use: parse
import untangle
print(untangle.parse("<a><b n='1'>x</b></a>").a.b.cdata)
# use: attributes
import untangle
print(untangle.parse("<a><b n='1'/><b n='2'/></a>").a.b[1]["n"])
# package: selectolax
# use: css
from selectolax.lexbor import LexborHTMLParser as HTMLParser
print([n.text() for n in HTMLParser("<p>a</p><p class=x>b</p>").css("p.x")])
# use: tree
from selectolax.lexbor import LexborHTMLParser as HTMLParser
print(HTMLParser("<div><a href='x'>l</a></div>").css_first("a").attributes)
# package: w3lib
# use: html
from w3lib.html import remove_tags, replace_entities
print(remove_tags("<b>x</b>"), replace_entities("&amp;"))
# use: url
from w3lib.url import canonicalize_url, url_query_parameter, add_or_replace_parameter
print(canonicalize_url("http://x/?b=2&a=1"), url_query_parameter("http://x/?a=1", "a"), add_or_replace_parameter("http://x/", "q", "1"))
# package: feedparser
# use: rss
import feedparser
f = feedparser.parse("<rss version='2.0'><channel><title>T</title><item><title>I</title><link>http://x</link></item></channel></rss>"); print(f.feed.title, f.entries[0].link, f.version)
# use: atom
import feedparser
f = feedparser.parse("<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title><entry><updated>2024-01-02T03:04:05Z</updated></entry></feed>"); print(f.version, f.entries[0].updated_parsed.tm_year)
# package: xmlschema
# use: validate
import xmlschema
s = xmlschema.XMLSchema("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='a' type='xs:int'/></xs:schema>"); print(s.is_valid("<a>1</a>"), s.is_valid("<a>x</a>"))
# use: decode
import xmlschema
s = xmlschema.XMLSchema("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='a'><xs:complexType><xs:sequence><xs:element name='b' type='xs:int' maxOccurs='2'/></xs:sequence></xs:complexType></xs:element></xs:schema>"); print(s.to_dict("<a><b>1</b><b>2</b></a>"))
# package: bleach
# use: clean
import bleach
print(bleach.clean("<script>x</script><b>y</b>"), bleach.clean("<i>a</i>", tags=set(), strip=True))
# use: linkify
import bleach
print(bleach.linkify("see http://example.com"))
# package: html2text
# use: text
import html2text
print(html2text.html2text("<h1>T</h1><p>a <b>b</b> <a href='x'>l</a></p>"))
# use: options
import html2text
h = html2text.HTML2Text(); h.ignore_links = True; h.body_width = 0; print(h.handle("<ul><li><a href='x'>l</a></ul>"))
# package: markdownify
# use: text
from markdownify import markdownify
print(markdownify("<h2>T</h2><ul><li>a</li></ul><b>x</b>", heading_style="ATX"))
# use: strip
from markdownify import markdownify, MarkdownConverter
print(markdownify("<a href='x'>y</a>", strip=["a"]), MarkdownConverter(bullets="-").convert("<ul><li>1</li></ul>"))
