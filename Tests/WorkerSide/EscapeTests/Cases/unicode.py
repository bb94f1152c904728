# case: nfkc_eval
pwn(ｅval("__import__('sys')"))
# case: nfkc_dunder
pwn(pwn.__𝓰lobals__)
# case: nfkc_dunder_bold
pwn(pwn.__𝐜𝐨𝐝𝐞__)
# case: nfkc_import_name
import ｓys
pwn(ｓys)
# case: nfkc_open
pwn_text(ｏpen("{SECRET}").read())
# case: ligature_attribute
g = (i for i in [1])
pwn(g.gi_ﬀ if False else g.gi_𝗳rame)
# case: nfkc_keyword_pattern
match pwn:
    case object(__𝓬ode__=c): pwn(c)
# case: nfkc_builtins
pwn(__ｂuiltins__)
# case: nfkc_getattr_string
pwn(getattr(pwn, "__𝓰lobals__"))
# control: none, strings are not normalised
# case: nfkc_global_statement
def f():
    global __ｂuiltins__
    return __ｂuiltins__
pwn(f())
# case: coding_cookie
# -*- coding: utf-7 -*-
pwn(pwn.__globals__)
# case: form_feed_and_escapes
pwn(pwn.\
__globals__)
# case: escaped_name_in_string
pwn(getattr(pwn, "\x5f\x5fglobals\N{LOW LINE}_"))
# case: zero_width
pwn(getattr(pwn, "__globals__\u200b".strip("\u200b")))
# case: surrogate_in_name
pwn(getattr(pwn, "__globals__" + "\udc80"[:0]))
