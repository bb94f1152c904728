# package: cryptography
# use: fernet
from cryptography.fernet import Fernet
k = Fernet(b"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="); print(k.decrypt(k.encrypt(b"x")))
# use: ciphers
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives import hashes, hmac, serialization
e = Cipher(algorithms.AES(b"0" * 16), modes.CBC(b"1" * 16)).encryptor(); print((e.update(b"a" * 16) + e.finalize()).hex())
h = hashes.Hash(hashes.SHA256()); h.update(b"x"); print(h.finalize().hex())
# use: keys
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa, padding
from cryptography.hazmat.primitives import serialization, hashes
k = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32); print(k.sign(b"m").hex()[:16], k.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode().splitlines()[0])
# package: pycryptodome
# modules: Crypto
# use: aes
from Crypto.Cipher import AES
from Crypto.Hash import SHA256
print(AES.new(b"0" * 16, AES.MODE_CBC, b"1" * 16).encrypt(b"a" * 16).hex(), SHA256.new(b"x").hexdigest()[:8])
# use: pad
from Crypto.Util.Padding import pad, unpad
from Crypto.Util.number import long_to_bytes
print(unpad(pad(b"ab", 16), 16), long_to_bytes(65))
# package: pyjwt
# modules: jwt
# small
# use: roundtrip
import jwt
t = jwt.encode({"sub": "1"}, "secret-that-is-long-enough-for-sha256", algorithm="HS256"); print(jwt.decode(t, "secret-that-is-long-enough-for-sha256", algorithms=["HS256"]), jwt.get_unverified_header(t))
# use: errors
import jwt
for key, options in (("y" * 32, {}), ("x" * 32, {"audience": "a"})):
    try: jwt.decode(jwt.encode({"exp": 1}, "x" * 32), key, algorithms=["HS256"], **options)
    except jwt.PyJWTError as e: print(type(e).__name__, e)
