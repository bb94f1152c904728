# case: numpy_basics
# external: numpy
import numpy as np
a = np.arange(6).reshape(2, 3)
assert a.sum() == 15 and a.mean(axis=0).tolist() == [1.5, 2.5, 3.5] and (a > 2).sum() == 3 and np.linalg.norm([3, 4]) == 5 and np.dot(a, a.T).shape == (2, 2)
# case: numpy_random_and_ufuncs
# external: numpy
import numpy as np
assert np.random.default_rng(1).integers(0, 10, 3).shape == (3,) and np.vectorize(lambda x: x + 1)([1]).tolist() == [2] and np.sqrt(4) == 2 and np.isnan(np.nan) and np.random.rand(2).shape == (2,)
# case: numpy_submodules
# external: numpy
import numpy.linalg as la
from numpy.fft import fft
import numpy as np
assert la.det([[1, 0], [0, 2]]) == 2 and abs(fft([1, 0])[0]) == 1 and np.char.upper(["a"])[0] == "A" and np.polynomial.Polynomial([1, 2])(1) == 3 and np.ma.array([1], mask=[1]).sum() is np.ma.masked
# case: numpy_printing_and_errors
# external: numpy
import numpy as np
with np.errstate(divide="ignore"): assert np.isinf(np.float64(1) / 0)
with np.printoptions(precision=2): assert str(np.array([1.234])) == "[1.23]"
try: np.array([1, 2]) + np.array([1, 2, 3])
except ValueError as e: assert "broadcast" in str(e)
# case: numpy_save_to_memory
# external: numpy
import numpy as np, io
b = io.BytesIO(); np.save(b, np.array([1, 2])); b.seek(0)
assert np.load(b).tolist() == [1, 2] and np.loadtxt(io.StringIO("1 2\n3 4")).shape == (2, 2) and np.genfromtxt(io.StringIO("1,2"), delimiter=",").tolist() == [1, 2]
# case: pandas_frame
# external: numpy,pandas
import pandas as pd
df = pd.DataFrame([i["json"] for i in _items])
assert df["n"].sum() == 3 and df.shape == (2, 2) and df.to_dict("records")[0] == {"n": 1, "name": "a"} and df.loc[df.n > 1, "name"].tolist() == ["b"]
# case: pandas_groupby_apply_agg
# external: numpy,pandas
import pandas as pd, numpy as np
df = pd.DataFrame({"k": list("aab"), "v": [1, 2, 3]})
assert df.groupby("k")["v"].sum().to_dict() == {"a": 3, "b": 3} and df.groupby("k").agg(m=("v", "mean"), x=("v", max)).loc["a", "m"] == 1.5 and df.apply(lambda r: r.v * 2, axis=1).tolist() == [2, 4, 6]
assert df.groupby("k").v.transform("sum").tolist() == [3, 3, 3] and df.v.map(lambda x: x + 1).tolist() == [2, 3, 4] and df.v.agg(["min", "max"]).tolist() == [1, 3] and df.v.apply(np.sqrt).iloc[0] == 1
# case: pandas_query_eval
# external: numpy,pandas
import pandas as pd
df = pd.DataFrame({"a": [1, 2, 3]})
limit = 1
assert df.query("a > 1").shape == (2, 1) and df.query("a > @limit").a.tolist() == [2, 3] and df.eval("b = a * 2").b.tolist() == [2, 4, 6] and pd.eval("1 + 1") == 2
# case: pandas_csv_json
# external: numpy,pandas
import pandas as pd, io
df = pd.read_csv(io.StringIO("a,b\n1,x\n2,y\n"))
assert df.to_csv(index=False) == "a,b\n1,x\n2,y\n" and pd.read_json(io.StringIO(df.to_json())).shape == (2, 2) and df.to_json(orient="records") == '[{"a":1,"b":"x"},{"a":2,"b":"y"}]' and "<table" in df.to_html()
# case: pandas_dates
# external: numpy,pandas
import pandas as pd
s = pd.Series([1, 2, 3], index=pd.date_range("2024-01-31", periods=3, freq="D", tz="Europe/Berlin"))
assert s.resample("ME").sum().tolist() == [1, 5] and pd.to_datetime("2024-01-02").day == 2 and pd.to_datetime(["05.06.2024"], format="%d.%m.%Y")[0].month == 6 and pd.Timestamp("2024-01-01").tz_localize("UTC").isoformat() == "2024-01-01T00:00:00+00:00"
# case: pandas_merge_pivot_strings
# external: numpy,pandas
import pandas as pd
a, b = pd.DataFrame({"k": [1, 2], "x": ["p", "q"]}), pd.DataFrame({"k": [1, 2], "y": [5, 6]})
assert a.merge(b, on="k").y.tolist() == [5, 6] and a.x.str.upper().tolist() == ["P", "Q"] and pd.concat([a, a]).shape == (4, 2) and b.pivot_table(index="k", values="y", aggfunc="sum").y.tolist() == [5, 6] and a.assign(z=lambda d: d.k * 2).z.tolist() == [2, 4]
# case: pandas_missing_and_sorting
# external: numpy,pandas
import pandas as pd, numpy as np
df = pd.DataFrame({"a": [3, None, 1]})
assert df.a.fillna(0).tolist() == [3, 0, 1] and df.dropna().shape == (2, 1) and df.sort_values("a").a.tolist()[0] == 1 and df.a.isna().sum() == 1 and df.describe().loc["count", "a"] == 2 and df.a.rolling(2).sum().shape == (3,)
# case: pandas_accessor_and_options
# external: numpy,pandas
import pandas as pd
@pd.api.extensions.register_series_accessor("twice")
class Twice:
    def __init__(self, s): self.s = s
    def values(self): return (self.s * 2).tolist()
