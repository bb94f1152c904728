# package: openpyxl
# use: roundtrip
import openpyxl, io
w = openpyxl.Workbook(); w.active.append(["a", 1]); w.active["C1"] = "=B1*2"; b = io.BytesIO(); w.save(b); b.seek(0)
print([[c.value for c in r] for r in openpyxl.load_workbook(b).active.iter_rows()])
# use: styles
import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter, cell
w = openpyxl.Workbook(); c = w.active.cell(2, 3, 5); c.font = Font(bold=True); print(c.coordinate, c.font.b, get_column_letter(28), cell.coordinate_from_string("B7"))
# package: xlsxwriter
# use: memory
import xlsxwriter, io
b = io.BytesIO(); w = xlsxwriter.Workbook(b, {"in_memory": True}); s = w.add_worksheet(); s.write(0, 0, "a"); s.write_formula("A2", "=1+1"); w.close(); print(b.getvalue()[:2], len(b.getvalue()) > 3000)
# use: names
from xlsxwriter.utility import xl_rowcol_to_cell, xl_cell_to_rowcol
print(xl_rowcol_to_cell(3, 27), xl_cell_to_rowcol("AB4"))
# package: xlrd
# use: error
import xlrd
try: xlrd.open_workbook(file_contents=b"no workbook at all")
except xlrd.XLRDError as e: print(type(e).__name__)
# use: dates
import xlrd
print(xlrd.xldate.xldate_as_datetime(45000, 0), xlrd.xldate_as_tuple(45000.5, 0))
# package: python-docx
# modules: docx
# use: roundtrip
import docx, io
d = docx.Document(); d.add_heading("T", 1); d.add_paragraph("x").add_run("y").bold = True; t = d.add_table(1, 2); t.cell(0, 1).text = "c"; b = io.BytesIO(); d.save(b); b.seek(0)
r = docx.Document(b); print([p.text for p in r.paragraphs], r.tables[0].cell(0, 1).text)
# use: styles
import docx
from docx.shared import Pt, Inches
d = docx.Document(); d.styles["Normal"].font.size = Pt(9); print(d.styles["Normal"].font.size.pt, d.sections[0].page_width > Inches(1))
# package: python-pptx
# modules: pptx
# use: roundtrip
import pptx, io
p = pptx.Presentation(); s = p.slides.add_slide(p.slide_layouts[0]); s.shapes.title.text = "T"; b = io.BytesIO(); p.save(b); b.seek(0); print([x.text for x in pptx.Presentation(b).slides[0].shapes])
# use: units
from pptx.util import Inches
from pptx.dml.color import RGBColor
print(Inches(1).emu, RGBColor.from_string("FF0000"))
# package: pypdf
# use: pages
import pypdf, io
w = pypdf.PdfWriter(); w.add_blank_page(100, 200); w.add_metadata({"/Title": "T"}); b = io.BytesIO(); w.write(b); b.seek(0); r = pypdf.PdfReader(b); print(len(r.pages), r.pages[0].mediabox.height, r.metadata.title)
# use: merge
import pypdf, io
def make(n):
    w = pypdf.PdfWriter()
    for _ in range(n): w.add_blank_page(10, 10)
    b = io.BytesIO(); w.write(b); b.seek(0); return b
w = pypdf.PdfWriter(); w.append(make(2)); w.append(make(1)); print(len(w.pages), w.pages[0].rotate(90).rotation)
# package: reportlab
# use: canvas
from reportlab.pdfgen import canvas
import io
b = io.BytesIO(); c = canvas.Canvas(b, invariant=1); c.drawString(100, 700, "hi"); c.save(); print(b.getvalue()[:8])
# use: platypus
from reportlab.platypus import SimpleDocTemplate, Paragraph, Table
from reportlab.lib.styles import getSampleStyleSheet
import io
b = io.BytesIO(); SimpleDocTemplate(b).build([Paragraph("<b>x</b> y", getSampleStyleSheet()["Normal"]), Table([[1, 2]])]); print(b.getvalue()[:5])
# package: fpdf2
# modules: fpdf
# use: page
from fpdf import FPDF
p = FPDF(); p.add_page(); p.set_font("Helvetica", size=12); p.cell(text="hello"); print(bytes(p.output())[:5], p.page_no())
# use: table
from fpdf import FPDF
p = FPDF(); p.add_page(); p.set_font("Times")
with p.table() as t:
    for row in (("a", "b"), ("1", "2")):
        r = t.row()
        for v in row: r.cell(v)
