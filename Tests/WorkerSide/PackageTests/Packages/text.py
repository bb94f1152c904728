# package: jinja2
# small
# use: render
import jinja2
print(jinja2.Template("{% for i in items if i.n > 1 %}{{ loop.index }}:{{ i.name|upper }} {% else %}-{% endfor %}").render(items=[{"n": 1, "name": "a"}, {"n": 2, "name": "b"}]))
# use: errors
import jinja2
for text in ("{{ 1 / 0 }}", "{{ missing.x }}", "{% for %}"):
    try: print(jinja2.Environment().from_string(text).render())
    except Exception as e: print(type(e).__name__, e)
jinja2.Template("{{ 1 / 0 }}").render()
# use: environment
import jinja2
env = jinja2.Environment(loader=jinja2.DictLoader({"base": "<{% block b %}{% endblock %}>", "page": "{% extends 'base' %}{% block b %}{{ x|e }}{{ super() }}{% endblock %}"}), autoescape=True, undefined=jinja2.StrictUndefined)
env.filters["twice"] = lambda v: v * 2
print(env.get_template("page").render(x="<b>"), env.from_string("{% macro m(a, b=2) %}{{ a + b }}{% endmacro %}{{ m(1) }}{{ 'ab'|twice }}").render())
# package: mako
# use: render
from mako.template import Template
print(Template("hello ${name.upper()} % if\n% for i in range(2):\n${i}\n% endfor").render(name="x"))
# use: defs
from mako.template import Template
print(Template("<%def name='f(a)'>[${a}]</%def>${f(1)}${f(2) | h}").render())
# package: chevron
# small
# use: render
import chevron
print(chevron.render("{{#a}}{{b}},{{/a}}{{^c}}none{{/c}}", {"a": [{"b": 1}, {"b": 2}]}))
# use: partials
import chevron
print(chevron.render("{{>p}}{{{x}}}", {"x": "<"}, partials_dict={"p": "P{{x}}"}))
# package: markdown
# small
# use: html
import markdown
print(markdown.markdown("# T\n\n* a\n* **b**\n\n[l](http://x)"))
# use: extensions
import markdown
print(markdown.markdown("a | b\n--|--\n1 | 2\n\n[TOC]\n\n```\ncode\n```", extensions=["tables", "toc", "fenced_code"]))
# package: mistune
# use: html
import mistune
print(mistune.html("# T\n\n- a\n- *b*\n"))
# use: tokens
import mistune
print(mistune.create_markdown(renderer=None)("a **b**")[0]["type"], mistune.create_markdown(plugins=["table", "strikethrough"])("~~x~~"))
# package: markdown-it-py
# modules: markdown_it
# use: html
from markdown_it import MarkdownIt
print(MarkdownIt().render("# T\n\n1. a\n2. `b`\n"))
# use: tokens
from markdown_it import MarkdownIt
print([t.type for t in MarkdownIt("commonmark").enable("table").parse("| a |\n|---|\n| 1 |")][:3])
# package: commonmark
# use: html
import commonmark
print(commonmark.commonmark("*a* **b**"))
# use: ast
import commonmark
print(commonmark.Parser().parse("a\n\nb").first_child.t)
# package: docutils
# use: html
from docutils.core import publish_parts
print(publish_parts("T\n=\n\n* a\n* *b*\n", writer_name="html", settings_overrides={"_disable_config": True, "halt_level": 5})["body"][:200])
# use: tree
from docutils.core import publish_doctree
print([n.tagname for n in publish_doctree("Para\n\n::\n\n  code\n", settings_overrides={"_disable_config": True})])
# package: pygments
# use: html
import pygments
from pygments.lexers import PythonLexer, get_lexer_by_name
from pygments.formatters import HtmlFormatter
print(pygments.highlight("x = 1", PythonLexer(), HtmlFormatter()), get_lexer_by_name("json").name)
# use: tokens
import pygments
from pygments import lexers, formatters
print(list(pygments.lex("a = 'b'", lexers.get_lexer_by_name("python")))[:2], lexers.guess_lexer_for_filename("x.html", "<p>").name)
# package: tabulate
# small
# use: grid
from tabulate import tabulate
print(tabulate([["a", 1.5], ["b", 22]], headers=["k", "v"], tablefmt="grid"), tabulate({"x": [1, 2]}, headers="keys", tablefmt="github"))
# use: html
from tabulate import tabulate
print(tabulate([[1, "<"]], tablefmt="html"), tabulate([["ü", None]], missingval="-"))
# package: prettytable
# use: text
from prettytable import PrettyTable
t = PrettyTable(["a", "b"]); t.add_row([1, "x"]); t.add_row([2, "y"]); t.align["b"] = "l"; print(t.get_string(sortby="a", reversesort=True))
# use: html
from prettytable import PrettyTable
t = PrettyTable(["a"]); t.add_row([1]); print(t.get_html_string(), t.get_json_string())
# package: texttable
# use: draw
import texttable
t = texttable.Texttable(); t.add_rows([["a", "b"], ["1", "2"]]); print(t.draw())
# use: align
import texttable
t = texttable.Texttable(max_width=20); t.set_cols_align(["r"]); t.add_row(["long text that wraps here"]); print(t.draw())
# package: wcwidth
# use: width
import wcwidth
print(wcwidth.wcswidth("コンニチハ"), wcwidth.wcwidth("a"))
# use: list
import wcwidth
print(len(wcwidth.list_versions()) > 3)
# package: sqlparse
# use: format
import sqlparse
print(sqlparse.format("select a,b from t where x=1", reindent=True, keyword_case="upper"))
# use: tokens
import sqlparse
print(sqlparse.split("select 1; select 2"), [str(t) for t in sqlparse.parse("select a")[0].tokens])
# package: sqlglot
# use: transpile
import sqlglot
print(sqlglot.transpile("SELECT IFNULL(a, 1) FROM t LIMIT 1", read="mysql", write="postgres"))
# use: tree
import sqlglot
from sqlglot import exp
print([t.name for t in sqlglot.parse_one("select a, b from x join y on x.i = y.i").find_all(exp.Table)])
# package: regex
# use: match
import regex
print(regex.findall(r"\p{Lu}\w+", "Ärger und Übel"), regex.search(r"(?:cats|cat){e<=1}", "cts").group())
# use: named
import regex
print(regex.sub(r"(?P<a>\d)+", lambda m: str(m.captures("a")), "x123"))
# package: rapidfuzz
# use: ratio
from rapidfuzz import fuzz, process
print(fuzz.ratio("abc", "abd"), process.extractOne("appel", ["apple", "pear"]))
# use: distance
from rapidfuzz.distance import Levenshtein, JaroWinkler
print(Levenshtein.distance("kitten", "sitting"), round(JaroWinkler.similarity("a", "ab"), 3))
# package: thefuzz
# use: ratio
from thefuzz import fuzz, process
print(fuzz.token_sort_ratio("a b", "b a"), process.extract("new", ["new york", "old"], limit=1))
# use: partial
from thefuzz import fuzz
print(fuzz.partial_ratio("ork", "new york"))
# package: jellyfish
# use: phonetic
import jellyfish
print(jellyfish.soundex("Robert"), jellyfish.metaphone("Thompson"))
# use: distance
import jellyfish
print(jellyfish.levenshtein_distance("a", "bc"), round(jellyfish.jaro_winkler_similarity("dixon", "dicksonx"), 3))
# package: levenshtein
# modules: Levenshtein
# use: distance
import Levenshtein
print(Levenshtein.distance("a", "bc"), Levenshtein.ratio("ab", "ac"))
# use: ops
import Levenshtein
print(Levenshtein.editops("ab", "b"), Levenshtein.median(["abc", "abd", "abc"]))
# package: textdistance
# use: distances
import textdistance
print(textdistance.hamming("test", "text"), textdistance.jaccard("ab", "bc"))
# use: similarity
import textdistance
print(textdistance.levenshtein.normalized_similarity("abc", "abd"), textdistance.lcsseq("abcd", "acd"))
# package: python-slugify
# modules: slugify
# small
# use: slug
from slugify import slugify
print(slugify("Ünïcödé & Co. 42"), slugify("a b", separator="_", max_length=3))
# use: options
from slugify import slugify
print(slugify("10 | 20 %", replacements=[["|", "or"], ["%", "percent"]]), slugify("the cat", stopwords=["the"]))
# package: unidecode
# use: ascii
from unidecode import unidecode
print(unidecode("北京 Ærø"))
# use: errors
from unidecode import unidecode
print(unidecode("\ue000x", errors="replace", replace_str="?"))
# package: ftfy
# use: fix
import ftfy
print(ftfy.fix_text("schÃ¶n â€œxâ€\x9d"), ftfy.fix_encoding("Ã©"))
# use: explain
import ftfy
print(ftfy.fix_and_explain("Ã¶").text, ftfy.formatting.display_ljust("a", 3))
# package: chardet
# use: detect
import chardet
print(chardet.detect("schön für Größe".encode("utf-8"))["encoding"].lower())
# use: incremental
from chardet.universaldetector import UniversalDetector
d = UniversalDetector(); d.feed(b"plain ascii text"); d.close(); print(d.result["encoding"].lower())
# package: charset-normalizer
# modules: charset_normalizer
# use: best
from charset_normalizer import from_bytes
print(from_bytes("Größe und schöne Wörter überall".encode("utf-8")).best().encoding)
# use: detect
import charset_normalizer
print(charset_normalizer.detect(b"abc")["encoding"])
# package: inflect
# use: plural
import inflect
p = inflect.engine(); print(p.plural("child"), p.number_to_words(1234), p.a("hour"), p.join(["a", "b", "c"]))
# use: singular
import inflect
p = inflect.engine(); print(p.singular_noun("mice"), p.ordinal(3), p.plural("cat", 1))
# package: inflection
# use: case
import inflection
print(inflection.camelize("some_name"), inflection.underscore("SomeName"), inflection.pluralize("person"), inflection.parameterize("A b"))
# use: title
import inflection
print(inflection.titleize("man from_the boondocks"), inflection.ordinalize(22))
# package: num2words
# use: words
from num2words import num2words
print(num2words(42), num2words(42, lang="de"), num2words(3, to="ordinal"))
# use: money
from num2words import num2words
print(num2words(12.5, to="currency", lang="en", currency="USD"), num2words(1999, to="year"))
# package: pyphen
# use: hyphens
import pyphen
print(pyphen.Pyphen(lang="en_US").inserted("hyphenation"))
# use: languages
import pyphen
print("de_DE" in pyphen.LANGUAGES, pyphen.Pyphen(lang="de_DE").wrap("Autobahn", 6))
# package: snowballstemmer
# use: stem
import snowballstemmer
print(snowballstemmer.stemmer("english").stemWords(["running", "flies"]))
# use: german
import snowballstemmer
print(snowballstemmer.stemmer("german").stemWord("laufenden"), "french" in snowballstemmer.algorithms())
# package: emoji
# use: names
import emoji
print(emoji.emojize("ok :thumbs_up:"), emoji.demojize("👍"), emoji.emoji_count("a👍b"))
# use: replace
import emoji
print(emoji.replace_emoji("x👍", "!"), emoji.is_emoji("👍"))
# package: parse
# use: parse
import parse
print(parse.parse("{name} is {age:d}", "Al is 3").named, parse.findall("<{}>", "<a><b>").__next__()[0])
# use: types
import parse
print(parse.parse("{:ti}", "2024-01-02T03:04:05")[0], parse.search("n={:d}", "x n=4")[0])
# package: pyparsing
# use: grammar
import pyparsing as pp
print((pp.Word(pp.nums) + pp.Suppress("+") + pp.Word(pp.nums)).parse_string("1 + 2").as_list())
# use: infix
import pyparsing as pp
n = pp.common.integer; print(pp.infix_notation(n, [(pp.one_of("* /"), 2, pp.OpAssoc.LEFT), (pp.one_of("+ -"), 2, pp.OpAssoc.LEFT)]).parse_string("1+2*3").as_list())
# package: lark
# use: parse
import lark
print(lark.Lark('start: NUMBER ("+" NUMBER)*\n%import common.NUMBER\n%ignore " "').parse("1 + 2").pretty())
# use: transform
import lark
class T(lark.Transformer):
    def start(self, v): return sum(int(x) for x in v)
