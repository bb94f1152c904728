"""The loops of library_costs.py, as the body of a task. Returns the processor seconds of each: the least of nine runs."""

import time

import jinja2
import pandas as pd
import pydantic
import sympy

frame = pd.DataFrame({"key": [i % 50 for i in range(5000)], "n": range(5000), "x": [float(i) for i in range(5000)]})
x, y = sympy.symbols("x y")
template = jinja2.Template("{% for i in items %}<li>{{ i.name|upper }} {{ loop.index }} {{ i['n'] }}</li>{% endfor %}")
rows = [{"name": "n%d" % i, "n": i} for i in range(300)]


class Model(pydantic.BaseModel):
    number: int
    text: str
    numbers: list[int]
    named: dict[str, float]


def groupby():
    for _ in range(30):
        frame.groupby("key").agg({"n": "sum", "x": "mean"})
        frame.groupby("key")["n"].apply(lambda column: column.max())


def simplify():
    sympy.core.cache.clear_cache()
    sympy.simplify((sympy.sin(x) ** 2 + sympy.cos(x) ** 2) * (x**2 - y**2) / (x - y) + sympy.exp(x) * sympy.exp(y))
    sympy.expand((x + y) ** 20)


def validate():
    for i in range(20000):
        value = {"number": i, "text": "x", "numbers": [1, 2, 3], "named": {"a": 1.5}}
        Model.model_validate(value).model_dump()


def define():
    for _ in range(100):

        class Defined(pydantic.BaseModel):
            number: int
            text: str
            numbers: list[int] = []


def render():
    for _ in range(100):
        template.render(items=rows)


def least(loop):
    loop()
    seconds = []
    for _ in range(9):
        start = time.process_time()
        loop()
        seconds.append(time.process_time() - start)
    return min(seconds)


return {loop.__name__: least(loop) for loop in (groupby, simplify, validate, define, render)}