print(len(p.output()) > 500, p.get_string_width("abc") > 0)
# package: pdfminer.six
# modules: pdfminer
# use: text
import io
from pdfminer.high_level import extract_text
parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>", b"<</Length 36>>stream\nBT /F1 12 Tf 10 100 Td (Hello) Tj ET \nendstream", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
pdf, at = b"%PDF-1.4\n", []
for n, part in enumerate(parts, 1): at.append(len(pdf)); pdf += b"%d 0 obj\n%s\nendobj\n" % (n, part)
x = len(pdf); pdf += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % a for a in at) + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % x
print(extract_text(io.BytesIO(pdf)).strip())
# use: utils
from pdfminer.utils import apply_matrix_pt, decode_text
print(apply_matrix_pt((1, 0, 0, 1, 2, 3), (4, 5)), decode_text(b"abc"))
# package: docxtpl
# modules: docxtpl,docx
# use: jinja
import docxtpl, docx, io
d = docx.Document(); d.add_paragraph("Hi {{ name }}"); b = io.BytesIO(); d.save(b); b.seek(0)
t = docxtpl.DocxTemplate(b); t.render({"name": "Al"}); o = io.BytesIO(); t.save(o); o.seek(0); print(docx.Document(o).paragraphs[0].text)
# use: rich
import docxtpl
r = docxtpl.RichText("a", bold=True); print("<w:b/>" in str(r))
# package: svgwrite
# use: drawing
import svgwrite
d = svgwrite.Drawing("x.svg", size=(10, 10)); d.add(d.circle((5, 5), 3, fill="red")); print(d.tostring())
# use: path
import svgwrite
p = svgwrite.path.Path("M 0 0"); p.push("L 1 1"); print(p.tostring())
# package: qrcode
# use: matrix
import qrcode
q = qrcode.QRCode(border=1); q.add_data("hello"); q.make(); print(len(q.get_matrix()), q.version)
# use: svg
import qrcode, io
from qrcode.image.svg import SvgPathImage
b = io.BytesIO(); qrcode.make("x", image_factory=SvgPathImage).save(b); print(b"<svg" in b.getvalue())
# package: segno
# use: svg
import segno, io
q = segno.make("hello"); b = io.BytesIO(); q.save(b, kind="svg"); print(q.designator, b"<svg" in b.getvalue())
# use: text
import segno
from segno import helpers
print(helpers.make_wifi("net", "pw", "WPA").version, segno.make_micro("1").designator)
# package: python-barcode
# modules: barcode
# use: check
import barcode
print(barcode.get("ean13", "590123412345").get_fullcode(), "code128" in barcode.PROVIDED_BARCODES)
# use: svg
import barcode, io
b = io.BytesIO(); barcode.Code128("abc").write(b); print(b"<svg" in b.getvalue())
# package: vobject
# use: card
import vobject
v = vobject.readOne("BEGIN:VCARD\nVERSION:3.0\nFN:Al\nN:B;Al\nEND:VCARD\n"); print(v.fn.value, v.n.value.family)
# use: calendar
import vobject, datetime
c = vobject.iCalendar(); c.add("vevent").add("summary").value = "x"; c.vevent.add("uid").value = "1"; c.vevent.add("dtstart").value = datetime.datetime(2024, 1, 1); c.vevent.add("dtstamp").value = datetime.datetime(2024, 1, 1); print("SUMMARY:x" in c.serialize())
# package: pillow
# modules: PIL
# use: image
from PIL import Image, ImageDraw
import io
i = Image.new("RGB", (20, 10), "red"); ImageDraw.Draw(i).rectangle((2, 2, 5, 5), fill="blue"); b = io.BytesIO(); i.save(b, "PNG"); b.seek(0); r = Image.open(b); print(r.size, r.getpixel((3, 3)), r.format)
# use: filters
from PIL import Image, ImageFilter, ImageOps, ImageFont
import io
i = Image.linear_gradient("L").resize((8, 8)).filter(ImageFilter.BLUR); b = io.BytesIO(); ImageOps.invert(i).save(b, "JPEG"); print(i.mode, b.getvalue()[:2], i.rotate(90).size, ImageFont.load_default() is not None)
