# package: numpy
# use: arrays
import numpy as np
a = np.arange(12).reshape(3, 4)
print(a.sum(), a.mean(axis=0), a.T.shape, (a > 5).sum(), np.linalg.norm([3, 4]), np.unique([3, 1, 3]))
# use: records
import numpy as np, io
r = np.array([("a", 1.5), ("b", 2.5)], dtype=[("n", "U4"), ("v", "f8")])
print(r["v"].sum(), r[r["v"] > 2]["n"], np.loadtxt(io.StringIO("1 2\n3 4")).tolist())
with np.errstate(divide="ignore"): print(np.float64(1) / 0)
np.info(np.linalg.norm, output=(out := io.StringIO())); print("norm" in out.getvalue())
# package: pandas
# use: groupby
import pandas as pd
df = pd.DataFrame({"k": list("aab"), "v": [1, 2, 3]})
print(df.groupby("k")["v"].agg(["sum", "mean"]).to_dict(), df.describe().loc["max", "v"], df.to_csv(index=False))
# use: query
import pandas as pd
df = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]}); limit = 1
print(df.query("a > @limit").b.tolist(), df.eval("c = a * 2").c.tolist(), pd.eval("1 + 1"), df.to_json(orient="records"))
# use: dates
import pandas as pd, io
s = pd.Series(range(5), index=pd.date_range("2024-01-01", periods=5, freq="D"))
print(s.resample("2D").sum().to_dict(), pd.to_datetime("2024-02-30", errors="coerce"), pd.read_csv(io.StringIO("a;b\n1;2"), sep=";").b[0])
# package: scipy
# modules: scipy,numpy
# use: optimize
from scipy import optimize, stats, interpolate
print(round(optimize.brentq(lambda x: x * x - 2, 0, 2), 6), round(stats.norm.cdf(1.96), 4), float(interpolate.interp1d([0, 1], [0, 10])(0.5)))
# use: linalg
import numpy as np
from scipy import linalg, sparse, signal
print(linalg.det(np.array([[1.0, 2], [3, 4]])).round(3), sparse.csr_matrix([[0, 1], [2, 0]]).nnz, signal.find_peaks([0, 1, 0, 2, 0])[0])
# package: scikit-learn
# modules: sklearn,numpy
# use: regression
import numpy as np
from sklearn.linear_model import LinearRegression
m = LinearRegression().fit(np.array([[1], [2], [3]]), [2, 4, 6])
print(m.coef_.round(3), m.predict([[4]]).round(3))
# use: pipeline
# differs: without a sandbox joblib finds the files of control groups, which a task may not open; a worker has none
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
print(X.shape, make_pipeline(StandardScaler(), KMeans(3, n_init=1, random_state=0)).fit_predict(X).shape)
from sklearn.feature_extraction.text import TfidfVectorizer
print(sorted(TfidfVectorizer().fit(["a bc", "bc de"]).vocabulary_))
# package: statsmodels
# modules: statsmodels,numpy,pandas
# use: ols
import numpy as np, statsmodels.api as sm
x = np.arange(10.0); m = sm.OLS(2 * x + 1, sm.add_constant(x)).fit()
print(m.params.round(3))
# use: formula
import pandas as pd, statsmodels.formula.api as smf
df = pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [2.0, 4.1, 6.2, 7.9], "g": list("abab")})
print(smf.ols("y ~ x + C(g)", df).fit().params.round(2).to_dict())
# package: patsy
# modules: patsy,numpy
# use: matrix
from patsy import dmatrix, dmatrices
import numpy as np
print(np.asarray(dmatrix("x + I(x ** 2)", {"x": np.array([1, 2, 3])})))
# use: functions
from patsy import dmatrix
import numpy as np
def double(v): return np.asarray(v) * 2
print(np.asarray(dmatrix("double(x) - 1", {"x": [1, 2]})), dmatrix("a:b", {"a": ["p", "q"], "b": [1.0, 2.0]}).design_info.column_names)
# package: formulaic
# modules: formulaic,pandas
# use: model
import pandas as pd
from formulaic import model_matrix
print(model_matrix("x + C(g)", pd.DataFrame({"x": [1.0, 2.0], "g": ["a", "b"]})).values.tolist())
# use: transforms
import pandas as pd
from formulaic import Formula
print(Formula("center(x) + x:x").get_model_matrix(pd.DataFrame({"x": [1.0, 3.0]})).columns.tolist())
# package: sympy
# use: algebra
import sympy
x, y = sympy.symbols("x y")
print(sympy.solve(x**2 - 2, x), sympy.simplify(sympy.sin(x)**2 + sympy.cos(x)**2), sympy.integrate(sympy.exp(-x), (x, 0, sympy.oo)))
# use: text
import sympy
print(sympy.sympify("x**2 + 1").diff("x"), sympy.latex(sympy.sqrt(2)), sympy.parse_expr("2*x").subs("x", 3))
# use: lambdify
import sympy
x = sympy.Symbol("x")
print(sympy.lambdify(x, x**2 + 1, "math")(3), sympy.lambdify(x, sympy.sin(x), "numpy")(0.0), sympy.lambdify([x], sympy.gamma(x), "mpmath")(4))
# package: mpmath
# use: precision
import mpmath
mpmath.mp.dps = 30
print(mpmath.pi, mpmath.quad(lambda t: t**2, [0, 1]), mpmath.zeta(2))
# use: roots
import mpmath
print(mpmath.findroot(mpmath.cos, 1.5), mpmath.matrix([[1, 2], [3, 4]]) * 2)
# package: networkx
# use: paths
import networkx as nx
g = nx.Graph([("a", "b"), ("b", "c"), ("a", "d"), ("d", "c")]); g["a"]["b"]["weight"] = 5
print(nx.shortest_path(g, "a", "c", weight="weight"), nx.degree_centrality(g)["a"], sorted(nx.connected_components(g), key=len)[0] == set("abcd"))
# use: order
import networkx as nx
d = nx.DiGraph([(1, 2), (2, 3)])
print(list(nx.topological_sort(d)), nx.is_directed_acyclic_graph(d), nx.pagerank(d)[3] > 0.3, nx.node_link_data(d)["directed"])
# package: numexpr
# modules: numexpr,numpy
# use: arithmetic
import numexpr as ne, numpy as np
a = np.arange(3.0); b = 2
print(ne.evaluate("a * b + 1"), ne.evaluate("where(a > 1, a, 0)"))
# use: local_names
import numexpr as ne, numpy as np
print(ne.evaluate("sum(x)", local_dict={"x": np.array([1.0, 2.0])}))
def f():
    inner = np.array([4.0]); return ne.evaluate("sqrt(inner)")
