# case: io_open
import io
pwn_text(io.open("{SECRET}").read())
# case: io_fileio
import io
pwn_text(io.FileIO("{SECRET}").read())
# case: io_open_code
import io
pwn_text(io.open_code("{SECRET}").read())
# case: codecs_open
import codecs
pwn_text(codecs.open("{SECRET}").read())
# case: io_textiowrapper_buffer
import io
pwn_text(io.TextIOWrapper(io.BufferedReader(io.FileIO("{SECRET}"))).read())
# case: gzip_open
import gzip
f = gzip.open("{SECRET}")
pwn_text(f.fileobj.read())
# case: gzip_file
import gzip
f = gzip.GzipFile("{SECRET}")
pwn_text(f.fileobj.read())
# case: gzip_myfileobj
import gzip
f = gzip.GzipFile("{SECRET}")
pwn_text(f.myfileobj.read())
# case: bz2_file
import bz2
f = bz2.BZ2File("{SECRET}")
pwn_text(f._fp.read())
# case: lzma_file
import lzma
f = lzma.LZMAFile("{SECRET}")
pwn_text(f._fp.read())
# case: elementtree_parse
import xml.etree.ElementTree as ET
pwn_text(ET.parse("{SECRET_XML}").getroot().text)
# case: minidom_parse
import xml.dom.minidom
pwn_text(xml.dom.minidom.parse("{SECRET_XML}").toxml())
# case: minidom_external_entity
import xml.dom.minidom
pwn_text(xml.dom.minidom.parseString('<!DOCTYPE a [<!ENTITY b SYSTEM "file://{SECRET}">]><a>&b;</a>').toxml())
# control: none, expat resolves no external entities by itself
# case: elementtree_external_entity
import xml.etree.ElementTree as ET
try: pwn_text(ET.tostring(ET.fromstring('<!DOCTYPE a [<!ENTITY b SYSTEM "file://{SECRET}">]><a>&b;</a>')))
except ET.ParseError: pass
# control: none, as above
# case: zoneinfo_traversal
import zoneinfo
zoneinfo.ZoneInfo("../../../../../..{SECRET}")
# control: none, such keys are refused by the module
# case: zoneinfo_tzpath
import zoneinfo
zoneinfo.reset_tzpath(to=["{SECRET_FOLDER}"])
try: zoneinfo.ZoneInfo("secret.txt")
except Exception as e: pwn_text(e)
# control: none, the file is no time zone
# case: hashlib_file_digest
import hashlib
pwn_text(hashlib.file_digest(open("{SECRET}", "rb"), "md5"))
pwn_text(open("{SECRET}").read())
# case: linecache
import linecache
pwn_text(linecache.getlines("{SECRET}"))
# case: tokenize_open
import tokenize
pwn_text(tokenize.open("{SECRET}").read())
# case: fileinput
import fileinput
pwn_text("".join(fileinput.input(["{SECRET}"])))
# case: pathlib_read
import pathlib
pwn_text(pathlib.Path("{SECRET}").read_text())
# case: shutil_copy
import shutil, io
out = io.StringIO()
shutil.copyfileobj(open("{SECRET}"), out)
pwn_text(out.getvalue())
# case: glob_and_open
import glob
pwn_text(open(glob.glob("{SECRET_FOLDER}/*.txt")[0]).read())
# case: configparser_read
import configparser
c = configparser.ConfigParser(allow_no_value=True, delimiters="=")
try: c.read("{SECRET}")
except Exception as e: pwn_text(e)
# case: mimetypes_read
import mimetypes
pwn_text(mimetypes.read_mime_types("{SECRET}"))
# control: none, the file holds no types
# case: netrc
import netrc
try: netrc.netrc("{SECRET}")
except Exception as e: pwn_text(e)
# case: environment_of_os
import os
pwn_text(os.environ)
# case: environment_of_random
import random
pwn_text(random._os.environ)
# case: environment_of_calendar
import uuid
pwn_text(uuid.os.environ)
# case: environment_posix
import posix
pwn_text(posix.environ)
# case: urllib_file
import urllib.request
pwn_text(urllib.request.urlopen("file://{SECRET}").read())
# case: urllib_parse_cousin
import urllib.parse
pwn(urllib.parse.warnings.sys)
# case: subprocess_cat
import subprocess
pwn_text(subprocess.run(["cat", "{SECRET}"], capture_output=True).stdout)
# case: os_popen
import os
pwn_text(os.popen("cat {SECRET}").read())
# case: uuid_subprocess
import uuid
pwn(uuid._get_command_stdout.__globals__)
# case: socket_module
import socket
pwn(socket.os if hasattr(socket, "os") else socket)
# case: ctypes_module
import ctypes
pwn(ctypes._os)
# case: mmap_file
import mmap
with open("{SECRET}") as f: pwn_text(mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)[:])
# case: sqlite_attach
import sqlite3
pwn(sqlite3)
db = sqlite3.connect("{SECRET_FOLDER}/x.db")
open("{SECRET_FOLDER}/x.db").close()
pwn_text(open("{SECRET}").read())
# case: zipfile_self
import zipfile
pwn(zipfile.os)
# case: tempfile_cousin
import tempfile
pwn(tempfile._os)
# case: warnings_formatwarning
import warnings
pwn_text(warnings.formatwarning("m", UserWarning, "{SECRET}", 1))
# case: shlex_source
import shlex
s = shlex.shlex('include "{SECRET}"')
s.source = "include"
pwn_text("".join(list(s)))
# case: element_include
import xml.etree.ElementTree as ET
from xml.etree import ElementInclude
e = ET.fromstring('<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{SECRET}" parse="text"/></a>')
ElementInclude.include(e)
pwn_text(ET.tostring(e))
# case: saxutils_prepare_source
from xml.sax import saxutils
pwn_text(saxutils.prepare_input_source("{SECRET}").getByteStream().read())
# case: pulldom_parse
from xml.dom import pulldom
for event, node in pulldom.parse("{SECRET_XML}"):
    if event == "CHARACTERS": pwn_text(node.data)
# case: json_tool
# control: none, it reads the arguments of the program
import json.tool
json.tool.main()
