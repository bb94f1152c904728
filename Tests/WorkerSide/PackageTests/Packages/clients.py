# package: requests
# use: prepare
import requests
r = requests.Request("GET", "http://x/y", params={"a": [1, 2]}, headers={"X": "1"}).prepare(); print(r.url, r.headers["X"])
# use: response
import requests
r = requests.Response(); r._content = b'{"a": 1}'; r.status_code = 404; print(r.json(), r.ok)
try: r.raise_for_status()
except requests.HTTPError as e: print(e)
# package: httpx
# use: url
import httpx
print(httpx.URL("http://x/y?a=1").copy_add_param("b", "2"), httpx.Request("POST", "http://x", json={"a": 1}).read())
# use: transport
import httpx
with httpx.Client(transport=httpx.MockTransport(lambda r: httpx.Response(200, json={"path": r.url.path}))) as c: print(c.get("http://x/abc").json())
# package: urllib3
# use: url
import urllib3
print(urllib3.util.parse_url("http://u@x:80/a?b#c").host, urllib3.util.Retry(3).total, urllib3.make_headers(basic_auth="a:b"))
# use: fields
from urllib3.filepost import encode_multipart_formdata
print(encode_multipart_formdata({"a": "1"}, boundary="b")[0])
# package: boto3
# modules: boto3,botocore
# use: client
import boto3
c = boto3.client("s3", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"); print(c.meta.service_model.service_name, c.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})[:40])
# use: stub
import boto3
from botocore.stub import Stubber
c = boto3.client("sqs", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
with Stubber(c) as s: s.add_response("list_queues", {"QueueUrls": ["http://q"]}); print(c.list_queues()["QueueUrls"])
# package: stripe
# use: webhook
import stripe
try: stripe.Webhook.construct_event("{}", "t=1,v1=a", "s")
except stripe.SignatureVerificationError as e: print(type(e).__name__)
# use: object
import stripe
print(stripe.StripeObject.construct_from({"id": "a", "n": {"m": 1}}, "k").n.m)
# package: openai
# use: types
import openai
from openai.types.chat import ChatCompletionMessage
print(ChatCompletionMessage(role="assistant", content="x").model_dump()["content"], issubclass(openai.RateLimitError, openai.APIError))
# use: client
import openai
print(openai.OpenAI(api_key="k", base_url="http://x/v1").base_url)
# package: slack-sdk
# modules: slack_sdk
# use: blocks
from slack_sdk.models.blocks import SectionBlock
print(SectionBlock(text="hi").to_dict())
# use: signature
from slack_sdk.signature import SignatureVerifier
print(SignatureVerifier("s").generate_signature(timestamp="1", body="x")[:10])
# package: twilio
# use: twiml
from twilio.twiml.voice_response import VoiceResponse
v = VoiceResponse(); v.say("hi"); print(v)
# use: validator
from twilio.request_validator import RequestValidator
print(RequestValidator("t").compute_signature("http://x", {"a": "1"}))
# package: redis
# use: pipeline
import redis
p = redis.Redis().pipeline(); p.set("a", 1); print(len(p), redis.ConnectionPool.from_url("redis://h:1/2").connection_kwargs["db"])
# use: escape
from redis.commands.helpers import list_or_args, nativestr
print(list_or_args("a", ["b"]), nativestr(b"x"))
# package: pymongo
# modules: pymongo,bson,gridfs
# use: bson
import bson
from bson import json_util
print(bson.decode(bson.encode({"a": [1, "x"]})), json_util.dumps({"o": bson.ObjectId("0" * 24)}))
# use: operations
import pymongo
print(pymongo.UpdateOne({"a": 1}, {"$set": {"b": 2}}), pymongo.uri_parser.parse_uri("mongodb://h:1/db")["database"])
# package: sqlalchemy
# use: core
import sqlalchemy as sa
t = sa.table("t", sa.column("a"), sa.column("b")); print(sa.select(t.c.a).where(t.c.b > 1).order_by(t.c.a.desc()))
# use: models
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.dialects import postgresql
class Base(DeclarativeBase): pass
class U(Base):
    __tablename__ = "u"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(9))
print(sa.schema.CreateTable(U.__table__).compile(dialect=postgresql.dialect()), U(name="x").name)
# package: pymysql
# use: escape
from pymysql import converters
print(converters.escape_string("a'b"), converters.convert_datetime("2024-01-02 03:04:05"))
# use: error
import pymysql
print(pymysql.err.IntegrityError.__mro__[1].__name__, pymysql.paramstyle)
# package: anyio
# use: types
import anyio
print(anyio.Path.__name__, issubclass(anyio.EndOfStream, Exception))
# use: version
import anyio.abc
print(anyio.abc.TaskStatus.__name__)
# package: google-auth
# modules: google.auth,google.oauth2
# use: jwt
from google.auth import jwt
print(jwt.decode_header("eyJhbGciOiAiUlMyNTYifQ.e30.x"))
# use: credentials
from google.oauth2 import credentials
c = credentials.Credentials("tok"); h = {}; c.apply(h); print(h)
# package: tweepy
# use: model
import tweepy
print(tweepy.Client("b").bearer_token, issubclass(tweepy.TooManyRequests, tweepy.HTTPException))
# use: user
import tweepy
print(tweepy.Tweet({"id": 1, "text": "x"}).text)
# package: sendgrid
# use: mail
from sendgrid.helpers.mail import Mail
print(Mail("a@x.y", "b@x.y", "s", "<b>t</b>").get()["subject"])
# use: client
import sendgrid
print(sendgrid.SendGridAPIClient("k").client.mail.send._build_url(None))
# package: certifi
# small
# use: where
import certifi
print("BEGIN CERTIFICATE" in certifi.contents())
# use: path
import certifi
print(certifi.where().endswith("cacert.pem"))
# package: idna
# small
# use: encode
import idna
print(idna.encode("bücher.example"), idna.decode("xn--bcher-kva.example"))
# use: error
import idna
try: idna.encode("a..b")
except idna.IDNAError as e: print(e)