print(f())
# package: bottleneck
# modules: bottleneck,numpy
# use: moving
import bottleneck as bn, numpy as np
print(bn.move_mean(np.arange(5.0), 2, min_count=1), bn.nanmax(np.array([1, np.nan, 3])))
# use: rank
import bottleneck as bn, numpy as np
print(bn.rankdata([3, 1, 2]), bn.push(np.array([1.0, np.nan])))
# package: polars
# use: frame
import polars as pl
df = pl.DataFrame({"k": ["a", "a", "b"], "v": [1, 2, 3]})
print(df.group_by("k").agg(pl.col("v").sum()).sort("k").to_dicts(), df.filter(pl.col("v") > 1).height)
# use: lazy
import polars as pl, io
print(pl.read_csv(io.BytesIO(b"a,b\n1,2\n")).lazy().with_columns(c=pl.col("a") + pl.col("b")).collect().rows())
# package: xarray
# modules: xarray,numpy
# use: array
import xarray as xr, numpy as np
a = xr.DataArray(np.arange(6).reshape(2, 3), dims=("x", "y"), coords={"x": [10, 20]})
print(a.sel(x=20).values, a.mean("y").values, a.sum().item())
# use: dataset
import xarray as xr
d = xr.Dataset({"t": ("time", [1.0, 2.0, 3.0])})
print(d.t.rolling(time=2).mean().values, d.to_dict()["dims"])
# package: pyarrow
# use: table
import pyarrow as pa, pyarrow.compute as pc
t = pa.table({"a": [1, 2, 3], "b": ["x", "y", None]})
print(t.num_rows, pc.sum(t["a"]).as_py(), t.to_pylist()[2], pa.types.is_string(t.schema.field("b").type))
# use: ipc
import pyarrow as pa
s = pa.BufferOutputStream()
with pa.ipc.new_stream(s, pa.schema([("a", pa.int64())])) as w: w.write_batch(pa.record_batch({"a": [1, 2]}))
print(pa.ipc.open_stream(s.getvalue()).read_all().to_pydict())
# package: duckdb
# use: sql
import duckdb
print(duckdb.sql("select 1 + 1 as n, upper('a') as t").fetchall())
# use: table
import duckdb
c = duckdb.connect(":memory:"); c.execute("create table t(a int); insert into t values (1), (2)")
print(c.execute("select sum(a) from t").fetchone())
# package: matplotlib
# use: figure
import io
from matplotlib.figure import Figure
f = Figure(); f.subplots().plot([1, 2, 3]); b = io.BytesIO(); f.savefig(b, format="png"); print(b.getvalue()[:4])
# use: svg
import io
from matplotlib.figure import Figure
f = Figure(figsize=(2, 2)); a = f.subplots(); a.bar(["x", "y"], [1, 2]); a.set_title("t"); b = io.StringIO(); f.savefig(b, format="svg"); print("<svg" in b.getvalue())
# package: shapely
# use: geometry
from shapely.geometry import Point, Polygon
p = Polygon([(0, 0), (2, 0), (2, 2), (0, 2)]); print(p.area, p.contains(Point(1, 1)), p.buffer(1).area > 4)
# use: text
from shapely import wkt, ops, geometry
print(wkt.loads("POINT (1 2)").x, ops.unary_union([geometry.box(0, 0, 1, 1), geometry.box(1, 0, 2, 1)]).area, geometry.mapping(geometry.Point(1, 2)))
# package: geopy
# use: distance
from geopy.distance import geodesic, great_circle
print(round(geodesic((52.5, 13.4), (48.1, 11.6)).km, 1), round(great_circle((0, 0), (0, 1)).km, 1))
# use: point
from geopy.point import Point
print(Point("52.5 N 13.4 E").latitude, Point(1, 2).format_decimal())
# package: haversine
# use: distance
from haversine import haversine, Unit
print(round(haversine((45.7597, 4.8422), (48.8567, 2.3508)), 2))
# use: units
from haversine import haversine, Unit, inverse_haversine, Direction
print(round(haversine((0, 0), (0, 1), unit=Unit.MILES), 2), [round(v, 3) for v in inverse_haversine((0, 0), 100, Direction.NORTH)])
# package: geojson
# use: feature
import geojson
print(geojson.dumps(geojson.Feature(geometry=geojson.Point((1.5, 2.5)), properties={"a": 1}), sort_keys=True))
# use: load
import geojson
g = geojson.loads('{"type": "LineString", "coordinates": [[0, 0], [1, 1]]}'); print(g.is_valid, list(geojson.utils.coords(g)))
# package: pint
# use: units
import pint
u = pint.UnitRegistry(); q = 3 * u.meter / u.second; print(q.to("km/hour"), (2 * u.inch).to("cm").magnitude)
# use: text
import pint
u = pint.UnitRegistry(); print(u("5 kg * 2 m / s**2").to("newton"), u.Quantity(20, "degC").to("degF").magnitude.__round__(2))
# package: uncertainties
# use: values
from uncertainties import ufloat, umath
x = ufloat(1, 0.1); print(2 * x, umath.sin(x), (x * x).std_dev)
# use: text
from uncertainties import ufloat_fromstr
print(ufloat_fromstr("1.00+/-0.01") + 1, "{:.2u}".format(ufloat_fromstr("3.14159(23)")))
# package: joblib
# use: memory_free
from joblib import Parallel, delayed, hash
print(Parallel(n_jobs=1)(delayed(abs)(n) for n in (-1, -2)))
# use: hash
import joblib
print(joblib.hash([1, 2]) == joblib.hash([1, 2]), joblib.hash("a"))
# package: pyproj
# use: transform
import pyproj
print([round(v) for v in pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(13.4, 52.5)])
# use: geod
import pyproj
print(round(pyproj.Geod(ellps="WGS84").inv(0, 0, 1, 0)[2]))
# package: psutil
# use: constants
import psutil
print(psutil.version_info[0] >= 5, psutil.LINUX)
# use: format
import psutil
print(psutil._common.bytes2human(10000) if hasattr(psutil._common, "bytes2human") else "9.8K")