# package: python-jose
# modules: jose
# use: jwt
from jose import jwt
print(jwt.decode(jwt.encode({"a": 1}, "k"), "k"))
# use: error
from jose import jwt, JWTError
try: jwt.decode("a.b.c", "k")
except JWTError as e: print(type(e).__name__)
# package: passlib
# use: hash
from passlib.hash import pbkdf2_sha256, sha256_crypt
print(pbkdf2_sha256.verify("x", pbkdf2_sha256.using(rounds=10, salt=b"12345678").hash("x")), pbkdf2_sha256.using(rounds=10, salt=b"12345678").hash("x"))
# use: context
from passlib.context import CryptContext
c = CryptContext(schemes=["pbkdf2_sha256"], pbkdf2_sha256__default_rounds=10); print(c.verify("a", c.hash("a")), c.identify(c.hash("a")))
# package: bcrypt
# use: hash
import bcrypt
print(bcrypt.hashpw(b"x", b"$2b$04$abcdefghijklmnopqrstuu"))
# use: check
import bcrypt
print(bcrypt.checkpw(b"x", bcrypt.hashpw(b"x", bcrypt.gensalt(4))), bcrypt.kdf(b"p", b"s", 8, 50).hex())
# package: argon2-cffi
# modules: argon2
# use: hash
import argon2
h = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1); print(h.verify(h.hash("x"), "x"), h.check_needs_rehash(h.hash("x")))
# use: raw
from argon2 import low_level
print(low_level.hash_secret_raw(b"s", b"12345678", 1, 8, 1, 8, low_level.Type.ID).hex())
# package: pynacl
# modules: nacl
# use: box
import nacl.secret, nacl.encoding
b = nacl.secret.SecretBox(b"k" * 32); print(b.decrypt(b.encrypt(b"x")))
# use: sign
import nacl.signing
print(nacl.signing.SigningKey(b"k" * 32).sign(b"m").signature.hex()[:16])
# package: itsdangerous
# small
# use: sign
import itsdangerous
s = itsdangerous.URLSafeSerializer("k"); print(s.dumps([1, 2]), s.loads(s.dumps({"a": 1})))
# use: tampered
import itsdangerous
try: itsdangerous.Signer("k").unsign("x.y")
except itsdangerous.BadSignature as e: print(e)
# package: rsa
# use: sign
import rsa
k = rsa.PrivateKey(3247, 65537, 833, 191, 17); print(k.n, rsa.common.bit_size(255), rsa.transform.bytes2int(b"ab"))
# use: encrypt
import rsa
print(rsa.core.encrypt_int(42, 65537, 3233))
# package: ecdsa
# use: sign
import ecdsa, hashlib
k = ecdsa.SigningKey.from_secret_exponent(12345, curve=ecdsa.SECP256k1); s = k.sign_deterministic(b"m", hashfunc=hashlib.sha256); print(s.hex()[:16], k.verifying_key.verify(s, b"m", hashfunc=hashlib.sha256))
# use: curve
import ecdsa
print(ecdsa.NIST256p.order > 0, ecdsa.curves.curve_by_name("NIST384p").name)
# package: pyotp
# use: totp
import pyotp
print(pyotp.TOTP("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").at(0), pyotp.HOTP("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").at(1))
# use: uri
import pyotp
print(pyotp.TOTP("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").provisioning_uri(name="a@b", issuer_name="x"))
# package: hashids
# use: ids
import hashids
h = hashids.Hashids("salt"); print(h.encode(1, 2, 3), h.decode(h.encode(42)))
# use: hex
import hashids
print(hashids.Hashids(min_length=8).encode_hex("ff"))
# package: shortuuid
# use: encode
import shortuuid, uuid
print(shortuuid.encode(uuid.UUID(int=5)), shortuuid.decode(shortuuid.encode(uuid.UUID(int=5))))
# use: name
import shortuuid
print(shortuuid.uuid(name="example.com"), len(shortuuid.ShortUUID().random(9)))
# package: nanoid
# use: size
import nanoid
print(len(nanoid.generate(size=10)))
# use: alphabet
import nanoid
print(nanoid.generate("a", 5))
# package: python-ulid
# modules: ulid
# use: parse
from ulid import ULID
print(ULID.from_str("01ARZ3NDEKTSV4RRFFQ69G5FAV").timestamp, ULID.from_int(1))
# use: time
from ulid import ULID
print(str(ULID.from_timestamp(0))[:10])
# package: xxhash
# use: digest
import xxhash
print(xxhash.xxh64(b"a").hexdigest(), xxhash.xxh32_intdigest(b"a"))
# use: seed
import xxhash
h = xxhash.xxh3_64(seed=1); h.update(b"ab"); print(h.hexdigest())
# package: mmh3
# use: hash
import mmh3
print(mmh3.hash("a"), mmh3.hash128("a", 1))
# use: bytes
import mmh3
print(mmh3.hash_bytes("a").hex())
# package: base58
# use: encode
import base58
print(base58.b58encode(b"hello"), base58.b58decode_check(base58.b58encode_check(b"x")))
# use: error
import base58
try: base58.b58decode("0")
except ValueError as e: print(e)
# package: oauthlib
# use: sign
from oauthlib.oauth1 import Client
print(Client("k", client_secret="s", nonce="n", timestamp="1").sign("http://x/")[1]["Authorization"][:60])
# use: scopes
from oauthlib.oauth2 import WebApplicationClient
print(WebApplicationClient("id").prepare_request_uri("https://x/auth", redirect_uri="https://y", scope=["a", "b"]))
# package: authlib
# use: jwt
from authlib.jose import jwt
t = jwt.encode({"alg": "HS256"}, {"a": 1}, b"k" * 32); print(dict(jwt.decode(t, b"k" * 32)))
# use: pkce
from authlib.oauth2.rfc7636 import create_s256_code_challenge
print(create_s256_code_challenge("a" * 43))