with pd.option_context("display.max_rows", 5): assert len(str(pd.DataFrame({"a": range(100)}))) < 400
assert pd.Series([1]).twice.values() == [2]
# case: pandas_warning_at_user_line
# external: numpy,pandas
import pandas as pd, warnings
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")
    pd.to_datetime(["13/01/2024", "01/13/2024"], errors="coerce", dayfirst=True)
# case: numpy_pandas_hide_their_imports
# external: numpy,pandas
import numpy as np, pandas as pd
for name in ("os", "sys", "ctypeslib"): assert not hasattr(np, name) and not hasattr(pd, name)
assert pd.core.frame.DataFrame is pd.DataFrame
# case: numpy_runs_text
# external: numpy,numpy.testing
from numpy.testing import runstring
import math
d = {"a": 2, "m": math}
runstring("import json\ndef f(): return g() + a\ndef g(): return m.sqrt(4)", d)
runstring("h = f() + len(json.dumps([1])) + max(a, 1)", d)
assert d["h"] == 9.0 and d["f"]() == 4.0 and d["a"] == 2
# case: pandas_imports_what_it_needs
# external: numpy,pandas
import pandas as pd
try: pd.read_parquet("x")
except ImportError as e: assert "pyarrow" in str(e)
# case: numpy_files_are_refused_with_a_reason
# external: numpy
import numpy as np
for use in (lambda: np.fromfile("x.bin"), lambda: np.arange(3).tofile("x.bin")):
    try: use()
    except PermissionError as error: assert "opens a file" in str(error)
    else: assert False
# case: numpy_matrices_of_text
# external: numpy
import numpy as np
A = np.matrix("1 2; 3 4")
B = np.matrix([[5, 6], [7, 8]])
assert np.bmat("A, B; B, A").shape == (4, 4) and np.r_["A;B"].tolist() == [[1, 2], [3, 4], [5, 6], [7, 8]]
def inner():
    C = np.matrix([[9, 9]])
    return np.bmat("B; C")
assert inner().tolist() == [[5, 6], [7, 8], [9, 9]]
# case: pandas_queries_of_functions
# external: pandas
import pandas as pd
limit = 1
def keep(frame):
    least = limit
    return frame.query("a > @least and a > @limit")
assert keep(pd.DataFrame({"a": [1, 2]})).a.tolist() == [2] and pd.eval("limit + 1") == 2
# case: pandas_classes_can_be_extended
# external: pandas
import pandas as pd
pd.DataFrame.first_column = lambda self: self.iloc[:, 0]
@pd.api.extensions.register_dataframe_accessor("own")
class Own:
    def __init__(self, frame): self.frame = frame
    def width(self): return self.frame.shape[1]
frame = pd.DataFrame({"a": [1]})
assert frame.first_column().tolist() == [1] and frame.own.width() == 1