print(T().transform(lark.Lark('start: N ("," N)*\nN: /\\d+/', parser="lalr").parse("1,2,3")))
# package: ply
# use: lexer
import ply.lex as lex
tokens = ("N", "P")
class L:
    tokens = ("N", "P"); t_P = r"\+"; t_ignore = " "
    def t_N(self, t):
        r"\d+"
        t.value = int(t.value); return t
    def t_error(self, t): raise ValueError(t.value)
import re
print(lex.TOKEN("x")(lambda t: t).regex, lex.LexToken.__name__)
# use: yacc
import ply.yacc as yacc
print(yacc.Production(1, "a", ["b"]).name, len(yacc.Grammar(["N"]).Terminals) > 0)
# package: phonenumbers
# use: parse
import phonenumbers
n = phonenumbers.parse("+49 30 901820"); print(phonenumbers.format_number(n, phonenumbers.PhoneNumberFormat.INTERNATIONAL), phonenumbers.is_valid_number(n))
# use: find
import phonenumbers
from phonenumbers import geocoder
print([m.raw_string for m in phonenumbers.PhoneNumberMatcher("call 030 901820 now", "DE")], geocoder.description_for_number(phonenumbers.parse("+4930901820"), "en"))
# package: titlecase
# use: title
from titlecase import titlecase
print(titlecase("the quick brown fox of the world"))
# use: callback
from titlecase import titlecase
print(titlecase("a tcp thing", callback=lambda w, **k: w.upper() if w == "tcp" else None))
# package: nltk
# use: stem
from nltk.stem import PorterStemmer
from nltk.util import ngrams
print(PorterStemmer().stem("running"), list(ngrams([1, 2, 3], 2)))
# use: tokens
from nltk.tokenize import RegexpTokenizer, WordPunctTokenizer
from nltk import FreqDist, edit_distance
print(RegexpTokenizer(r"\w+").tokenize("a b-c"), WordPunctTokenizer().tokenize("Hi, you"), FreqDist("aab").most_common(1), edit_distance("a", "bc"))
# package: simpleeval
# use: arithmetic
from simpleeval import simple_eval
print(simple_eval("1 + n * 2", names={"n": 3}), simple_eval("f(2)", functions={"f": lambda x: x * x}))
# use: refused
from simpleeval import simple_eval, InvalidExpression
try: simple_eval("x.__class__", names={"x": 1})
except InvalidExpression as e: print(type(e).__name__)
# package: asteval
# use: arithmetic
from asteval import Interpreter
a = Interpreter(); print(a("1 + 2"), a("sqrt(4)"))
# use: program
from asteval import Interpreter
a = Interpreter(); a("x = [i * 2 for i in range(3)]"); print(a.symtable["x"])
